import { inTransaction, sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type Claim, type ClaimedRow } from './claim.js';

/** How a try ended. */
export interface Finish {
  readonly accountId: string;
  readonly key: string;
  readonly owner: string;
  /**
   * `done`: the answer is kept. `refused`: nothing was made, the name is free again. `unknown`: the next try goes on at
   * once with the same task id.
   */
  readonly how: 'done' | 'refused' | 'unknown';
  readonly response: string | null;
}

/**
 * A row is taken over when it has expired (as if it were new), or when its lease has run out and the request is the same:
 * then with the task id that it already has. Otherwise it stays as it is and is read.
 */
const claim = `INSERT INTO idempotency_key AS row (account_id, key, request_hash, task_id, owner, lease_until, expires_at)
SELECT account_id, key, request_hash, task_id, owner, now() + make_interval(secs => lease), now() + make_interval(secs => keep)
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::uuid[], $6::int[], $7::int[])
  AS c (account_id, key, request_hash, task_id, owner, lease, keep)
ORDER BY account_id, key
ON CONFLICT (account_id, key) DO UPDATE SET
  (request_hash, task_id, state, response, owner, lease_until, expires_at) = (
    SELECT
      CASE WHEN is_over THEN excluded.request_hash ELSE row.request_hash END,
      CASE WHEN is_over THEN excluded.task_id ELSE row.task_id END,
      CASE WHEN is_over THEN 'in_progress' ELSE row.state END,
      CASE WHEN is_over THEN NULL ELSE row.response END,
      CASE WHEN is_over OR is_free THEN excluded.owner ELSE row.owner END,
      CASE WHEN is_over OR is_free THEN excluded.lease_until ELSE row.lease_until END,
      CASE WHEN is_over THEN excluded.expires_at ELSE row.expires_at END
    FROM (SELECT row.expires_at <= now() AS is_over,
                 row.state = 'in_progress' AND row.lease_until <= now() AND row.request_hash = excluded.request_hash
                   AS is_free) AS verdict
  )
RETURNING account_id, key, request_hash, task_id, state, owner, response`;

const replace = `INSERT INTO idempotency_key (account_id, key, request_hash, task_id, owner, lease_until, expires_at)
SELECT account_id, key, request_hash, task_id, owner, now() + make_interval(secs => lease), now() + make_interval(secs => keep)
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::uuid[], $6::int[], $7::int[])
  AS c (account_id, key, request_hash, task_id, owner, lease, keep)
ORDER BY account_id, key
ON CONFLICT (account_id, key) DO UPDATE SET
  request_hash = excluded.request_hash, task_id = excluded.task_id, state = 'in_progress', response = NULL,
  owner = excluded.owner, lease_until = excluded.lease_until, expires_at = excluded.expires_at
RETURNING account_id, key, request_hash, task_id, state, owner, response`;

/** Rows of these claims, which must all have different names. */
export function claimKeys(source: DataSource, claims: readonly Claim[]): Promise<ClaimedRow[]> {
  const fresh = claims.filter((entry) => entry.isFresh);
  const shared = claims.filter((entry) => !entry.isFresh);
  return inTransaction(source, async (tx) => [
    ...(fresh.length > 0 ? await sql<ClaimedRow>(tx, replace, columns(fresh)) : []),
    ...(shared.length > 0 ? await sql<ClaimedRow>(tx, claim, columns(shared)) : []),
  ]);
}

export function finishKeys(source: DataSource, finishes: readonly Finish[]): Promise<void> {
  return inTransaction(source, async (tx) => {
    const kept = finishes.filter((finish) => finish.how !== 'refused');
    if (kept.length > 0) await keep(tx, kept);
    const refused = finishes.filter((finish) => finish.how === 'refused');
    if (refused.length > 0) await release(tx, refused);
  });
}

/** Forgets what has expired, a bounded number at a time; returns how many. */
export async function sweepKeys(source: DataSource, limit: number): Promise<number> {
  const rows = await sql(
    source,
    `DELETE FROM idempotency_key WHERE (account_id, key) IN (
       SELECT account_id, key FROM idempotency_key WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING 1`,
    [limit],
  );
  return rows.length;
}

function columns(claims: readonly Claim[]): unknown[] {
  return [
    claims.map((entry) => entry.accountId),
    claims.map((entry) => entry.key),
    claims.map((entry) => entry.requestHash),
    claims.map((entry) => entry.taskId),
    claims.map((entry) => entry.owner),
    claims.map((entry) => entry.leaseSeconds),
    claims.map((entry) => entry.keepSeconds),
  ];
}

async function keep(tx: EntityManager, finishes: readonly Finish[]): Promise<void> {
  await sql(
    tx,
    `UPDATE idempotency_key k SET state = CASE WHEN f.response IS NULL THEN k.state ELSE 'done' END,
       response = coalesce(f.response, k.response), lease_until = now()
     FROM (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) AS f (account_id, key, owner, response)
           ORDER BY account_id, key) f
     WHERE k.account_id = f.account_id AND k.key = f.key AND k.owner = f.owner`,
    [...names(finishes), finishes.map((finish) => finish.response)],
  );
}

async function release(tx: EntityManager, finishes: readonly Finish[]): Promise<void> {
  await sql(
    tx,
    `DELETE FROM idempotency_key k USING unnest($1::text[], $2::text[], $3::uuid[]) AS f (account_id, key, owner)
     WHERE k.account_id = f.account_id AND k.key = f.key AND k.owner = f.owner AND k.state = 'in_progress'`,
    names(finishes),
  );
}

function names(finishes: readonly Finish[]): unknown[] {
  return [
    finishes.map((finish) => finish.accountId),
    finishes.map((finish) => finish.key),
    finishes.map((finish) => finish.owner),
  ];
}
