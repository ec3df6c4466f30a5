import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newUuid } from '../id.js';
import { Settings } from '../settings.js';
import { Bell } from './bell.js';
import { claim, type Lane } from './claim.js';
import { Deliverer } from './deliverer.js';
import { Reports } from './reports.js';

const tickMs = 500;
const restAfterFaultMs = 1_000;
/** Most deliveries of one claim. */
const claimSize = 64;
/** Between claims while there is work: what comes due meanwhile makes the next one worth its transaction. */
const gatherMs = 10;
/** Nobody there is in a hurry. */
const slowLaneEveryMs = 100;
/** What is in flight when the service stops may take this long; then it is given back, uncounted. */
const stopPatienceMs = 10_000;

/** Claims due deliveries and hands them on, never more than there are slots. Any number of replicas share the ring. */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly inFlight = { fast: new Set<Promise<void>>(), slow: new Set<Promise<void>>() };
  private readonly aborting = new AbortController();
  private running: Promise<void> | undefined;
  private isStopped = false;
  private slowLaneAt = 0;

  constructor(
    private readonly source: DataSource,
    private readonly bell: Bell,
    private readonly deliverer: Deliverer,
    private readonly settings: Settings,
    private readonly reports: Reports,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    this.bell.ring();
    await this.running;
  }

  async onApplicationShutdown(): Promise<void> {
    const inFlight = Promise.all([...this.inFlight.fast, ...this.inFlight.slow]);
    const patience = new AbortController();
    const over = sleep(stopPatienceMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([inFlight, over]);
    patience.abort();
    this.aborting.abort();
    await inFlight;
    await this.deliverer.close();
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        const found = (await this.serve('fast')) + (await this.serveSlow());
        if (found === 0) await this.bell.rest(tickMs);
        else if (found < claimSize) await sleep(gatherMs);
      } catch (error) {
        this.reports.failed('delivery_claim_failed', error);
        await sleep(restAfterFaultMs);
      }
    }
  }

  private serveSlow(): Promise<number> {
    if (Date.now() < this.slowLaneAt) return Promise.resolve(0);
    this.slowLaneAt = Date.now() + slowLaneEveryMs;
    return this.serve('slow');
  }

  /** @returns how many deliveries were claimed */
  private async serve(lane: Lane): Promise<number> {
    const inFlight = this.inFlight[lane];
    const limit = Math.min(claimSize, this.settings.slots[lane] - inFlight.size);
    if (limit <= 0) return 0;
    const token = newUuid();
    const leased = await claim(this.source, { lane, limit, token });
    for (const work of this.deliverer.deliver(leased, token, this.aborting.signal)) {
      const done = work.finally(() => {
        inFlight.delete(done);
        this.bell.ring();
      });
      inFlight.add(done);
    }
    return leased.length;
  }
}
