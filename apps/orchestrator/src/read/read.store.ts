import { type RpcRequest, type listFinished, type listTasks } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';
import { taskColumns } from '../engine/task.store.js';
import { type TaskRecord } from '../task/task.js';

/** Further back in the queue than this a position says nothing. */
const furthestPosition = 100;

export type QueuedRecord = TaskRecord & { readonly position: number | null };

export interface Wanted {
  readonly accountId: string;
  readonly taskId: string;
}

/** Own tasks that are not deleted, with their place in the account's queue for the model. */
export function readTasks(source: DataSource, wanted: readonly Wanted[]): Promise<QueuedRecord[]> {
  return sql(
    source,
    `SELECT ${taskColumns}, CASE WHEN is_queued THEN (
       SELECT nullif(count(*), ${furthestPosition})::int FROM (
         SELECT FROM task ahead WHERE ahead.is_queued AND ahead.account_id = task.account_id AND ahead.model = task.model
           AND ahead.mode = task.mode AND ahead.id < task.id LIMIT ${furthestPosition}) AS counted) END AS position
     FROM task JOIN unnest($1::text[], $2::text[]) AS w (wanted_id, wanted_account)
       ON id = wanted_id AND account_id = wanted_account
     WHERE id = ANY($1) AND deleted_at IS NULL`,
    [wanted.map((entry) => entry.taskId), wanted.map((entry) => entry.accountId)],
  );
}

/** One page in the order of the ids, which is the order of creation. One row more than asked tells whether more follow. */
export function listPage(source: DataSource, query: RpcRequest<typeof listTasks>): Promise<TaskRecord[]> {
  const { order, limit } = query;
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const conditions = [`account_id = ${parameter(query.accountId)}`, 'deleted_at IS NULL'];
  if (query.status !== undefined) conditions.push(statusConditions[query.status]);
  if (query.model !== undefined) conditions.push(`model = ${parameter(query.model)}`);
  if (query.endUserId !== undefined) conditions.push(`end_user_id = ${parameter(query.endUserId)}`);
  // Ids begin with the time of creation: a range of ids is a range of time, and the index serves it.
  if (query.createdAfter !== undefined) conditions.push(`id >= ${parameter(firstIdAt(query.createdAfter))}`);
  if (query.createdBefore !== undefined) conditions.push(`id < ${parameter(firstIdAt(query.createdBefore))}`);
  if (query.after !== undefined) conditions.push(`id ${order === 'asc' ? '>' : '<'} ${parameter(query.after)}`);
  for (const [key, value] of Object.entries(query.metadata ?? {})) {
    conditions.push(`metadata->>${parameter(key)} = ${parameter(value)}`);
  }
  const text = `SELECT ${taskColumns} FROM task WHERE ${conditions.join(' AND ')}
    ORDER BY id ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT ${parameter(limit + 1)}`;
  return sql(source, text, values);
}

const statusConditions = {
  pending: `state = 'queued' AND started_at IS NULL`,
  processing: `(state IN ('submitting', 'running', 'storing', 'settling') OR is_queued AND started_at IS NOT NULL)`,
  completed: `state = 'completed'`,
  failed: `state = 'failed'`,
} as const;

function firstIdAt(time: string): string {
  return `vidgen_${String(Math.max(0, Date.parse(time))).padStart(13, '0')}_`;
}

export interface TaskLife {
  readonly id: string;
  readonly state: TaskRecord['state'];
  readonly deadlineAt: Date;
}

/** Also of what waits for its hold: as long as it does, that hold is nobody else's to release. */
export function readLives(source: DataSource, ids: readonly string[]): Promise<TaskLife[]> {
  return sql(
    source,
    `SELECT id, state, deadline_at AS "deadlineAt" FROM task WHERE id = ANY($1)
     UNION ALL SELECT id, 'reserving', deadline_at FROM reservation WHERE id = ANY($1)`,
    [ids],
  );
}

/** What ended in `[from, to)`, oldest first; `after` is the last id of the page before. */
export function finishedPage(source: DataSource, query: RpcRequest<typeof listFinished>): Promise<TaskRecord[]> {
  return sql(
    source,
    `SELECT ${taskColumns} FROM task
     WHERE (completed_at, id) > (coalesce((SELECT completed_at FROM task WHERE id = $3), $1), coalesce($3, ''))
       AND completed_at < $2
     ORDER BY completed_at, id LIMIT $4`,
    [query.from, query.to, query.after ?? null, query.limit + 1],
  );
}
