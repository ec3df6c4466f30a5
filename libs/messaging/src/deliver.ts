import { Logger } from '@nestjs/common';
import { type JsMsg } from '@nats-io/jetstream';
import { AppError, envelope } from '@videoapi/contracts';
import { readCall, withCall } from './call.js';
import { type ConsumerPlan, type Subscriber } from './consumer-plan.js';
import { type DeadLetters, headerRecord, replayForHeader } from './dead-letters.js';
import { type MessageMeta } from './handlers.js';
import { judge, retryDelayMs } from './retry.js';
import { type Settled, tellSettled } from './settled.js';

const log = new Logger('consumer');

/** Takes one message to its end: acked, put off, or dead-lettered. Never rejects. */
export async function deliver(message: JsMsg, plan: ConsumerPlan, deadLetters: DeadLetters): Promise<void> {
  const begun = Date.now();
  const outcome = await settle(message, plan, deadLetters);
  tellSettled(() => ({
    consumer: plan.durable,
    outcome,
    waitMs: begun - message.time.getTime(),
    tookMs: Date.now() - begun,
  }));
}

async function settle(message: JsMsg, plan: ConsumerPlan, deadLetters: DeadLetters): Promise<Settled['outcome']> {
  try {
    const subscriber = plan.subscribers.get(message.subject);
    const wanted = subscriber !== undefined && !isReplayForAnother(message, plan.durable);
    const failure = wanted ? await attempt(message, subscriber, plan.durable) : undefined;
    if (failure !== undefined) return await settleFailure(message, failure.error, plan, deadLetters);
    message.ack();
    return 'acked';
  } catch (error) {
    // The connection is gone: no ack can be sent, and the server will deliver it again.
    log.error({ event: 'message_unsettled', consumer: plan.durable, subject: message.subject, err: error });
    return 'unsettled';
  }
}

async function attempt(
  message: JsMsg,
  subscriber: Subscriber,
  consumer: string,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    const { data, meta } = open(message, subscriber, consumer);
    await withCall(readCall(message.headers), () => subscriber.handle(data, meta));
    return undefined;
  } catch (error) {
    return { error };
  }
}

function open(message: JsMsg, { schema }: Subscriber, consumer: string): { data: unknown; meta: MessageMeta } {
  try {
    const { id, occurredAt, data } = envelope.parse(message.json());
    const meta = {
      id,
      subject: message.subject,
      occurredAt: new Date(occurredAt),
      deliveries: message.info.deliveryCount,
      consumer,
      headers: headerRecord(message.headers),
    };
    return { data: schema.parse(data), meta };
  } catch (cause) {
    throw new AppError('invalid_request', 'The message does not follow its contract.', { cause });
  }
}

async function settleFailure(
  message: JsMsg,
  error: unknown,
  { stream, durable: consumer }: ConsumerPlan,
  deadLetters: DeadLetters,
): Promise<Settled['outcome']> {
  const { subject, seq: sequence } = message;
  const deliveries = message.info.deliveryCount;
  const facts = { consumer, subject, sequence, deliveries };
  const verdict = judge(error, deliveries, Math.random());
  if ('retryInMs' in verdict) {
    log.warn({ event: 'message_put_off', ...facts, retryInMs: verdict.retryInMs, err: error });
    message.nak(verdict.retryInMs);
    return 'put_off';
  }
  const { code, message: reason } = verdict.giveUp;
  try {
    await deadLetters.put({
      stream,
      consumer,
      sequence,
      subject,
      deliveries,
      code,
      reason,
      headers: headerRecord(message.headers),
      body: message.data,
    });
  } catch (cause) {
    log.error({ event: 'dead_letter_failed', ...facts, err: cause });
    message.nak(retryDelayMs(deliveries, Math.random()));
    return 'put_off';
  }
  // Bare: nats-server 2.9 ignores a term that gives a reason, and delivers again.
  message.term();
  log.error({ event: 'message_given_up', ...facts, code, err: error });
  return 'given_up';
}

function isReplayForAnother(message: JsMsg, durable: string): boolean {
  const addressee = message.headers?.get(replayForHeader) ?? '';
  return addressee !== '' && addressee !== durable;
}
