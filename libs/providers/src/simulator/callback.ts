import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Older ones are replays. Milliseconds, both ways. */
const toleranceMs = 300_000;

/** Standard Webhooks: `v1,` and the base64 HMAC-SHA-256 of `{id}.{timestamp}.{body}`. */
export const simulatorCallback: CallbackVerifier = {
  verify({ headers, body }, secrets, now) {
    if (secrets.length === 0) return 'hint';
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
    if (id === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return 'forged';
    if (Math.abs(now - Number(timestamp) * 1000) > toleranceMs) return 'forged';
    const given = signatures
      .split(' ')
      .flatMap((entry) => (entry.startsWith('v1,') ? [entry.slice('v1,'.length)] : []));
    const wanted = secrets.map((secret) => sign(secret, `${id}.${timestamp}.${body}`));
    return wanted.some((mac) => given.some((candidate) => isSame(mac, candidate))) ? 'signed' : 'forged';
  },

  parse({ body }) {
    const data = callbackSchema.safeParse(jsonOf(body)).data?.data;
    return data === undefined ? {} : { upstreamId: data.id, status: data.status };
  },
};

const callbackSchema = z.object({ data: z.object({ id: z.string(), status: z.string() }) });

function sign(secret: string, text: string): Buffer {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(text).digest();
}

function isSame(mac: Buffer, candidate: string): boolean {
  const bytes = Buffer.from(candidate, 'base64');
  return bytes.length === mac.length && timingSafeEqual(bytes, mac);
}
