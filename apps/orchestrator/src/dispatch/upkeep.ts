import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { enqueueTasks } from './notes.js';

/** From one queue to the next by the index, however many tasks wait in each: DISTINCT would read them all. */
const queues = `WITH RECURSIVE queue AS (
    (SELECT account_id, model, mode FROM task WHERE is_queued ORDER BY account_id, model, mode LIMIT 1)
    UNION ALL
    SELECT next.* FROM queue CROSS JOIN LATERAL (
      SELECT account_id, model, mode FROM task
      WHERE is_queued AND (account_id, model, mode) > (queue.account_id, queue.model, queue.mode)
      ORDER BY account_id, model, mode LIMIT 1) AS next)
  SELECT account_id, model, mode FROM queue`;

/** Every account with something queued takes part again: cures a retired flow whose channel has become usable since. */
export async function reviveFlows(tx: EntityManager, snapshot: CatalogSnapshot): Promise<void> {
  const rows = await sql<{ account_id: string; model: string; mode: 'live' | 'test' }>(tx, queues);
  await enqueueTasks(
    tx,
    rows.map((row) => ({
      accountId: row.account_id,
      channelIds: snapshot.routesOf(row.model, row.mode).map((route) => route.channelId),
    })),
  );
}

export interface SlotRepair {
  readonly channel_id: string;
  readonly was: number;
  readonly should_be: number;
}

/**
 * Recounts the slots in use, one channel at a time because each is locked. Notes of returned slots that nobody has read yet
 * are still in the count. Any repair is a bug somewhere: the caller counts and logs them.
 */
export async function auditSlots(tx: EntityManager, channelId: string): Promise<SlotRepair | undefined> {
  const locked = await sql(tx, `SELECT 1 FROM provider_slot WHERE channel_id = $1 FOR UPDATE SKIP LOCKED`, [channelId]);
  if (locked.length === 0) return undefined;
  const [repair] = await sql<SlotRepair>(
    tx,
    `WITH counted AS (
       SELECT (SELECT count(*) FROM attempt WHERE channel_id = $1 AND NOT slot_returned)
            + (SELECT count(*) FROM channel_note WHERE channel_id = $1 AND kind = 'returned') AS in_use),
     before AS (SELECT in_use AS was FROM provider_slot WHERE channel_id = $1)
     UPDATE provider_slot SET in_use = counted.in_use FROM counted, before
     WHERE channel_id = $1 AND provider_slot.in_use <> counted.in_use
     RETURNING channel_id, before.was, provider_slot.in_use AS should_be`,
    [channelId],
  );
  await sql(
    tx,
    `UPDATE flow SET inflight = n.inflight FROM (
       SELECT f.account_id, (SELECT count(*) FROM attempt a WHERE a.channel_id = $1 AND NOT a.slot_returned AND a.account_id = f.account_id)
            + (SELECT count(*) FROM channel_note c WHERE c.channel_id = $1 AND c.kind = 'returned' AND c.account_id = f.account_id) AS inflight
       FROM flow f WHERE f.channel_id = $1) n
     WHERE flow.channel_id = $1 AND flow.account_id = n.account_id AND flow.inflight <> n.inflight`,
    [channelId],
  );
  await sql(
    tx,
    `DELETE FROM flow WHERE channel_id = $1 AND NOT active AND inflight = 0 AND touched_at < now() - interval '1 hour'`,
    [channelId],
  );
  return repair;
}
