import { type Reply } from '@videoapi/provider-kit';
import { auth } from './token.js';

const { token } = auth;
const reply = (status: number, body: unknown): Reply => ({ status, headers: {}, body });
const no = (code: unknown, msg = 'no') => ({ success: false, error: { code, msg } });

it('is made of the pair', () => {
  expect(token.mint({ appId: 'studio@example.com', userKey: '0b7d-uuid' }, 0)).toEqual({
    method: 'POST',
    path: '/api/odin/v3/auth/token',
    json: { appId: 'studio@example.com', userKey: '0b7d-uuid' },
  });
});

it('lives a day', () => {
  const minted = token.read(reply(200, { success: true, data: { token: 'eyJhbGciOi' } }));
  expect(minted).toEqual({ token: 'eyJhbGciOi', livesMs: 86_400_000 });
});

it.each<[string, Reply, string]>([
  ['a clear no, with HTTP 200', reply(200, no('ANY')), 'channel_credentials'],
  ['a clear no for another reason', reply(200, no('TOO_MANY_REQUESTS')), 'rate_limited'],
  ['a clear no that names a field', reply(200, no('INVALID_USER')), 'channel_credentials'],
  ['a wrong pair', reply(401, no('ANY')), 'channel_credentials'],
  ['a wrong pair, as a bad request', reply(400, '<html>'), 'channel_credentials'],
  ['a proxy that keeps us out', reply(403, '<html>'), 'channel_credentials'],
  ['too many', reply(429, ''), 'rate_limited'],
  ['broken', reply(502, '<html>'), 'provider_unavailable'],
  ['nothing that can be read', reply(200, { success: true, data: {} }), 'provider_unavailable'],
])('%s is no token', (_, answer, code) => {
  expect(token.read(answer)).toMatchObject({ failure: { code } });
});

it.each<[Reply, boolean]>([
  [reply(401, ''), true],
  [reply(401, no('ANY')), true],
  [reply(200, no('INVALID_TOKEN')), true],
  [reply(200, no(401)), true],
  [reply(200, no('INVALID_SCENES')), false],
  [reply(200, { success: true, data: { projectId: '1' } }), false],
  [reply(500, ''), false],
])('%j: refused is %s', (answer, isRefused) => {
  expect(token.isRefused(answer)).toBe(isRefused);
});
