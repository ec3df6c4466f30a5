import { FetchLimitError, FetchNetworkError, UnsafeUrlError } from '@videoapi/safe-fetch';

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'timeout'; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string }
  /** The URL leads where nobody may make us go. */
  | { readonly kind: 'blocked'; readonly code: string }
  /** Nothing that the receiver could be blamed for. */
  | { readonly kind: 'ours'; readonly code: string };

export function answered(status: number, retryAfter: string | undefined, now: Date): Outcome {
  return { kind: 'answered', status, retryAfterMs: retryAfterMs(retryAfter, now) };
}

/** Whatever is no error of a call counts against the attempt too, or it would be repeated for ever. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof UnsafeUrlError) return { kind: 'blocked', code: error.code };
  if (error instanceof FetchLimitError) return { kind: 'timeout', code: error.code };
  if (error instanceof FetchNetworkError) {
    const own = ownFault(error.cause);
    return own === undefined ? { kind: 'failed', code: error.code } : { kind: 'ours', code: own };
  }
  return { kind: 'failed', code: 'unexpected' };
}

export function isSuccess(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

/** The receiver is there and overwhelmed: it is asked less. */
export function isThrottle(outcome: Outcome): boolean {
  if (outcome.kind === 'timeout') return true;
  if (outcome.kind !== 'answered') return false;
  const { status, retryAfterMs: asked } = outcome;
  return status === 429 || status === 502 || status === 504 || (status === 503 && asked !== undefined);
}

/** For the delivery and its log; null after a success. */
export function errorOf(outcome: Outcome): string | null {
  if (outcome.kind !== 'answered') return outcome.code;
  return isSuccess(outcome) ? null : `http_${outcome.status}`;
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  // Every HTTP date begins with the day's name; Date.parse alone takes a good deal more for a date.
  const at = /^\s*[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** This machine ran out of something. An unreachable network may as well be the receiver's. */
const ownFaults = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

function ownFault(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' && ownFaults.has(cause.code) ? cause.code : undefined;
}
