import { assetBudget } from '@videoapi/contracts';
import {
  FetchLimitError,
  FetchNetworkError,
  type FetchResponse,
  type SafeFetch,
  UnsafeUrlError,
} from '@videoapi/safe-fetch';
import { type Format, type MediaKind, sniff, sniffBytes } from '../format/format.js';

export type RefusalCode =
  'asset_not_found' | 'asset_blocked' | 'asset_unreachable' | 'asset_too_large' | 'asset_mismatch';

export type ResolvedAsset =
  | {
      readonly outcome: 'ok';
      readonly url: string;
      readonly ownUrl?: string;
      readonly contentType: string;
      readonly size: number | null;
    }
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly message: string };

export type Limits = Readonly<Record<MediaKind, number>>;

/**
 * Looks at a customer's URL before anything is paid for: where it leads, what is there and how large it says it is. Only
 * the first 64 KiB are read. A server that hides the length of more than that is refused: nobody could bound it.
 */
export async function probeAsset(
  safeFetch: SafeFetch,
  { url, kind, limits, signal }: { url: string; kind: MediaKind; limits: Limits; signal: AbortSignal },
): Promise<ResolvedAsset> {
  try {
    const response = await safeFetch.request(url, {
      headers: { range: `bytes=0-${sniffBytes - 1}`, accept: '*/*' },
      maxRedirects: 3,
      maxBytes: sniffBytes,
      overflow: 'truncate',
      timeoutMs: assetBudget.probeMs,
      signal,
    });
    if (response.status !== 200 && response.status !== 206) {
      return refused('asset_unreachable', `The URL answers with status ${response.status}.`);
    }
    const size = sizeOf(response);
    if (size === undefined) return refused('asset_unreachable', 'The server does not say how large the file is.');
    return judge({ url, size, kind, limits }, await sniff(response.body));
  } catch (error) {
    return refusalOf(error);
  }
}

/** Whether what was found is what was asked for. */
export function judge(
  { url, size, kind, limits }: { url: string; size: number; kind: MediaKind; limits: Limits },
  format: Format | undefined,
): ResolvedAsset {
  if (format === undefined) return refused('asset_mismatch', `This is no ${kind} of a type that we take.`);
  if (format.kind !== kind) return refused('asset_mismatch', `This is of type ${format.contentType}, not a ${kind}.`);
  if (size > limits[kind]) {
    return refused('asset_too_large', `A ${kind} may have ${limits[kind]} bytes; this one has ${size}.`);
  }
  return { outcome: 'ok', url, contentType: format.contentType, size };
}

export function refused(code: RefusalCode, message: string): ResolvedAsset {
  return { outcome: 'refused', code, message };
}

/** Bytes of the whole file, as far as the server says. */
function sizeOf({ status, headers, body, truncated }: FetchResponse<Buffer>): number | undefined {
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 && total !== undefined) return Number(total);
  const encoded = headers['content-encoding'] !== undefined;
  if (status === 200 && !encoded && headers['content-length'] !== undefined) return Number(headers['content-length']);
  return truncated ? undefined : body.length;
}

function refusalOf(error: unknown): ResolvedAsset {
  if (error instanceof UnsafeUrlError) {
    return error.code === 'redirect_limit' || error.code === 'bad_redirect'
      ? refused('asset_unreachable', error.message)
      : refused('asset_blocked', error.message);
  }
  if (error instanceof FetchLimitError && error.code === 'decompression_ratio') {
    return refused('asset_too_large', 'The file is compressed beyond reason.');
  }
  if (isTimeout(error)) return refused('asset_unreachable', 'The URL did not answer in time.');
  if (error instanceof FetchLimitError || error instanceof FetchNetworkError) {
    return refused('asset_unreachable', 'The URL could not be read.');
  }
  throw error;
}

/** Its own time, or that of all together: what `AbortSignal.timeout` aborts with. */
function isTimeout(error: unknown): boolean {
  if (error instanceof FetchLimitError) return error.code === 'timeout';
  return error instanceof DOMException && error.name === 'TimeoutError';
}
