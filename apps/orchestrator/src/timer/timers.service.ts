import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { DataSource } from 'typeorm';
import { Observations } from '../engine/observations.js';
import { Reservations } from '../submission/reservations.js';
import { claimSize, claimTimers, type DueTimer } from './claim.js';
import { Polls } from './polls.js';

/** How late a timer may be noticed, at most. Polls of fast models are due within fractions of a second. */
const restMs = { phase: 200, poll: 50 } as const;
const restAfterFaultMs = 1_000;
/** With so many reports waiting, asking providers for more only lengthens the queue. */
const busyDepth = 256;

/** Fires what is due. Any number of replicas may run one: a claim skips what another has locked. */
@Injectable()
export class Timers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stop = new AbortController();
  private running: Promise<unknown> | undefined;

  constructor(
    private readonly source: DataSource,
    private readonly observations: Observations,
    private readonly reservations: Reservations,
    private readonly polls: Polls,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = Promise.all([
      this.run('phase', (due) => this.wake(due.map((timer) => timer.taskId))),
      this.run('poll', (due) => this.polls.look(due)),
    ]);
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(kind: DueTimer['kind'], fire: (due: readonly DueTimer[]) => Promise<void>): Promise<void> {
    while (!this.stop.signal.aborted) {
      const pauseMs = await this.turn(kind, fire);
      if (pauseMs > 0) await this.rest(pauseMs);
    }
  }

  /** @returns how long to rest: not at all when there may be more. */
  private async turn(kind: DueTimer['kind'], fire: (due: readonly DueTimer[]) => Promise<void>): Promise<number> {
    if (kind === 'poll' && this.observations.depth >= busyDepth) return restMs.poll;
    try {
      const due = await claimTimers(this.source, kind);
      if (due.length > 0) await fire(due);
      return due.length === claimSize ? 0 : restMs[kind];
    } catch (error) {
      this.log.warn({ event: 'timers_failed', kind, err: error });
      return restAfterFaultMs;
    }
  }

  private async wake(taskIds: readonly string[]): Promise<void> {
    const reserving = await this.reservations.retry(taskIds);
    const others = taskIds.filter((taskId) => !reserving.has(taskId));
    await Promise.all(others.map((taskId) => this.observations.submit({ taskId, observation: { kind: 'phase_due' } })));
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}
