import { Logger } from '@nestjs/common';
import { AckPolicy, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { z } from 'zod';
import { type DeadLetters, headerRecord } from './dead-letters.js';
import { type Nats } from './nats.js';
import { maxDeliveriesAdvisories } from './streams.js';

const advisory = z.object({
  stream: z.string(),
  consumer: z.string(),
  stream_seq: z.int().positive(),
  deliveries: z.int().positive(),
});
const durable = 'advisory-sweep';
const log = new Logger('advisories');

/**
 * The backstop of the dead letters. When a process dies at every delivery of a message, nobody is left to give it up; the
 * server then stops delivering it, and in the work queue it would stay for ever, in no metric. The server's advisory
 * names it by sequence: copy it to the DLQ, remove it from the work queue.
 * @returns how many were rescued; at most 1,000 a call.
 */
export async function sweepAdvisories(nats: Nats, deadLetters: DeadLetters): Promise<number> {
  await nats.manager.consumers.add('ADVISORIES', {
    durable_name: durable,
    filter_subject: maxDeliveriesAdvisories,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
  });
  const consumer = await nats.jetstream.consumers.get('ADVISORIES', durable);
  const { num_pending: waiting } = await consumer.info();
  if (waiting === 0) return 0;
  let rescued = 0;
  for await (const message of await consumer.fetch({ max_messages: Math.min(waiting, 1_000), expires: 2_000 })) {
    if (await rescue(nats, deadLetters, message)) rescued += 1;
    message.ack();
  }
  return rescued;
}

async function rescue(nats: Nats, deadLetters: DeadLetters, message: JsMsg): Promise<boolean> {
  const { stream, consumer, stream_seq: sequence, deliveries } = advisory.parse(message.json());
  const stranded = await nats.manager.streams.getMessage(stream, { seq: sequence });
  if (stranded === null) return false; // acked after all, or dead-lettered before
  await deadLetters.put({
    stream,
    consumer,
    sequence,
    deliveries,
    subject: stranded.subject,
    headers: headerRecord(stranded.header),
    body: stranded.data,
    code: 'max_deliveries',
    reason: 'Never acknowledged.',
  });
  // In a work queue it is nobody else's; an event still belongs to the other consumers.
  if (stream === 'JOBS') await nats.manager.streams.deleteMessage(stream, sequence, false);
  log.error({ event: 'message_rescued', stream, consumer, sequence, subject: stranded.subject });
  return true;
}
