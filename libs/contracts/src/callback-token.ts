import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The last segment of a provider's callback URL: 16 bytes attempt id, 16 bytes HMAC-SHA-256/128, base64url. It proves
 * itself, so the edge that receives it needs no other service's table, and it exists before the provider is called.
 */
export function signCallbackToken(key: string, attemptId: string): string {
  const id = Buffer.from(attemptId.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, mac(key, id)]).toString('base64url');
}

/** The attempt id, or undefined for anything that is not a token of ours. */
export function readCallbackToken(key: string, token: string): string | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const id = bytes.subarray(0, 16);
  if (!timingSafeEqual(bytes.subarray(16), mac(key, id))) return undefined;
  const hex = id.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function mac(key: string, id: Buffer): Buffer {
  return createHmac('sha256', key).update(id).digest().subarray(0, 16);
}
