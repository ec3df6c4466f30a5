import { createHmac, randomUUID } from 'node:crypto';

/** One HTTP POST to somebody who asked to be told. */
export interface CallbackMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What somebody signs with who does not know the secret. */
export const forgersSecret = 'whsec_Zm9yZ2Vk';

export function jsonMessage(url: string, body: unknown): CallbackMessage {
  return { url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/**
 * The message signed as Standard Webhooks has it: `v1,` and the base64 HMAC-SHA-256 of `{id}.{timestamp}.{body}`. A
 * secret `whsec_…` is base64; any other is taken as it stands.
 */
export function signed(
  message: CallbackMessage,
  secret: string,
  now: number,
  id = `msg_${randomUUID()}`,
): CallbackMessage {
  const timestamp = Math.floor(now / 1000);
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${message.body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
  return { ...message, headers: { ...message.headers, ...headers } };
}
