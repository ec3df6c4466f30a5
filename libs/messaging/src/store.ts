import { errors } from '@nats-io/transport-node';
import { toHeaders } from './call.js';
import { type Nats } from './nats.js';

export interface Storable {
  readonly id: string;
  readonly subject: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const ackTimeoutMs = 5_000;

/** Publishes into a stream and resolves after the PubAck: the message is stored, once, however often it is sent. */
export async function store(nats: Nats, { id, subject, body, headers = {} }: Storable): Promise<void> {
  const options = { msgID: id, headers: toHeaders(headers), timeout: ackTimeoutMs };
  await nats.unlessLost(nats.jetstream.publish(subject, body, options));
}

/** No stream takes this subject: JetStream lost its store, or is still starting. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof errors.RequestError && error.cause.isNoResponders();
}

/** Nobody answered: the message may or may not be stored, and every other one would fare the same now. */
export function isOutOfReach(error: unknown): boolean {
  return (
    error instanceof errors.TimeoutError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError
  );
}
