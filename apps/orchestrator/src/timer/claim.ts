import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

export interface DueTimer {
  readonly taskId: string;
  readonly kind: 'phase' | 'poll';
  readonly attemptId: string | null;
  /** 1 when it fires for the first time. */
  readonly fired: number;
}

/** The most timers that one claim takes. */
export const claimSize = 500;

/**
 * Claiming is pushing: a claimer that dies loses nothing, its timers come due again. A CTE, not `IN (SELECT …)`: a nested
 * loop may run that twice and claim too much.
 */
const claim = `WITH due AS MATERIALIZED (
      SELECT task_id, kind FROM timer WHERE kind = $1 AND due_at <= now() ORDER BY due_at LIMIT ${claimSize} FOR UPDATE SKIP LOCKED),
    pushed AS (
      UPDATE timer t SET fired = t.fired + 1, claimed_at = now(),
        wait_ms = least(ceil(t.wait_ms * t.growth), t.max_wait_ms),
        due_at = now() + t.wait_ms * (0.9 + 0.2 * random()) * interval '1 ms'
      FROM due WHERE t.task_id = due.task_id AND t.kind = due.kind
      RETURNING t.task_id AS "taskId", t.kind, t.attempt_id AS "attemptId", t.fired)
    SELECT * FROM pushed`;

export function claimTimers(source: DataSource, kind: DueTimer['kind']): Promise<DueTimer[]> {
  return sql(source, claim, [kind]);
}

/**
 * Somebody knows that an attempt has moved on: look now, but at most once a second.
 * @returns for each attempt that has a poll timer what callbacks have named before its own render was known
 */
export async function pollNow(source: DataSource, attemptIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await sql<{ id: string; named: string[] }>(
    source,
    `WITH called AS MATERIALIZED (
       SELECT task_id FROM timer WHERE kind = 'poll' AND attempt_id = ANY($1::uuid[]) ORDER BY task_id FOR UPDATE),
     woken AS (
       UPDATE timer t SET due_at = least(t.due_at, greatest(now(), t.claimed_at + interval '1 s'))
       FROM called WHERE t.task_id = called.task_id AND t.kind = 'poll'
       RETURNING t.attempt_id)
     SELECT a.id, a.named_ids AS named FROM attempt a JOIN woken ON a.id = woken.attempt_id
     WHERE a.id = ANY($1::uuid[])`,
    [attemptIds],
  );
  return new Map(rows.map((row) => [row.id, row.named]));
}
