import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { taskColumns } from '../engine/task.store.js';
import { type TaskRecord } from '../task/task.js';

export interface Existing {
  readonly id: string;
  readonly accountId: string;
  readonly state: TaskRecord['state'];
}

/**
 * Which of the ids are taken, and how many unfinished tasks each account has. Counting stops at the limit that matters, so
 * that a full queue is not read from end to end. What waits for its hold is not counted: batches come one after the other.
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
        SELECT id, account_id, 'reserving', 0 FROM reservation WHERE id = ANY($1)
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

/** Tasks as they stand. */
export async function readRecords(
  target: DataSource | EntityManager,
  ids: readonly string[],
): Promise<Map<string, TaskRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<TaskRecord>(target, `SELECT ${taskColumns} FROM task WHERE id = ANY($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}
