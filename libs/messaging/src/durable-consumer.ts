import { Logger } from '@nestjs/common';
import { JetStreamApiCodes, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { AppError } from '@videoapi/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumerConfig, type ConsumerPlan } from './consumer-plan.js';
import { type DeadLetters } from './dead-letters.js';
import { deliver } from './deliver.js';
import { InFlight } from './in-flight.js';
import { type Nats } from './nats.js';
import { handBackDelayMs } from './retry.js';
import { isApiError } from './streams.js';

const startBudgetMs = 30_000;
/** Short, so that a consumer whose server forgot it is noticed within two of them. */
const idleHeartbeatMs = 1_000;
const pullExpiresMs = 5_000;
const longestPauseMs = 2_000;
/** A handler that runs longer hangs: let the server give its message to somebody else. */
const longestHandlerMs = 15 * 60_000;
const log = new Logger('consumer');

/**
 * One durable consumer and the loop that works on it. Whatever becomes of the server's side (a restart, a deleted
 * consumer, a whole store lost), the loop declares stream and consumer again and goes on, for as long as the process lives.
 */
export class DurableConsumer {
  private readonly inFlight = new InFlight();
  /** Messages whose handlers run, and since when. */
  private readonly held = new Map<JsMsg, number>();
  private readonly stopping = new AbortController();
  private readonly declared = Promise.withResolvers<void>();
  private messages: ConsumerMessages | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly nats: Nats,
    private readonly plan: ConsumerPlan,
    private readonly deadLetters: DeadLetters,
  ) {}

  /** Resolves once the durable exists. @throws AppError `unavailable` after 30 s without JetStream. */
  async start(): Promise<void> {
    this.loop = this.run();
    const late = sleep(startBudgetMs, 'late', { ref: false });
    if ((await Promise.race([this.declared.promise, late])) === 'late')
      throw new AppError('unavailable', `JetStream did not accept the consumer ${this.plan.durable}.`);
  }

  /** Takes no more, finishes what has begun, hands the rest back to the other replicas. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.messages?.stop();
    await this.loop;
    await this.inFlight.idle();
  }

  private async run(): Promise<void> {
    // The server may have lost what it knew; begin anew rather than trust the old pull requests.
    const forget = this.nats.onReconnect(() => this.messages?.stop());
    const heartbeat = setInterval(() => this.keepAlive(), this.plan.ackWaitMs / 3);
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        await this.nats.untilConnected(this.stopping.signal);
        await this.nats.unlessLost(this.declare());
        failures = 0;
        await this.consume();
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        failures += 1;
        log.warn({ event: 'consumer_lost', consumer: this.plan.durable, failures, err: error });
        const pauseMs = Math.min(longestPauseMs, 50 * 2 ** failures);
        await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    forget();
    await this.inFlight.idle();
    clearInterval(heartbeat);
  }

  private async declare(): Promise<void> {
    const { stream, durable } = this.plan;
    const { consumers } = this.nats.manager;
    const wanted = consumerConfig(this.plan);
    try {
      const { config: found } = await consumers.info(stream, durable);
      if (
        found.filter_subject !== wanted.filter_subject ||
        found.max_ack_pending !== wanted.max_ack_pending ||
        found.ack_wait !== wanted.ack_wait ||
        found.max_deliver !== wanted.max_deliver
      )
        await consumers.update(stream, durable, wanted);
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamNotFound)) await this.nats.ensureStreams();
      else if (!isApiError(error, JetStreamApiCodes.ConsumerNotFound)) throw error;
      await consumers.add(stream, wanted);
    }
    this.declared.resolve();
  }

  private async consume(): Promise<void> {
    const consumer = await this.nats.jetstream.consumers.get(this.plan.stream, this.plan.durable);
    this.messages = await consumer.consume({
      max_messages: this.plan.prefetch,
      threshold_messages: Math.floor(this.plan.prefetch / 2),
      expires: pullExpiresMs,
      idle_heartbeat: idleHeartbeatMs,
      abort_on_missing_resource: true,
    });
    if (this.stopping.signal.aborted) this.messages.stop();
    for await (const message of this.messages) {
      await this.inFlight.below(this.plan.concurrency);
      if (this.stopping.signal.aborted) message.nak(handBackDelayMs(Math.random()));
      else this.begin(message);
    }
  }

  private begin(message: JsMsg): void {
    this.held.set(message, Date.now());
    const done = deliver(message, this.plan, this.deadLetters).finally(() => this.held.delete(message));
    void this.inFlight.track(done);
  }

  /** Without it the server would take a slow handler for a dead one and deliver the message to another. */
  private keepAlive(): void {
    if (!this.nats.connected) return;
    const oldest = Date.now() - longestHandlerMs;
    for (const [message, since] of this.held) if (since > oldest) message.working();
  }
}
