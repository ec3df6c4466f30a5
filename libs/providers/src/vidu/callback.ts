import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackVerifier, RawCallback } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Older ones are replays. Milliseconds, both ways. */
const toleranceMs = 300_000;

/**
 * Base64 HMAC-SHA-256 by the API key over method, path, query, `vidu`, the date and the headers that it names. The body
 * is not covered: what it says is a reason to look, as with every callback.
 */
export const viduCallback: CallbackVerifier = {
  verify(raw, secrets, now) {
    if (secrets.length === 0) return 'hint';
    const { headers } = raw;
    const sentAt = Date.parse(headers['date'] ?? '');
    const isOurs =
      headers['x-hmac-algorithm']?.toLowerCase() === 'hmac-sha256' && headers['x-hmac-access-key'] === accessKey;
    if (!isOurs || !(Math.abs(now - sentAt) <= toleranceMs)) return 'forged';
    const given = Buffer.from(headers['x-hmac-signature'] ?? '', 'base64');
    const text = signedText(raw);
    const isSigned = secrets.some((secret) => {
      const wanted = createHmac('sha256', secret).update(text).digest();
      return wanted.length === given.length && timingSafeEqual(wanted, given);
    });
    return isSigned ? 'signed' : 'forged';
  },

  parse({ body }) {
    const task = taskSchema.safeParse(jsonOf(body)).data;
    return task === undefined ? {} : { upstreamId: task.id, status: task.state };
  },
};

const accessKey = 'vidu';
const taskSchema = z.object({ id: z.string(), state: z.string() });

/** Headers in the order and the spelling in which they are named; every line of them ends. */
function signedText({ method, path, query, headers }: RawCallback): string {
  const names = (headers['x-hmac-signed-headers'] ?? '')
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const lines = names.map((name) => `${name}:${headers[name.toLowerCase()] ?? ''}\n`).join('');
  return `${method.toUpperCase()}\n${path}\n${query}\n${accessKey}\n${headers['date'] ?? ''}\n${lines}`;
}
