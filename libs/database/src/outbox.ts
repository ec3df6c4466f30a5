import { type EntityManager } from 'typeorm';
import { sql } from './transaction.js';

/** One message that becomes true with the transaction that writes it; the relay of `messaging` publishes it. */
export interface OutboxMessage {
  /** Becomes the header `Nats-Msg-Id`; stable, so that publishing twice is harmless. */
  readonly id: string;
  readonly subject: string;
  /** Messages with one key keep their order: a task id, an account id, an endpoint id. */
  readonly key: string;
  /** The whole envelope `{ id, occurredAt, data }`. */
  readonly payload: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const insert = {
  name: 'insert_outbox',
  text: `INSERT INTO outbox (key, message_id, subject, headers, payload)
SELECT key, message_id, subject, headers::jsonb, payload::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
  WITH ORDINALITY AS message (key, message_id, subject, headers, payload, ord)
ORDER BY ord`,
};

/** Writes the messages in the order given, in one statement. */
export async function insertOutbox(tx: EntityManager, messages: readonly OutboxMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await sql(tx, insert, [
    messages.map((message) => message.key),
    messages.map((message) => message.id),
    messages.map((message) => message.subject),
    messages.map((message) => (message.headers === undefined ? null : JSON.stringify(message.headers))),
    messages.map((message) => JSON.stringify(message.payload)),
  ]);
}
