import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Drain, Log } from '@videoapi/chassis';
import { Auditor } from '../audit/auditor.js';
import { HoldSweeper } from '../sweeper/hold-sweeper.js';
import { LotSweeper } from '../sweeper/lot-sweeper.js';
import { periodically } from './periodically.js';

interface Chore {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
}

/** What billing does without being asked. Every replica does it: each chore is safe to do twice. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly chores: readonly Chore[];
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly drain: Drain,
    private readonly log: Log,
    holds: HoldSweeper,
    lots: LotSweeper,
    auditor: Auditor,
  ) {
    this.chores = [
      { name: 'sweep_holds', everyMs: 5_000, work: () => holds.sweep() },
      { name: 'expire_lots', everyMs: 10_000, work: () => lots.expire() },
      { name: 'close_spent_lots', everyMs: 60_000, work: () => lots.closeSpent() },
      { name: 'audit', everyMs: 60_000, work: () => auditor.audit() },
    ];
  }

  onApplicationBootstrap(): void {
    const { signal } = this.drain;
    this.running = Promise.all(
      this.chores.map(({ name, everyMs, work }) => {
        const failed = (err: unknown) => this.log.warn({ event: 'chore_failed', chore: name, err });
        return periodically({ everyMs, signal, failed }, work);
      }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.running;
  }
}
