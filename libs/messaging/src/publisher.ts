import { Injectable } from '@nestjs/common';
import { AppError, type EventContract, type JobContract } from '@videoapi/contracts';
import { type z } from 'zod';
import { currentCall, traceHeadersOf } from './call.js';
import { type Fact, sealed } from './envelope.js';
import { Nats } from './nats.js';
import { isStreamMissing, store, type Storable } from './store.js';

/** A fact or order to publish at once; `occurredAt` defaults to now. */
export type Publishable<Data> = Omit<Fact<Data>, 'occurredAt'> & Partial<Pick<Fact<Data>, 'occurredAt'>>;
export type LaneJob<Data> = Publishable<Data> & { readonly lane: string };

/** More in flight gain nothing and make each wait longer. */
const window = 64;

/**
 * Publishes without an outbox row and waits for the PubAck: for a service without a database, and for messages that
 * repeat themselves. Everything else belongs into the outbox of the transaction that made it true.
 */
@Injectable()
export class Publisher {
  constructor(private readonly nats: Nats) {}

  /** @throws AppError `unavailable`: not acknowledged, publish again with the same id. */
  async publishEvent<Data extends z.ZodType>(
    event: EventContract<Data>,
    fact: Publishable<z.input<Data>>,
  ): Promise<void> {
    await this.put(event.subject, event.data, fact);
  }

  /** @throws AppError `unavailable`: not acknowledged, publish again with the same id. */
  async publishJob<Data extends z.ZodType>(
    job: JobContract<Data>,
    lane: string,
    order: Publishable<z.input<Data>>,
  ): Promise<void> {
    await this.put(job.subject(lane), job.data, order);
  }

  /** Many at once, 64 in flight. @returns one entry per order: what went wrong with it, or undefined when stored. */
  async publishJobs<Data extends z.ZodType>(
    job: JobContract<Data>,
    orders: readonly LaneJob<z.input<Data>>[],
  ): Promise<(AppError | undefined)[]> {
    const outcomes: (AppError | undefined)[] = [];
    const queue = orders.entries();
    const send = async () => {
      for (const [index, order] of queue) {
        outcomes[index] = await this.put(job.subject(order.lane), job.data, order).then(
          () => undefined,
          (error: unknown) => AppError.from(error),
        );
      }
    };
    await Promise.all(Array.from({ length: Math.min(window, orders.length) }, send));
    return outcomes;
  }

  private async put(subject: string, schema: z.ZodType, fact: Publishable<unknown>): Promise<void> {
    const body = JSON.stringify(sealed(schema, { occurredAt: new Date(), ...fact }));
    if (!this.nats.connected) throw new AppError('unavailable', 'Not connected to NATS.');
    const message: Storable = { id: fact.id, subject, body, headers: traceHeadersOf(currentCall()) };
    try {
      await this.storeOrBootstrap(message);
    } catch (cause) {
      throw new AppError('unavailable', 'The message was not acknowledged.', { cause });
    }
  }

  private async storeOrBootstrap(message: Storable): Promise<void> {
    try {
      await store(this.nats, message);
    } catch (error) {
      if (!isStreamMissing(error)) throw error;
      await this.nats.ensureStreams();
      await store(this.nats, message);
    }
  }
}
