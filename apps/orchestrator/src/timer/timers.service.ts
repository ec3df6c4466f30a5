import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { DataSource } from 'typeorm';
import { Observations } from '../engine/observations.js';
import { Reservations } from '../submission/reservations.js';
import { claimSize, claimTimers, type DueTimer } from './claim.js';
import { Polls } from './polls.js';

/** How late a timer may be noticed, at most. */
const restMs = 50;
const restAfterFaultMs = 1_000;
/** With so many reports waiting, asking providers for more only lengthens the queue. */
const busyDepth = 256;

const everyKind = ['phase', 'poll'] as const;
const phasesOnly = ['phase'] as const;

/** Fires what is due. Any number of replicas may run one: a claim skips what another has locked. */
@Injectable()
export class Timers implements OnApplicationBootstrap, OnModuleDestroy {
  private running: Promise<void> | undefined;
  private isStopped = false;
  private endRest: (() => void) | undefined;

  constructor(
    private readonly source: DataSource,
    private readonly observations: Observations,
    private readonly reservations: Reservations,
    private readonly polls: Polls,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    this.endRest?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        const kinds = this.observations.depth < busyDepth ? everyKind : phasesOnly;
        const due = await claimTimers(this.source, kinds);
        await this.fire(due);
        if (due.length < claimSize) await this.rest(restMs);
      } catch (error) {
        this.log.warn({ event: 'timers_failed', err: error });
        await this.rest(restAfterFaultMs);
      }
    }
  }

  private async fire(due: readonly DueTimer[]): Promise<void> {
    if (due.length === 0) return;
    const phases = due.filter((timer) => timer.kind === 'phase').map((timer) => timer.taskId);
    await Promise.all([this.polls.look(due.filter((timer) => timer.kind === 'poll')), this.firePhases(phases)]);
  }

  private async firePhases(taskIds: readonly string[]): Promise<void> {
    if (taskIds.length === 0) return;
    const retried = await this.reservations.retry(taskIds);
    const others = taskIds.filter((taskId) => !retried.has(taskId));
    await Promise.all(others.map((taskId) => this.observations.submit({ taskId, observation: { kind: 'phase_due' } })));
  }

  private async rest(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.endRest = resolve;
    await promise;
    clearTimeout(timer);
  }
}
