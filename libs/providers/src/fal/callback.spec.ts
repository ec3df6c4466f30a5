import { createHash, createPrivateKey, sign } from 'node:crypto';
import { falCallback } from './callback.js';

// The pair of RFC 8032, §7.1, test 1.
const d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';
const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const other = 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw';
const set = (...keys: string[]) =>
  JSON.stringify({ keys: keys.map((one) => ({ kty: 'OKP', crv: 'Ed25519', x: one })) });

const body = '{"request_id":"764c","gateway_request_id":"764c","status":"OK","payload":{}}';
const sentAt = 1_790_000_000_000;
const headers = {
  'x-fal-webhook-request-id': '764c',
  'x-fal-webhook-user-id': 'u1',
  'x-fal-webhook-timestamp': '1790000000',
};
const text = `764c\nu1\n1790000000\n${createHash('sha256').update(body).digest('hex')}`;
const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
const signature = sign(null, Buffer.from(text), key).toString('hex');
const raw = {
  method: 'POST',
  path: '/cb/1',
  query: '',
  headers: { ...headers, 'x-fal-webhook-signature': signature },
  body,
};

it('verifies with one of several keys, within five minutes', () => {
  expect(falCallback.verify(raw, [set(x)], sentAt)).toBe('signed');
  expect(falCallback.verify(raw, ['{}', set(other), set(other, x)], sentAt + 299_000)).toBe('signed');
});

it('is a hint where no key is known', () => {
  for (const secrets of [[], ['{}'], ['oops'], [set('AA')]])
    expect(falCallback.verify(raw, secrets, sentAt)).toBe('hint');
});

it.each([
  ['another key', {}, [set(other)], sentAt],
  ['another body', { body: `${body} ` }, [set(x)], sentAt],
  ['another id', { headers: { ...raw.headers, 'x-fal-webhook-request-id': '765c' } }, [set(x)], sentAt],
  ['another user', { headers: { ...raw.headers, 'x-fal-webhook-user-id': 'u2' } }, [set(x)], sentAt],
  ['another time', { headers: { ...raw.headers, 'x-fal-webhook-timestamp': '1790000001' } }, [set(x)], sentAt],
  ['no time', { headers: { ...raw.headers, 'x-fal-webhook-timestamp': '' } }, [set(x)], sentAt],
  ['no signature', { headers }, [set(x)], sentAt],
  ['a signature that is none', { headers: { ...raw.headers, 'x-fal-webhook-signature': 'zz' } }, [set(x)], sentAt],
  ['a replay', {}, [set(x)], sentAt + 301_000],
  ['a time to come', {}, [set(x)], sentAt - 301_000],
])('%s is forged', (_, change, secrets, now) => {
  expect(falCallback.verify({ ...raw, ...change }, secrets, now)).toBe('forged');
});

it('reads the id and the word', () => {
  expect(falCallback.parse(raw)).toEqual({ upstreamId: '764c', status: 'OK' });
  expect(falCallback.parse({ ...raw, body: 'oops' })).toEqual({});
});
