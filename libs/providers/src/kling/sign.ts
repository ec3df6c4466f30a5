import { createHmac } from 'node:crypto';
import { type AdapterChannel, type Call, type Sign } from '@videoapi/provider-kit';

/** What a token may be used for: half an hour, and from a little before for clocks that differ. Seconds. */
const livesFor = 1_800;
const skew = 5;

/** Every call has a fresh token, so none is ever refused for its age. */
const sign: Sign = (_request, { accessKey = '', secretKey = '' }, nowMs) => ({
  authorization: `Bearer ${tokenOf(accessKey, secretKey, nowMs)}`,
});

/** One key of the console for both generations; the older pair of keys opens the legacy one alone. */
export function authOf(channel: AdapterChannel): Call['auth'] {
  if (!usesKeyPair(channel)) return { put: 'bearer', credential: 'apiKey' };
  return { put: 'signed', credentials: ['accessKey', 'secretKey'], sign };
}

export function usesKeyPair({ options }: AdapterChannel): boolean {
  return options['auth'] === 'jwt';
}

/** HS256; Kling wants no `iat`. */
export function tokenOf(accessKey: string, secretKey: string, nowMs: number): string {
  const now = Math.floor(nowMs / 1000);
  const claims = { iss: accessKey, exp: now + livesFor, nbf: now - skew };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secretKey).update(text).digest('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
