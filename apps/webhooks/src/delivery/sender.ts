import { type SafeFetch } from '@videoapi/safe-fetch';
import { sign } from '../signing/sign.js';
import { type Leased } from './claim.js';
import { answered, type Outcome, outcomeOf } from './outcome.js';

export const deliveryTimeoutMs = 15_000;
const connectTimeoutMs = 5_000;
/** Read of an answer, and kept of it. Nobody needs more to see what a receiver had to say. */
const readBytes = 16_384;
const keptBytes = 4_096;

/** One attempt, as its log shows it. */
export interface Attempted {
  readonly outcome: Outcome;
  readonly startedAt: Date;
  /** Whole milliseconds, like those below; the latter are absent when no answer came. */
  readonly durationMs: number;
  readonly wire:
    | { readonly dnsMs: number; readonly connectMs: number; readonly ttfbMs: number; readonly address: string }
    | undefined;
  readonly responseHead: string | undefined;
}

/** Signs and sends one delivery, once. @param signal ends it as our own fault */
export async function send(
  safeFetch: SafeFetch,
  delivery: Pick<Leased, 'eventId' | 'url' | 'body'>,
  keys: readonly Buffer[],
  signal: AbortSignal,
): Promise<Attempted> {
  const startedAt = new Date();
  const started = performance.now();
  const since = () => Math.round(performance.now() - started);
  const { eventId: id, body } = delivery;
  const timestamp = Math.floor(startedAt.getTime() / 1_000);
  try {
    const response = await safeFetch.request(delivery.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign({ id, timestamp, body }, keys),
      },
      body,
      signal,
      timeoutMs: deliveryTimeoutMs,
      headersTimeoutMs: deliveryTimeoutMs,
      idleTimeoutMs: deliveryTimeoutMs,
      connectTimeoutMs,
      maxBytes: readBytes,
      overflow: 'truncate',
      decode: false,
    });
    const { status, headers, timings, remoteAddress: address } = response;
    return {
      outcome: answered(status, headers['retry-after'], new Date()),
      startedAt,
      durationMs: since(),
      wire: {
        dnsMs: Math.round(timings.dnsMs),
        connectMs: Math.round(timings.connectMs),
        ttfbMs: Math.round(timings.headersMs),
        address,
      },
      responseHead: readable(response.body),
    };
  } catch (error) {
    const outcome: Outcome = signal.aborted ? { kind: 'ours', code: 'shutdown' } : outcomeOf(error);
    return { outcome, startedAt, durationMs: since(), wire: undefined, responseHead: undefined };
  }
}

/** PostgreSQL keeps no NUL in a text. */
function readable(body: Buffer): string {
  return body.subarray(0, keptBytes).toString('utf8').replaceAll('\0', '\uFFFD');
}
