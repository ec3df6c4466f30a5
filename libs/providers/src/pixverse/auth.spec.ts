import { auth } from './auth.js';

const call = {
  method: 'GET',
  url: new URL('https://app-api.pixverse.ai/openapi/v2/video/result/318633193768896'),
  headers: {},
  body: new Uint8Array(),
};
const at = (nowMs: number, changes: Partial<Parameters<typeof auth.sign>[0]> = {}) =>
  auth.sign({ ...call, ...changes }, { apiKey: 'sk-1' }, nowMs);

it('sends the key under its own name, beside an id in the form of a UUID', () => {
  expect(at(1_790_000_000_000)).toEqual({
    'api-key': 'sk-1',
    'ai-trace-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
  });
});

it('gives every call an id of its own', () => {
  const others = [
    at(1),
    at(2),
    at(1, { method: 'POST' }),
    at(1, { url: new URL('https://app-api.pixverse.ai/openapi/v2/video/result/1') }),
    at(1, { body: Buffer.from('{}') }),
  ];
  expect(new Set(others.map((headers) => headers['ai-trace-id'])).size).toBe(others.length);
});

it('leaves an id that the call brings along', () => {
  expect(at(1, { headers: { 'ai-trace-id': 'ours' } })).toEqual({ 'api-key': 'sk-1' });
});
