import { type EventContract, type JobContract } from '@videoapi/contracts';
import { type OutboxMessage } from '@videoapi/database';
import { type z } from 'zod';
import { currentCall, traceHeadersOf } from './call.js';

export interface Fact<Data> {
  /** Unique per fact or order; a repeat of the same one carries the same id, and the stream drops it. */
  readonly id: string;
  readonly data: Data;
  readonly occurredAt: Date;
}

export interface KeyedFact<Data> extends Fact<Data> {
  /** Messages with one key keep their order: a task id, an account id, an endpoint id. */
  readonly key: string;
}

/** An event as an outbox row, for `insertOutbox` in the transaction that makes it true. @throws ZodError */
export function eventMessage<Data extends z.ZodType>(
  event: EventContract<Data>,
  fact: KeyedFact<z.input<Data>>,
): OutboxMessage {
  return outboxMessage(event.subject, event.data, fact);
}

/** A job as an outbox row. @throws ZodError */
export function jobMessage<Data extends z.ZodType>(
  job: JobContract<Data>,
  lane: string,
  order: KeyedFact<z.input<Data>>,
): OutboxMessage {
  return outboxMessage(job.subject(lane), job.data, order);
}

/** The body of every event and job. Validated here, so that a mistake fails in the sender and not in every receiver. */
export function sealed(schema: z.ZodType, { id, data, occurredAt }: Fact<unknown>) {
  return { id, occurredAt: occurredAt.toISOString(), data: schema.parse(data) };
}

function outboxMessage(subject: string, schema: z.ZodType, fact: KeyedFact<unknown>): OutboxMessage {
  const headers = traceHeadersOf(currentCall());
  return {
    id: fact.id,
    subject,
    key: fact.key,
    payload: sealed(schema, fact),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}
