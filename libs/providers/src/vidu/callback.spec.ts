import { createHmac } from 'node:crypto';
import { viduCallback } from './callback.js';

/** The vector of the signature's rule, for the key `vda_test_token`. */
const vector = {
  method: 'POST',
  path: '/vidu/callback',
  query: 'name=james&age=36',
  headers: {
    date: 'Tue, 06 May 2025 12:09:42 GMT',
    'x-request-nonce': '123e4567-e89b-12d3-a456-426614174000',
    'x-hmac-algorithm': 'hmac-sha256',
    'x-hmac-access-key': 'vidu',
    'x-hmac-signed-headers': 'Date;x-request-nonce',
    'x-hmac-signature': 'UaF2428J2BgkBzPJa4M0McqJGOlQGXJ6UXuQZnsbcsk=',
  },
  body: '{"id":"947","state":"success"}',
};
const key = 'vda_test_token';
const sentAt = Date.UTC(2025, 4, 6, 12, 9, 42);

it('verifies the vector, with one of several keys', () => {
  expect(viduCallback.verify(vector, [key], sentAt)).toBe('signed');
  expect(viduCallback.verify(vector, ['vda_other', key], sentAt + 299_000)).toBe('signed');
});

it('signs these very bytes', () => {
  const text =
    'POST\n/vidu/callback\nname=james&age=36\nvidu\nTue, 06 May 2025 12:09:42 GMT\nDate:Tue, 06 May 2025 12:09:42 GMT\n' +
    'x-request-nonce:123e4567-e89b-12d3-a456-426614174000\n';
  expect(createHmac('sha256', key).update(text).digest('base64')).toBe(vector.headers['x-hmac-signature']);
});

it('is a hint where no key is known', () => {
  expect(viduCallback.verify(vector, [], sentAt)).toBe('hint');
});

it.each([
  ['another key', {}, ['vda_other'], sentAt],
  ['another method', { method: 'GET' }, [key], sentAt],
  ['another path', { path: '/vidu/callback/' }, [key], sentAt],
  ['another query', { query: 'age=36&name=james' }, [key], sentAt],
  ['a replay', {}, [key], sentAt + 301_000],
  ['a date to come', {}, [key], sentAt - 301_000],
  ['another nonce', { headers: { ...vector.headers, 'x-request-nonce': 'x' } }, [key], sentAt],
  ['another date', { headers: { ...vector.headers, date: 'Tue, 06 May 2025 12:09:43 GMT' } }, [key], sentAt],
  ['no date', { headers: { ...vector.headers, date: '' } }, [key], sentAt],
  ['no signature', { headers: { ...vector.headers, 'x-hmac-signature': '' } }, [key], sentAt],
  ['another algorithm', { headers: { ...vector.headers, 'x-hmac-algorithm': 'none' } }, [key], sentAt],
])('%s is forged', (_, change, secrets, now) => {
  expect(viduCallback.verify({ ...vector, ...change }, secrets, now)).toBe('forged');
});

it('does not cover the body, which therefore proves nothing', () => {
  const other = { ...vector, body: '{"id":"1","state":"failed"}' };
  expect(viduCallback.verify(other, [key], sentAt)).toBe('signed');
  expect(viduCallback.parse(other)).toEqual({ upstreamId: '1', status: 'failed' });
  expect(viduCallback.parse({ ...vector, body: 'oops' })).toEqual({});
});
