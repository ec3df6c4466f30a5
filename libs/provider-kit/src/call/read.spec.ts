import { codeOfStatus, failureOf, progressOf, urlOf } from './read.js';

it.each([
  [42, 42],
  ['42%', 42],
  ['30', 30],
  [0.4, 0],
  [120, 100],
  [-3, 0],
  [Number.NaN, undefined],
  ['soon', undefined],
  [null, undefined],
  [{}, undefined],
])('progress %p is %p', (value, progress) => {
  expect(progressOf(value)).toBe(progress);
});

it.each([
  ['https://x.example/a.mp4', true],
  ['http://127.0.0.1/a', true],
  ['ftp://x.example/a', false],
  ['javascript:alert(1)', false],
  ['/a.mp4', false],
  [`https://x.example/${'a'.repeat(9_000)}`, false],
  [7, false],
])('%p', (value, isUrl) => {
  expect(urlOf(value)).toBe(isUrl ? value : undefined);
});

it.each([
  [400, 'invalid_request'],
  [401, 'channel_credentials'],
  [402, 'channel_balance'],
  [404, 'provider_error'],
  [409, 'provider_error'],
  [429, 'rate_limited'],
  [500, 'provider_unavailable'],
  [302, 'provider_unavailable'],
])('status %i is %s', (status, code) => {
  expect(codeOfStatus(status)).toBe(code);
});

it.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '1', 'retry-after-ms': '250' }, 250],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
])('%p', (headers, retryAfterMs) => {
  const failure = failureOf('rate_limited', 'slow down', { status: 429, headers, body: {} });
  expect(failure.retryAfterMs).toBe(retryAfterMs);
});

it('cuts what a provider says to size', () => {
  expect(failureOf('provider_error', 'x'.repeat(5_000)).message).toHaveLength(1_000);
  expect(failureOf('provider_error', '').message).toBe('The provider gave no reason.');
});
