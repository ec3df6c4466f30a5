import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError, getTaskStates, type RpcResponse } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { BillingMetrics } from '../billing.metrics.js';
import { BillingService } from '../billing.service.js';

const pageSize = 500;
const mostPages = 100;
const askTimeoutMs = 5_000;

type TaskState = RpcResponse<typeof getTaskStates>['states'][number]['state'];

/**
 * The last line against a hold without a task (a restored backup, a standby that lost its tail). Time alone never releases
 * a hold: past its date the orchestrator is asked, and while it does not answer everything stays as it is.
 */
@Injectable()
export class HoldSweeper {
  constructor(
    private readonly source: DataSource,
    private readonly billing: BillingService,
    private readonly rpc: RpcClient,
    private readonly metrics: BillingMetrics,
    private readonly log: Log,
  ) {}

  /** Page after page while they are full. Two sweepers at once do no harm: both act through the same batches. */
  async sweep(): Promise<void> {
    for (let page = 0; page < mostPages; page += 1) {
      const overdue = await sql<OverdueHold>(this.source, selectOverdue, [pageSize]);
      // Stays when nobody answers: then the next line throws.
      this.metrics.overdueHolds.set(overdue.length);
      if (overdue.length > 0) await this.handle(overdue);
      if (overdue.length < pageSize) break;
    }
    this.metrics.overdueHolds.set(0);
  }

  private async handle(overdue: readonly OverdueHold[]): Promise<void> {
    const tasks = await this.ask(overdue);
    const keep: { readonly taskId: string; readonly until: string | null }[] = [];
    const release: OverdueHold[] = [];
    for (const hold of overdue) {
      const task = tasks.get(hold.taskId);
      const verdict = verdicts[task?.state ?? 'unanswered'];
      if (verdict.alarm) this.log.error({ event: 'hold_out_of_place', ...hold, task: task?.state ?? 'unanswered' });
      if (verdict.action === 'release') release.push(hold);
      else keep.push({ taskId: hold.taskId, until: task?.deadlineAt ?? null });
    }
    await sql(this.source, extendHolds, [keep.map((hold) => hold.taskId), keep.map((hold) => hold.until)]);
    // One that cannot be released must not keep the others.
    await Promise.allSettled(
      release.map(({ taskId, accountId }) =>
        this.billing.resolveHold({ action: 'release', taskId, accountId, reason: 'no live task' }),
      ),
    );
  }

  private async ask(overdue: readonly OverdueHold[]) {
    try {
      const taskIds = overdue.map((hold) => hold.taskId);
      const { states } = await this.rpc.call(getTaskStates, { taskIds }, { timeoutMs: askTimeoutMs });
      return new Map(states.map((task) => [task.taskId, task]));
    } catch (error) {
      const oldest = overdue[0];
      if (oldest?.isLongOverdue === true) this.log.error({ event: 'overdue_holds_unanswered', ...oldest, err: error });
      throw AppError.from(error);
    }
  }
}

/**
 * A hold is only placed for a task that was stored before, so a task nobody knows is definitely gone. A completed task has
 * been settled: its hold cannot be open, and nobody but a person may say what it is worth.
 */
const verdicts = {
  alive: { action: 'keep', alarm: false },
  failed: { action: 'release', alarm: true },
  unknown: { action: 'release', alarm: true },
  completed: { action: 'keep', alarm: true },
  unanswered: { action: 'keep', alarm: true },
} as const satisfies Record<TaskState | 'unanswered', { action: 'keep' | 'release'; alarm: boolean }>;

interface OverdueHold {
  readonly taskId: string;
  readonly accountId: string;
  readonly isLongOverdue: boolean;
}

const selectOverdue = `
SELECT h.id AS "taskId", w.account_id AS "accountId", h.hold_until < now() - interval '10 minutes' AS "isLongOverdue"
  FROM hold h JOIN wallet w ON w.id = h.wallet_id
 WHERE h.status = 'open' AND h.hold_until < now()
 ORDER BY h.hold_until
 LIMIT $1`;

/** Until the task's own deadline and time to settle it; asked again in five minutes where there is none. */
const extendHolds = `
UPDATE hold h SET hold_until = greatest(k.until, now()) + interval '5 minutes'
  FROM unnest($1::text[], $2::timestamptz[]) AS k (id, until)
 WHERE h.id = k.id AND h.status = 'open'`;
