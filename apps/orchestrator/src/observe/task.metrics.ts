import { Injectable } from '@nestjs/common';
import { Metrics } from '@videoapi/chassis';
import { sql } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { type TaskRecord } from '../task/task.js';

const seconds = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];

@Injectable()
export class TaskMetrics {
  private readonly finished;
  private readonly lifeSeconds;
  private readonly queueSeconds;
  private readonly alarms;

  constructor(metrics: Metrics, source: DataSource) {
    this.finished = metrics.counter({
      name: 'tasks_finished_total',
      help: 'Tasks that have ended',
      labelNames: ['model', 'outcome', 'code'],
    });
    this.lifeSeconds = metrics.histogram({
      name: 'task_seconds',
      help: 'From submission to the end',
      labelNames: ['model', 'outcome'],
      buckets: seconds,
    });
    this.queueSeconds = metrics.histogram({
      name: 'task_queue_seconds',
      help: 'From submission to the first dispatch, of tasks that have ended',
      labelNames: ['model'],
      buckets: seconds,
    });
    this.alarms = metrics.counter({
      name: 'task_alarms_total',
      help: 'What should not happen but does: late successes, reports under an old permit, unknown status words',
      labelNames: ['event'],
    });
    metrics.gauge({
      name: 'tasks',
      help: 'Unfinished tasks',
      labelNames: ['state'],
      async collect() {
        this.reset();
        for (const row of await countByState(source)) this.set({ state: row.state }, row.count);
      },
    });
    metrics.gauge({
      name: 'timers_overdue',
      help: 'Timers that should have fired at least five seconds ago',
      async collect() {
        this.set(await countOverdue(source));
      },
    });
  }

  ended(task: TaskRecord): void {
    const { model, state, createdAt, startedAt, completedAt, error } = task;
    this.finished.inc({ model, outcome: state, code: error?.code ?? 'none' });
    if (completedAt !== null)
      this.lifeSeconds.observe({ model, outcome: state }, secondsBetween(createdAt, completedAt));
    if (startedAt !== null) this.queueSeconds.observe({ model }, secondsBetween(createdAt, startedAt));
  }

  alarm(event: string): void {
    this.alarms.inc({ event });
  }
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime()) / 1_000;
}

function countByState(source: DataSource): Promise<{ state: string; count: number }[]> {
  return sql(source, `SELECT state, count(*)::int AS count FROM task WHERE is_open GROUP BY state`);
}

async function countOverdue(source: DataSource): Promise<number> {
  const [row] = await sql<{ count: number }>(
    source,
    `SELECT count(*)::int AS count FROM timer WHERE due_at < now() - interval '5 s'`,
  );
  return row?.count ?? 0;
}
