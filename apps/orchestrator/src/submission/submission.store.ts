import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { taskColumns } from '../engine/task.store.js';
import { type TaskRecord } from '../task/task.js';

export interface Existing {
  readonly id: string;
  readonly accountId: string;
  readonly state: TaskRecord['state'];
}

/** Which of the ids are taken, as tasks or as reservations. */
export function findExisting(source: DataSource, ids: readonly string[]): Promise<Existing[]> {
  return sql(
    source,
    `SELECT id, account_id AS "accountId", state FROM task WHERE id = ANY($1)
     UNION ALL
     SELECT id, account_id, 'reserving' FROM reservation WHERE id = ANY($1)`,
    [ids],
  );
}

/**
 * How many unfinished tasks each account has, those among them that wait for their hold. Counting stops at the limit that
 * matters, so that a full queue is not read from end to end.
 */
export async function countOpen(
  source: DataSource,
  limits: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  if (limits.size === 0) return new Map();
  const rows = await sql<{ accountId: string; open: number }>(
    source,
    `WITH waiting AS MATERIALIZED (
       SELECT account_id, count(*)::int AS count FROM reservation WHERE account_id = ANY($1) GROUP BY account_id)
     SELECT a.id AS "accountId", coalesce(waiting.count, 0) + (SELECT count(*)::int FROM (
       SELECT FROM task WHERE is_open AND account_id = a.id LIMIT a.most) AS found) AS open
     FROM unnest($1::text[], $2::int[]) AS a (id, most) LEFT JOIN waiting ON waiting.account_id = a.id`,
    [[...limits.keys()], [...limits.values()]],
  );
  return new Map(rows.map((row) => [row.accountId, row.open]));
}

/** The same of API keys. `most`: where counting stops. */
export async function countOpenOfKeys(
  source: DataSource,
  keys: readonly { readonly id: string; readonly accountId: string; readonly most: number }[],
): Promise<ReadonlyMap<string, number>> {
  if (keys.length === 0) return new Map();
  const rows = await sql<{ id: string; open: number }>(
    source,
    `WITH waiting AS MATERIALIZED (
       SELECT task->>'apiKeyId' AS api_key_id, count(*)::int AS count FROM reservation WHERE account_id = ANY($2)
       GROUP BY task->>'apiKeyId')
     SELECT k.id, coalesce(waiting.count, 0) + (SELECT count(*)::int FROM (
       SELECT FROM task WHERE is_open AND account_id = k.account_id AND api_key_id = k.id LIMIT k.most) AS found) AS open
     FROM unnest($1::text[], $2::text[], $3::int[]) AS k (id, account_id, most)
     LEFT JOIN waiting ON waiting.api_key_id = k.id`,
    [keys.map(({ id }) => id), keys.map(({ accountId }) => accountId), keys.map(({ most }) => most)],
  );
  return new Map(rows.map((row) => [row.id, row.open]));
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
