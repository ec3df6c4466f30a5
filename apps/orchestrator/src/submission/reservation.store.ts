import { jsonRows, sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type TaskIdentity } from '../task/task.js';
import { reserveRetryMs } from '../task/timing.js';
import { type Prepared } from './prepare.js';

/** The most reservations that one claim takes. */
export const claimSize = 500;

/**
 * A submission that waits for its hold. An id that is taken stays what it is. @returns those that are new.
 * The tasks of that name are looked up one by one: a plan that was made while there were few would read them all.
 */
export async function insertReservations(
  source: DataSource,
  prepared: readonly Prepared[],
): Promise<Map<string, TaskIdentity>> {
  if (prepared.length === 0) return new Map();
  const rows = await sql<{ id: string; deadlineAt: Date }>(
    source,
    `INSERT INTO reservation (id, account_id, task, deadline_at, retry_at)
     SELECT id, "accountId", task::json, date_trunc('milliseconds', now()) + make_interval(secs => "totalSeconds"),
       now() + $2::int * interval '1 ms'
     FROM ${jsonRows('$1', { id: 'text', accountId: 'text', task: 'jsonb', totalSeconds: 'int' })} AS r
     WHERE (SELECT task.id FROM task WHERE task.id = r.id) IS NULL
     ON CONFLICT (id) DO NOTHING RETURNING id, deadline_at AS "deadlineAt"`,
    [
      JSON.stringify(
        prepared.map(({ task, totalSeconds }) => ({ id: task.id, accountId: task.accountId, task, totalSeconds })),
      ),
      reserveRetryMs,
    ],
  );
  const deadlines = new Map(rows.map((row) => [row.id, row.deadlineAt]));
  return new Map(
    prepared.flatMap(({ task }) => {
      const deadlineAt = deadlines.get(task.id);
      return deadlineAt === undefined ? [] : [[task.id, { ...task, deadlineAt }] as const];
    }),
  );
}

/** As whoever was first has written them. */
export async function readReservations(source: DataSource, ids: readonly string[]): Promise<TaskIdentity[]> {
  if (ids.length === 0) return [];
  const rows = await sql<Row>(source, `SELECT task, deadline_at AS "deadlineAt" FROM reservation WHERE id = ANY($1)`, [
    ids,
  ]);
  return rows.map(identityOf);
}

/** Those whose hold nobody has answered for. Claiming is pushing: a claimer that dies loses nothing. */
export async function claimReservations(source: DataSource): Promise<TaskIdentity[]> {
  const rows = await sql<Row>(
    source,
    `WITH due AS MATERIALIZED (
       SELECT id FROM reservation WHERE retry_at <= now() ORDER BY retry_at LIMIT ${claimSize} FOR UPDATE SKIP LOCKED)
     UPDATE reservation r SET retry_at = now() + $1::int * interval '1 ms' FROM due WHERE r.id = due.id
     RETURNING r.task, r.deadline_at AS "deadlineAt"`,
    [reserveRetryMs],
  );
  return rows.map(identityOf);
}

/**
 * Takes them out of the table, in the order of their ids. Whoever gets an id makes the task of it, or drops it: nobody else
 * can. A reservation that was written again after its task had been made goes, and is not returned.
 */
export async function takeReservations(
  tx: EntityManager,
  ids: readonly string[],
): Promise<{ taken: ReadonlySet<string>; now: Date }> {
  const rows = await sql<{ id: string; now: Date }>(
    tx,
    `WITH locked AS MATERIALIZED (SELECT id FROM reservation WHERE id = ANY($1) ORDER BY id FOR UPDATE),
     gone AS (DELETE FROM reservation r USING locked WHERE r.id = locked.id RETURNING r.id)
     SELECT id, clock_timestamp() AS now FROM gone WHERE (SELECT task.id FROM task WHERE task.id = gone.id) IS NULL`,
    [ids],
  );
  return { taken: new Set(rows.map((row) => row.id)), now: rows.at(-1)?.now ?? new Date() };
}

interface Row {
  readonly task: Omit<TaskIdentity, 'createdAt' | 'deadlineAt'> & { readonly createdAt: string };
  readonly deadlineAt: Date;
}

function identityOf({ task, deadlineAt }: Row): TaskIdentity {
  return { ...task, createdAt: new Date(task.createdAt), deadlineAt };
}
