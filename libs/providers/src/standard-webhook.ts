import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RawCallback, Trust } from '@videoapi/provider-kit';

/** Older ones are replays. Milliseconds, both ways. */
const toleranceMs = 300_000;

/**
 * Standard Webhooks: `v1,` and the base64 HMAC-SHA-256 of `{id}.{timestamp}.{body}`; one valid signature of several will
 * do, for a secret that is being changed. Without a secret there is nothing to verify with.
 */
export function verifyStandardWebhook({ headers, body }: RawCallback, secrets: readonly string[], now: number): Trust {
  if (secrets.length === 0) return 'hint';
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (id === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return 'forged';
  if (Math.abs(now - Number(timestamp) * 1000) > toleranceMs) return 'forged';
  const given = signatures.split(' ').flatMap((entry) => (entry.startsWith('v1,') ? [entry.slice('v1,'.length)] : []));
  const wanted = secrets.map((secret) => sign(secret, `${id}.${timestamp}.${body}`));
  return wanted.some((mac) => given.some((candidate) => isSame(mac, candidate))) ? 'signed' : 'forged';
}

/** `whsec_…` is base64; any other secret is taken as it stands. */
function sign(secret: string, text: string): Buffer {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(text).digest();
}

function isSame(mac: Buffer, candidate: string): boolean {
  const bytes = Buffer.from(candidate, 'base64');
  return bytes.length === mac.length && timingSafeEqual(bytes, mac);
}
