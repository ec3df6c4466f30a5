import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';

/**
 * Locks the endpoints' places in the ring, all in one order, and has them looked at after the commit. Whoever changes
 * deliveries that wait locks first, as the claim does; those that are leased belong to the holder of the lease.
 */
export async function lockRing(tx: EntityManager, endpointIds: readonly string[]): Promise<void> {
  await sql(
    tx,
    `INSERT INTO endpoint_queue AS q (endpoint_id, next_due_at)
     SELECT id, now() FROM unnest($1::text[]) AS e (id) ORDER BY id COLLATE "C"
     ON CONFLICT (endpoint_id) DO UPDATE SET next_due_at = least(q.next_due_at, excluded.next_due_at)`,
    [[...new Set(endpointIds)]],
  );
}
