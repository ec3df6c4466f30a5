import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError, listFinished, type RpcResponse } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Settings } from '../settings.js';
import { taskHappenings } from './event.js';
import { EventIntake } from './event-intake.js';

const everyMs = 60_000;
/** What ended less than this ago is still on its way here. */
const settlingMs = 15_000;
/** A transaction that commits late may carry an earlier time than its neighbours. */
const overlapMs = 45_000;
const pageSize = 500;
/** Of one round; a service that was away for long catches up over several. */
const mostPages = 200;
const rpcTimeoutMs = 5_000;

type Finished = RpcResponse<typeof listFinished>['tasks'][number];

/**
 * Asks the orchestrator what it finished and makes the events that nobody told us of. Messages may get lost with the
 * streams they stood in; a customer who waits for a webhook must not.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly source: DataSource,
    private readonly rpc: RpcClient,
    private readonly intake: EventIntake,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.reconcile(new Date()).catch((error: unknown) =>
        this.log.warn({ event: 'reconciliation_failed', err: error }),
      );
    }, everyMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.isStopped = true;
    await this.running;
  }

  /** One round, unless another replica has just made one. */
  async reconcile(now: Date): Promise<void> {
    const doneUntil = await this.claim();
    if (doneUntil === undefined) return;
    const from = new Date(doneUntil.getTime() - overlapMs).toISOString();
    const to = new Date(now.getTime() - settlingMs).toISOString();
    let after: string | undefined;
    for (let page = 0; page < mostPages && !this.isStopped; page += 1) {
      const query = { from, to, limit: pageSize, ...(after !== undefined && { after }) };
      const { tasks, hasMore } = await this.rpc.call(listFinished, query, { timeoutMs: rpcTimeoutMs });
      await Promise.all(tasks.map((finished) => this.remind(finished, now)));
      const last = tasks.at(-1)?.task;
      after = last?.id;
      const until = hasMore ? (last?.completedAt ?? undefined) : to;
      if (until !== undefined) await this.advance(until);
      if (!hasMore) return;
    }
  }

  /** An event that cannot be written at all must not hold up those after it; one that cannot be written now must. */
  private async remind({ task, callback }: Finished, now: Date): Promise<void> {
    const fact = task.status === 'completed' ? 'completed' : 'failed';
    const occurredAt = new Date(task.completedAt ?? now);
    const { publicUrl: baseUrl } = this.settings;
    try {
      await this.intake.submit(...taskHappenings({ fact, task, callback, occurredAt, baseUrl }));
    } catch (error) {
      if (AppError.from(error).retryable) throw error;
      this.log.error({ event: 'event_not_written', taskId: task.id, err: error });
    }
  }

  private async claim(): Promise<Date | undefined> {
    const [row] = await sql<{ doneUntil: Date }>(
      this.source,
      `UPDATE reconciliation SET claimed_at = now() WHERE claimed_at < now() - $1 * interval '1 ms'
       RETURNING done_until AS "doneUntil"`,
      [everyMs * 0.8],
    );
    return row?.doneUntil;
  }

  private async advance(until: string): Promise<void> {
    await sql(this.source, `UPDATE reconciliation SET done_until = greatest(done_until, $1)`, [until]);
  }
}
