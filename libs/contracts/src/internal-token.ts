import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds a token is good for, either side of now: clocks of one deployment agree better than that. */
const toleranceSeconds = 60;

/** Proves to another of our services over HTTP (uploads streams bytes, which NATS does not carry) for whom a call is made. */
export function signInternal(key: string, accountId: string, nowSeconds: number): string {
  return `${nowSeconds}.${mac(key, accountId, nowSeconds).toString('base64url')}`;
}

export function verifyInternal(key: string, token: string, accountId: string, nowSeconds: number): boolean {
  const [seconds = '', signature = ''] = token.split('.');
  if (!/^\d{1,12}$/.test(seconds) || Math.abs(Number(seconds) - nowSeconds) > toleranceSeconds) return false;
  const given = Buffer.from(signature, 'base64url');
  const expected = mac(key, accountId, Number(seconds));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function mac(key: string, accountId: string, seconds: number): Buffer {
  return createHmac('sha256', key).update(`${seconds}.${accountId}`).digest();
}
