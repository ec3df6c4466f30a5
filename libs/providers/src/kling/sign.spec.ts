import { type SignableRequest } from '@videoapi/provider-kit';
import { authOf, tokenOf } from './sign.js';

const channel = (options: Record<string, unknown>) => ({ baseUrl: 'https://api-singapore.klingai.com', options });
const now = 1_781_080_794_999;
const vector =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ0ZXN0LWFrIiwiZXhwIjoxNzgxMDgyNTk0LCJuYmYiOjE3ODEwODA3ODl9.46hhon57NRoGoPNYGczZs735ARcZzIT_SnCbWnVb4vQ';

it('signs the token byte for byte', () => {
  expect(tokenOf('test-ak', 'test-sk', now)).toBe(vector);
});

it('carries it as a bearer, a new one for every call', () => {
  const auth = authOf(channel({ auth: 'jwt' }));
  if (auth.put !== 'signed') throw new Error(auth.put);
  const request: SignableRequest = {
    method: 'GET',
    url: new URL('https://api-singapore.klingai.com/v1/videos/text2video/1'),
    headers: {},
    body: new Uint8Array(),
  };
  const secrets = { accessKey: 'test-ak', secretKey: 'test-sk' };

  expect(auth.credentials).toEqual(['accessKey', 'secretKey']);
  expect(auth.sign(request, secrets, now)).toEqual({ authorization: `Bearer ${vector}` });
  expect(auth.sign(request, secrets, now + 1_000)).not.toEqual(auth.sign(request, secrets, now));
});

it('is an API key unless the channel says otherwise', () => {
  expect(authOf(channel({}))).toEqual({ put: 'bearer', credential: 'apiKey' });
});
