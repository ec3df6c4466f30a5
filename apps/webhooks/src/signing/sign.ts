import { createHmac } from 'node:crypto';

export interface Signable {
  /** The webhook-id: the same on every attempt. */
  readonly id: string;
  /** Of this attempt. Unix seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The value of `webhook-signature` as Standard Webhooks 1.0 has it: `v1,` and the base64 HMAC-SHA-256 of
 * `{id}.{timestamp}.{body}`, one per key, newest key first, separated by spaces.
 */
export function sign({ id, timestamp, body }: Signable, keys: readonly Buffer[]): string {
  const content = `${id}.${timestamp}.${body}`;
  return keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`).join(' ');
}
