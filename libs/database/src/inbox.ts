import { type DataSource, type EntityManager } from 'typeorm';
import { sql } from './transaction.js';

/** Sorted, so that two consumers holding the same redelivered messages lock them in one order and cannot deadlock. */
const claim = `INSERT INTO inbox (consumer, message_id)
SELECT $1, id FROM unnest($2::text[]) AS message (id) ORDER BY id
ON CONFLICT DO NOTHING
RETURNING message_id`;

/**
 * Of these message ids, the ones this consumer sees for the first time. Call it first in the transaction that applies
 * them: a competing delivery waits for that transaction and then finds its ids taken.
 */
export async function claimInbox(tx: EntityManager, consumer: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ message_id: string }>(tx, claim, [consumer, ids]);
  return new Set(rows.map((row) => row.message_id));
}

/** Forgets up to `limit` ids, the oldest first, that are older than `keepDays`, and returns how many. */
export async function pruneInbox(source: DataSource, options: { keepDays: number; limit: number }): Promise<number> {
  const rows = await sql(
    source,
    `DELETE FROM inbox WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM inbox WHERE received_at < now() - make_interval(days => $1::int) ORDER BY received_at LIMIT $2))
     RETURNING 1`,
    [options.keepDays, options.limit],
  );
  return rows.length;
}
