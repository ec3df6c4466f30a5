import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type TaskRecord } from '../task/task.js';
import { reserveRetryMs } from '../task/timing.js';
import { taskColumns } from '../engine/task.store.js';
import { type Prepared } from './prepare.js';

export interface Existing {
  readonly id: string;
  readonly accountId: string;
  readonly state: TaskRecord['state'];
}

export async function findExisting(source: DataSource, ids: readonly string[]): Promise<readonly Existing[]> {
  return (await lookAround(source, ids, new Map())).existing;
}

/**
 * Which of the ids are taken, and how many unfinished tasks each account has. Counting stops at the limit that matters, so
 * that a full queue is not read from end to end.
 */
export async function lookAround(
  source: DataSource,
  ids: readonly string[],
  limits: ReadonlyMap<string, number>,
): Promise<{ existing: readonly Existing[]; open: ReadonlyMap<string, number> }> {
  const rows = await sql<{ id: string | null; accountId: string; state: TaskRecord['state']; open: number }>(
    source,
    {
      name: 'look_around',
      text: `SELECT id, account_id AS "accountId", state, 0 AS open FROM task WHERE id = ANY($1)
        UNION ALL
        SELECT NULL, a.id, NULL, (SELECT count(*)::int FROM (
          SELECT FROM task WHERE is_open AND account_id = a.id LIMIT a.most) AS found)
        FROM unnest($2::text[], $3::int[]) AS a (id, most)`,
    },
    [ids, [...limits.keys()], [...limits.values()]],
  );
  return {
    existing: rows.flatMap(({ id, accountId, state }) => (id === null ? [] : { id, accountId, state })),
    open: new Map(rows.flatMap((row) => (row.id === null ? [[row.accountId, row.open] as const] : []))),
  };
}

/** Each with the timer that repeats its hold. An id that is taken stays what it is. @returns the ids that are new. */
export async function insertReserving(source: DataSource, prepared: readonly Prepared[]): Promise<Set<string>> {
  if (prepared.length === 0) return new Set();
  const rows = await sql<{ id: string }>(
    source,
    {
      name: 'insert_reserving',
      text: `WITH made AS (
        INSERT INTO task (id, account_id, api_key_id, mode, model, type, resolved, metadata, end_user_id, callback,
          price_params, max_credits, timing, engine_version, created_at, deadline_at, state, version, state_since, wakes_at)
        SELECT id, "accountId", "apiKeyId", mode, model, type, resolved, metadata, "endUserId", callback, "priceParams",
          "maxCredits", timing, "engineVersion", "createdAt", date_trunc('milliseconds', now()) + make_interval(secs => "totalSeconds"), 'reserving', 1,
          "createdAt", date_trunc('milliseconds', now() + $2::int * interval '1 ms')
        FROM json_to_recordset($1::json) AS r (id text, "accountId" text, "apiKeyId" text, mode text, model text,
          type text, resolved jsonb, metadata jsonb, "endUserId" text, callback jsonb, "priceParams" jsonb,
          "maxCredits" bigint, timing jsonb, "engineVersion" smallint, "createdAt" timestamptz, "totalSeconds" int)
        ON CONFLICT (id) DO NOTHING RETURNING id),
      timed AS (
        INSERT INTO timer (task_id, kind, due_at, wait_ms, growth, max_wait_ms)
        SELECT id, 'phase', now() + $2::int * interval '1 ms', $2, 1, $2 FROM made RETURNING 1)
      SELECT id FROM made`,
    },
    [JSON.stringify(prepared.map(({ task, totalSeconds }) => ({ ...task, totalSeconds }))), reserveRetryMs],
  );
  return new Set(rows.map((row) => row.id));
}

/** A refused task leaves no trace: nothing was reserved, and its caller is told so. @returns the ids that are gone. */
export async function deleteRefused(tx: EntityManager, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ id: string }>(
    tx,
    `WITH locked AS MATERIALIZED (
       SELECT id FROM task WHERE id = ANY($1) AND state = 'reserving' ORDER BY id FOR UPDATE),
     gone AS (DELETE FROM task USING locked WHERE task.id = locked.id AND task.state = 'reserving' RETURNING task.id),
     timers AS (DELETE FROM timer USING gone WHERE timer.task_id = gone.id RETURNING 1)
     SELECT id FROM gone`,
    [ids],
  );
  return new Set(rows.map((row) => row.id));
}

export function readReserving(source: DataSource, ids: readonly string[]): Promise<TaskRecord[]> {
  return sql(source, `SELECT ${taskColumns} FROM task WHERE id = ANY($1) AND state = 'reserving'`, [ids]);
}
