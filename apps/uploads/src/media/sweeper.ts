import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Drain, Log } from '@videoapi/chassis';
import { setTimeout as sleep } from 'node:timers/promises';
import { MediaRemoval } from './removal.js';

const everyMs = 10 * 60_000;

/** Housekeeping, now and then. Any number of replicas may do it at once. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap {
  constructor(
    private readonly removal: MediaRemoval,
    private readonly drain: Drain,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    void this.#loop();
  }

  async #loop(): Promise<void> {
    const { signal } = this.drain;
    while (!signal.aborted) {
      // The random part keeps replicas that were started together apart.
      await sleep(everyMs * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#once();
    }
  }

  async #once(): Promise<void> {
    try {
      const removed = await this.removal.sweep();
      if (removed > 0) this.log.info({ event: 'swept', removed });
    } catch (error) {
      this.log.warn({ event: 'sweep_failed', err: error });
    }
  }
}
