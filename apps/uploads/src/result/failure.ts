import { mediaStoreFailed, type EventData } from '@videoapi/contracts';
import { FetchLimitError, FetchNetworkError, UnsafeUrlError } from '@videoapi/safe-fetch';

export type FailureCode = EventData<typeof mediaStoreFailed>['code'];

/** A result that cannot be kept, for a reason that lies with the result. Becomes `evt.media.v1.store_failed`. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';

  constructor(
    readonly code: FailureCode,
    message: string,
    /** False: fetching again cannot help. */
    readonly retryable: boolean,
  ) {
    super(message);
  }
}

/** A reply with a status that carries no file. */
export function failureOfStatus(status: number): StoreFailure {
  const message = `The result URL answers with status ${status}`;
  // Result URLs are signed and expire: without a new one from the provider, 401 and 403 stay what they are.
  if (status === 401 || status === 403 || status === 404 || status === 410)
    return new StoreFailure('gone', message, false);
  return new StoreFailure('unreachable', message, status === 408 || status === 425 || status === 429 || status >= 500);
}

/** Gives what safe-fetch threw its meaning for a result; anything else comes back as it is. */
export function failureOfFetch(error: unknown): unknown {
  if (error instanceof UnsafeUrlError) {
    const code = error.code === 'redirect_limit' || error.code === 'bad_redirect' ? 'unreachable' : 'blocked';
    return new StoreFailure(code, `The result URL is refused: ${error.code}`, false);
  }
  if (error instanceof FetchLimitError) {
    const isSize = error.code === 'too_large' || error.code === 'decompression_ratio';
    return isSize
      ? new StoreFailure('too_large', `The result is too large: ${error.code}`, false)
      : new StoreFailure('unreachable', `The result URL is too slow: ${error.code}`, true);
  }
  if (error instanceof FetchNetworkError) {
    return new StoreFailure('unreachable', `The result URL cannot be read: ${error.code}`, true);
  }
  return error;
}
