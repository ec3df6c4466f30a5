import { Injectable } from '@nestjs/common';
import { type Failure, isUploadKey, type ResolvedRequest, resolveAssets } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type OwnLinks } from '@videoapi/provider-kit';

/** Longer than uploads itself takes for all assets of one request. Milliseconds. */
const timeoutMs = 15_000;

interface Asset {
  readonly source: string;
  readonly kind: 'image' | 'video' | 'audio';
}

export interface Linked {
  readonly request: ResolvedRequest;
  readonly ownLinks: OwnLinks;
}

/** Customers' uploads become links that a provider can fetch; everything else is a URL already. */
@Injectable()
export class Assets {
  constructor(private readonly rpc: RpcClient) {}

  /** The request with links for keys, or what is wrong with one of them. @throws AppError `unavailable` */
  async resolve(accountId: string, request: ResolvedRequest): Promise<Linked | { readonly failure: Failure }> {
    const assets = uploadsOf(request);
    if (assets.length === 0) return { request, ownLinks: new Map() };
    const answer = await this.rpc.call(resolveAssets, { accountId, assets }, { timeoutMs });
    const links = new Map<string, string>();
    const ownLinks = new Map<string, string>();
    for (const [index, asset] of assets.entries()) {
      const found = answer.assets[index];
      if (found?.outcome !== 'ok') {
        return { failure: { code: 'invalid_request', message: found?.message ?? 'An asset could not be found.' } };
      }
      links.set(asset.source, found.url);
      if (found.ownUrl !== undefined) ownLinks.set(found.url, found.ownUrl);
    }
    return { request: linked(request, links), ownLinks };
  }
}

function uploadsOf({ images, videos, audios, firstFrame, lastFrame }: ResolvedRequest): Asset[] {
  const frames = [firstFrame, lastFrame].filter((frame) => frame !== undefined);
  const all = [
    ...[...images, ...frames].map((source) => ({ source, kind: 'image' as const })),
    ...videos.map((source) => ({ source, kind: 'video' as const })),
    ...audios.map((source) => ({ source, kind: 'audio' as const })),
  ];
  return all.filter(({ source }) => isUploadKey(source));
}

function linked(request: ResolvedRequest, links: ReadonlyMap<string, string>): ResolvedRequest {
  const link = (source: string) => links.get(source) ?? source;
  const { firstFrame, lastFrame } = request;
  return {
    ...request,
    images: request.images.map(link),
    videos: request.videos.map(link),
    audios: request.audios.map(link),
    ...(firstFrame !== undefined && { firstFrame: link(firstFrame) }),
    ...(lastFrame !== undefined && { lastFrame: link(lastFrame) }),
  };
}
