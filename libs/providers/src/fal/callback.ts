import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CallbackVerifier, RawCallback } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Older ones are replays. Milliseconds, both ways. */
const toleranceMs = 300_000;

/**
 * Ed25519 over id, user, time and the body's digest, with one of fal's published keys. The address is not covered: what
 * it says is a reason to look, as with every callback.
 */
export const falCallback: CallbackVerifier = {
  verify(raw, secrets, now) {
    const keys = secrets.flatMap(keysIn);
    if (keys.length === 0) return 'hint';
    const timestamp = raw.headers['x-fal-webhook-timestamp'] ?? '';
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp) * 1000) > toleranceMs) return 'forged';
    const signature = Buffer.from(raw.headers['x-fal-webhook-signature'] ?? '', 'hex');
    const text = Buffer.from(signedText(raw));
    return keys.some((key) => verify(null, text, key, signature)) ? 'signed' : 'forged';
  },

  parse({ body }) {
    const news = newsSchema.safeParse(jsonOf(body)).data;
    return news === undefined ? {} : { upstreamId: news.request_id, status: news.status };
  },
};

const newsSchema = z.object({ request_id: z.string(), status: z.string() });

function signedText({ headers, body }: RawCallback): string {
  const names = ['x-fal-webhook-request-id', 'x-fal-webhook-user-id', 'x-fal-webhook-timestamp'];
  const digest = createHash('sha256').update(body).digest('hex');
  return [...names.map((name) => headers[name] ?? ''), digest].join('\n');
}

const keySetSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() })),
});

/** A key set as fal publishes it. */
function keysIn(secret: string): KeyObject[] {
  const set = keySetSchema.safeParse(jsonOf(secret)).data;
  try {
    return (set?.keys ?? []).map(({ kty, crv, x }) => createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
  } catch {
    return [];
  }
}
