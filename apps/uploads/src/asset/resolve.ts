import { assetBudget, isUploadKey } from '@videoapi/contracts';
import { type SafeFetch } from '@videoapi/safe-fetch';
import { type DataSource } from 'typeorm';
import { findLinked, findUploads, markStored, type MediaRow } from '../db/media.store.js';
import { formatOf, type MediaKind, sniff, sniffBytes } from '../format/format.js';
import { readMediaUrl, sameSignature, splitLinkId } from '../media/link.js';
import { type MediaRemoval } from '../media/removal.js';
import { type Storage } from '../storage/storage.js';
import { judge, type Limits, probeAsset, refused, type ResolvedAsset } from './probe.js';

/** Long enough for a provider that fetches its inputs only when a render starts. */
const providerSeconds = 6 * 3_600;
const probesAtOnce = 16;

export interface AssetRequest {
  /** `uploads/…` or a URL. */
  readonly source: string;
  readonly kind: MediaKind;
}

export interface AssetOptions {
  readonly publicUrl: string;
  readonly limits: Limits;
}

/** Turns what a customer names into URLs that a provider can fetch, or says which one is wrong. */
export class AssetResolver {
  constructor(
    private readonly source: DataSource,
    private readonly storage: Storage,
    private readonly removal: MediaRemoval,
    private readonly safeFetch: SafeFetch,
    private readonly options: AssetOptions,
  ) {}

  /** One answer per asset, in order. Nothing is remembered: what a URL leads to may change at any time. */
  async resolve(accountId: string, assets: readonly AssetRequest[]): Promise<ResolvedAsset[]> {
    const keys = assets.map((asset) => asset.source).filter(isUploadKey);
    const rows = keys.length === 0 ? [] : await findUploads(this.source, accountId, keys);
    const own = new Map(rows.map((row) => [row.key, row]));
    const signal = AbortSignal.timeout(assetBudget.probesMs);
    const answers: ResolvedAsset[] = [];
    for (let start = 0; start < assets.length; start += probesAtOnce) {
      const group = assets.slice(start, start + probesAtOnce);
      answers.push(...(await Promise.all(group.map((asset) => this.#resolveOne(asset, own, signal)))));
    }
    return answers;
  }

  onApplicationShutdown(): Promise<void> {
    return this.safeFetch.close();
  }

  async #resolveOne(
    { source, kind }: AssetRequest,
    own: ReadonlyMap<string, MediaRow>,
    signal: AbortSignal,
  ): Promise<ResolvedAsset> {
    if (isUploadKey(source)) {
      const row = own.get(source);
      if (row === undefined) return notFound;
      return row.state === 'pending' ? this.#firstUse(row, kind) : this.#present(row, kind);
    }
    const link = readMediaUrl(source, this.options.publicUrl);
    if (link === undefined) {
      return probeAsset(this.safeFetch, { url: source, kind, limits: this.options.limits, signal });
    }
    const { mediaId, isThumbnail } = splitLinkId(link.id);
    const row = await findLinked(this.source, mediaId);
    if (row === undefined || isThumbnail || !sameSignature(link.signature, row.signature)) return notFound;
    return this.#present(row, kind);
  }

  /** A presigned upload has no "done": this is the moment to see what was really put there. */
  async #firstUse(row: MediaRow, kind: MediaKind): Promise<ResolvedAsset> {
    const found = await this.storage.head(row.key);
    if (found === undefined) return refused('asset_not_found', 'Nothing has been uploaded under this key yet.');
    const format = await sniff(await this.storage.readHead(row.key, sniffBytes));
    if (found.size !== row.size || format?.contentType !== row.content_type) {
      await this.removal.remove(row.account_id, [row.id]);
      return refused(
        'asset_mismatch',
        `What was uploaded is not the ${row.content_type} of ${row.size} bytes declared.`,
      );
    }
    const marked = await markStored(this.source, [row]);
    // None marked: another request was faster, which is well, or the sweep was, and then the link that follows is dead.
    return marked.length === 0 ? this.#again(row, kind) : this.#present(row, kind);
  }

  async #again(row: MediaRow, kind: MediaKind): Promise<ResolvedAsset> {
    const [now] = await findUploads(this.source, row.account_id, [row.key]);
    return now?.state === 'stored' ? this.#present(now, kind) : notFound;
  }

  async #present(row: Pick<MediaRow, 'key' | 'content_type' | 'size'>, kind: MediaKind): Promise<ResolvedAsset> {
    const verdict = judge({ url: '', size: row.size, kind, limits: unlimited }, formatOf(row.content_type));
    if (verdict.outcome === 'refused') return verdict;
    const filename = row.key.slice(row.key.lastIndexOf('/') + 1);
    const link = { seconds: providerSeconds, contentType: row.content_type, filename };
    const url = await this.storage.presignGet(row.key, { ...link, opener: 'provider' });
    if (!this.storage.hasOwnAddress) return { ...verdict, url };
    // Whether a provider opens it or the worker puts the bytes into its call, only the adapter knows.
    return { ...verdict, url, ownUrl: await this.storage.presignGet(row.key, { ...link, opener: 'own' }) };
  }
}

const notFound = refused('asset_not_found', 'There is no such upload.');

/** What we hold ourselves was measured when it came in. */
const unlimited: Limits = { image: Infinity, video: Infinity, audio: Infinity };
