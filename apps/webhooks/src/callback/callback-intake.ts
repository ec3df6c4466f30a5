import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { Batcher, inTransaction } from '@videoapi/database';
import { OutboxRelay } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { type InboundCallback } from './callback.js';
import { storeCallbacks } from './callback.store.js';

/** The most impatient providers hang up after three seconds; one that hears 503 in time sends again. */
const patienceMs = 2_000;

/** Callbacks on their way into the database, many in one commit. */
@Injectable()
export class CallbackIntake implements OnApplicationShutdown {
  private readonly callbacks: Batcher<InboundCallback, undefined>;

  constructor(source: DataSource, relay: OutboxRelay) {
    this.callbacks = new Batcher({
      name: 'callbacks',
      maxItems: 128,
      workers: 2,
      maxQueued: 2_048,
      deadlineMs: patienceMs,
      flush: async (callbacks) => {
        const woken = await inTransaction(source, (tx) => storeCallbacks(tx, callbacks));
        if (woken > 0) relay.nudge();
        return callbacks.map(() => undefined);
      },
    });
  }

  /** Resolves once it is stored. @throws AppError `unavailable` or `overloaded`: it may or may not be, send it again. */
  store(callback: InboundCallback): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new AppError('unavailable', 'The database did not answer in time.')),
        patienceMs,
      );
      this.callbacks
        .submit(callback)
        .then(() => resolve(), reject)
        .finally(() => clearTimeout(late));
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.callbacks.close();
  }
}
