import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { DataSource } from 'typeorm';
import { Observations } from '../engine/observations.js';
import { Reservations } from '../submission/reservations.js';
import { claimSize, claimTimers, type DueTimer } from './claim.js';
import { Polls } from './polls.js';

/** How late a timer may be noticed, at most. Polls of fast models are due within fractions of a second. */
const restMs = { phase: 200, poll: 50, reservation: 1_000 } as const;
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
      this.run('phase', () => this.fire('phase', (due) => this.wake(due))),
      this.run(
        'poll',
        async () => this.observations.depth < busyDepth && this.fire('poll', (due) => this.polls.look(due)),
      ),
      this.run('reservation', () => this.reservations.retryDue()),
    ]);
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  /** `turn` tells whether there may be more; it is asked again at once then. */
  private async run(what: keyof typeof restMs, turn: () => Promise<boolean>): Promise<void> {
    while (!this.stop.signal.aborted) {
      const pauseMs = await turn().then(
        (isMore) => (isMore ? 0 : restMs[what]),
        (error: unknown) => {
          this.log.warn({ event: 'timers_failed', kind: what, err: error });
          return restAfterFaultMs;
        },
      );
      if (pauseMs > 0) await this.rest(pauseMs);
    }
  }

  private async fire(kind: DueTimer['kind'], use: (due: readonly DueTimer[]) => Promise<void>): Promise<boolean> {
    const due = await claimTimers(this.source, kind);
    if (due.length > 0) await use(due);
    return due.length === claimSize;
  }

  private async wake(due: readonly DueTimer[]): Promise<void> {
    await Promise.all(
      due.map(({ taskId }) => this.observations.submit({ taskId, observation: { kind: 'phase_due' } })),
    );
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}
