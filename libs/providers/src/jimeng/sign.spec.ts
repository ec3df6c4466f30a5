import { signVolcengine } from './sign.js';

const host = 'https://visual.volcengineapi.com';
const submit = new URL(`${host}/?Action=CVSync2AsyncSubmitTask&Version=2022-08-31`);
const body = '{"req_key":"jimeng_t2v_v30","prompt":"a cat","seed":-1,"frames":121,"aspect_ratio":"16:9"}';
const secrets = { accessKey: 'test-ak', secretKey: 'test-sk' };
const now = Date.UTC(2026, 10, 21);

const sign = (changes: { url?: URL; body?: string; secrets?: Record<string, string>; now?: number } = {}) =>
  signVolcengine(
    {
      method: 'POST',
      url: changes.url ?? submit,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(changes.body ?? body),
    },
    changes.secrets ?? secrets,
    changes.now ?? now,
  );
const signatureOf = (headers: Readonly<Record<string, string>>) =>
  /Signature=(\w+)$/.exec(headers['authorization'] ?? '')?.[1];

it('signs the known request byte for byte', () => {
  expect(sign()).toEqual({
    'x-date': '20261121T000000Z',
    'x-content-sha256': 'c8b20c30685dd6838d0d70e6351fdae202131c02c7e7220f48f595b1fb33841a',
    authorization:
      'HMAC-SHA256 Credential=test-ak/20261121/cn-north-1/cv/request, ' +
      'SignedHeaders=content-type;host;x-content-sha256;x-date, ' +
      'Signature=a542870acd7baa4161659246ce620dec5a3b3321607f827633fa1d4f8d3b50f6',
  });
});

it.each([
  ['the body', { body: `${body} ` }],
  ['the query', { url: new URL(submit.href.replace('Submit', 'Get')) }],
  ['the host', { url: new URL(submit.href.replace('visual', 'virtual')) }],
  ['the path', { url: new URL(submit.href.replace('/?', '/x?')) }],
  ['the secret key', { secrets: { ...secrets, secretKey: 'other' } }],
  ['the moment', { now: now + 1000 }],
])('covers %s', (_, change) => {
  expect(signatureOf(sign(change))).not.toBe(signatureOf(sign()));
});

it('sorts and encodes the query', () => {
  const sorted = sign({ url: new URL(`${host}/?a=1%20(2)&b=*`) });
  const turned = sign({ url: new URL(`${host}/?b=*&a=1+(2)`) });
  expect(signatureOf(turned)).toBe(signatureOf(sorted));
});
