import { setTimeout as sleep } from 'node:timers/promises';
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
  async store(callback: InboundCallback): Promise<void> {
    const late = new AbortController();
    const tooLate = sleep(patienceMs, 'late', { signal: late.signal, ref: false }).catch(() => 'in time');
    try {
      const first = await Promise.race([this.callbacks.submit(callback), tooLate]);
      if (first === 'late') throw new AppError('unavailable', 'The database did not answer in time.');
    } finally {
      late.abort();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.callbacks.close();
  }
}
