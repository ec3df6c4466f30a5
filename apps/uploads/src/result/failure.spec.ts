import { FetchLimitError, FetchNetworkError, UnsafeUrlError } from '@videoapi/safe-fetch';
import { failureOfFetch, failureOfStatus } from './failure.js';

describe('what a failed download means', () => {
  it.each([
    [new UnsafeUrlError('blocked_address', ''), 'blocked', false],
    [new UnsafeUrlError('bad_scheme', ''), 'blocked', false],
    [new UnsafeUrlError('redirect_limit', ''), 'unreachable', false],
    [new FetchLimitError('too_large', '', true), 'too_large', false],
    [new FetchLimitError('decompression_ratio', '', true), 'too_large', false],
    [new FetchLimitError('idle_timeout', '', true), 'unreachable', true],
    [new FetchNetworkError('reset', '', true, undefined), 'unreachable', true],
    [failureOfStatus(404), 'gone', false],
    [failureOfStatus(403), 'gone', false],
    [failureOfStatus(503), 'unreachable', true],
    [failureOfStatus(429), 'unreachable', true],
    [failureOfStatus(304), 'unreachable', false],
  ])('%s', (error, code, retryable) => {
    expect(failureOfFetch(error)).toMatchObject({ name: 'StoreFailure', code, retryable });
  });

  it('is not guessed', () => {
    const unknown = new TypeError('a bug of ours');
    expect(failureOfFetch(unknown)).toBe(unknown);
  });
});
