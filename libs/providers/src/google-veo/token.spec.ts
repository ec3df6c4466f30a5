import { generateKeyPairSync, verify } from 'node:crypto';
import { assertionOf, auth } from './token.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const key = {
  type: 'service_account',
  client_email: 'videoapi@p.iam.gserviceaccount.com',
  private_key: privateKey,
  private_key_id: 'key-1',
  token_uri: 'https://elsewhere.example/token',
};
const now = 1_790_000_000_999;
const { token } = auth;
const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  token.read({ status, headers, body });

describe('an assertion', () => {
  const [head = '', claims = '', signature = ''] = assertionOf(key, now).split('.');
  const parsed = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

  it('says who asks, for what, and for how long', () => {
    expect(parsed(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    expect(parsed(claims)).toEqual({
      iss: 'videoapi@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: 'https://oauth2.googleapis.com/token',
      iat: 1_790_000_000,
      exp: 1_790_003_600,
    });
  });

  it('is signed with the account’s own key', () => {
    const holds = (text: string) => verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));
    expect(holds(`${head}.${claims}`)).toBe(true);
    expect(holds(`${head}.${claims}x`)).toBe(false);
  });

  it('reproduces the same bytes: RS256 has no chance in it', () => {
    expect(assertionOf(key, now)).toBe(assertionOf(key, now));
  });
});

it('is sent to Google, wherever the key file points', () => {
  const call = token.mint({ serviceAccount: JSON.stringify(key) }, now);
  expect(call).toEqual({
    method: 'POST',
    host: 'oauth',
    path: '/token',
    form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(key, now) },
  });
});

it.each(['', '{}', 'not json', JSON.stringify({ ...key, private_key: 'not a key' })])(
  'does not sign with %j',
  (text) => {
    expect(() => token.mint({ serviceAccount: text }, now)).toThrow();
  },
);

it('reads the token and its life', () => {
  expect(read(200, { access_token: 'ya29.abc', expires_in: 3599, token_type: 'Bearer' })).toEqual({
    token: 'ya29.abc',
    livesMs: 3_599_000,
  });
});

it.each([
  [400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 'channel_credentials'],
  [401, { error: 'invalid_client' }, 'channel_credentials'],
  [403, '<html>', 'channel_credentials'],
  [408, {}, 'provider_unavailable'],
  [429, {}, 'rate_limited'],
  [500, { error: 'internal_failure' }, 'provider_unavailable'],
  [200, { access_token: '' }, 'provider_unavailable'],
  [200, undefined, 'provider_unavailable'],
])('status %i %j is %s', (status, body, code) => {
  expect(read(status, body)).toMatchObject({ failure: { code } });
});

it('gives the reason in Google’s words', () => {
  expect(read(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })).toEqual({
    failure: { code: 'channel_credentials', message: 'invalid_grant: Invalid JWT Signature.' },
  });
});

it.each([
  [401, { error: { code: 401, message: '', status: 'UNAUTHENTICATED' } }, true],
  [401, '<html>', false],
  [403, { error: { code: 403, message: '', status: 'PERMISSION_DENIED' } }, false],
  [200, { name: 'x' }, false],
])('a reply %i %j: the token was refused: %s', (status, body, isRefused) => {
  expect(token.isRefused({ status, headers: {}, body })).toBe(isRefused);
});
