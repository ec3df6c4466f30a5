import { createHash } from 'node:crypto';
import { type Call } from '@videoapi/provider-kit';

/**
 * The key, and a trace id that no other call has: one that is repeated is answered with the earlier result. A call that
 * brings an id of its own keeps it; for the others it is made of the call and its moment.
 */
export const auth = {
  put: 'signed',
  credentials: ['apiKey'],
  sign: ({ method, url, headers, body }, secrets, nowMs): Readonly<Record<string, string>> => {
    const key = { 'api-key': secrets['apiKey'] ?? '' };
    if (headers['ai-trace-id'] !== undefined) return key;
    const hash = createHash('sha256').update(`${nowMs} ${method} ${url.href} `).update(body);
    return { ...key, 'ai-trace-id': uuidOf(hash.digest('hex')) };
  },
} as const satisfies Call['auth'];

/** In the form of a random one, whatever is made of it there. */
function uuidOf(hex: string): string {
  const [a, b, c, d, e] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(17, 20), hex.slice(20, 32)];
  return `${a}-${b}-4${c}-8${d}-${e}`;
}
