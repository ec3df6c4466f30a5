import { FetchLimitError, FetchNetworkError, UnsafeUrlError } from '@videoapi/safe-fetch';
import { answered, errorOf, isThrottle, outcomeOf } from './outcome.js';

const now = new Date('2026-01-01T00:00:00Z');

describe('answered', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    [undefined, undefined],
  ])('reads Retry-After %p as %p ms', (value, retryAfterMs) => {
    expect(answered(429, value, now)).toEqual({ kind: 'answered', status: 429, retryAfterMs });
  });
});

describe('outcomeOf', () => {
  const network = (cause: unknown) => new FetchNetworkError('network', 'no', false, cause);

  it('tells the receiver, the URL and ourselves apart', () => {
    expect(outcomeOf(new FetchLimitError('headers_timeout', '', true)).kind).toBe('timeout');
    expect(outcomeOf(new FetchNetworkError('reset', '', true, undefined))).toEqual({ kind: 'failed', code: 'reset' });
    expect(outcomeOf(new UnsafeUrlError('blocked_address', '')).kind).toBe('blocked');
    expect(outcomeOf(network({ code: 'EMFILE' }))).toEqual({ kind: 'ours', code: 'EMFILE' });
    expect(outcomeOf(network({ code: 'ENETUNREACH' })).kind).toBe('failed');
  });

  it('counts what it does not know, or it would be repeated for ever', () => {
    expect(outcomeOf(new TypeError('a bug'))).toEqual({ kind: 'failed', code: 'unexpected' });
  });
});

describe('isThrottle', () => {
  it.each([
    [429, undefined, true],
    [502, undefined, true],
    [504, undefined, true],
    [503, 1_000, true],
    [503, undefined, false],
    [500, 1_000, false],
  ])('%d with Retry-After %p: %p', (status, retryAfterMs, expected) => {
    expect(isThrottle({ kind: 'answered', status, retryAfterMs })).toBe(expected);
  });
});

describe('errorOf', () => {
  it('names a bad status and is silent about a good one', () => {
    expect(errorOf({ kind: 'answered', status: 500, retryAfterMs: undefined })).toBe('http_500');
    expect(errorOf({ kind: 'answered', status: 204, retryAfterMs: undefined })).toBeNull();
  });
});
