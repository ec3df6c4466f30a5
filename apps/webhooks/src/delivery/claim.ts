import { inTransaction, sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

export interface Leased {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly accountId: string;
  readonly type: string;
  readonly url: string;
  /** Whose key signs: the endpoint's, or for a callback URL the account's. */
  readonly ownerId: string;
  readonly body: string;
  /** Attempts made before this one. */
  readonly attempt: number;
}

export type Lane = 'fast' | 'slow';

/** From one endpoint in one turn of the ring. */
const mostPerTurn = 4;
/** An attempt ends after its timeout; what is still leased then was lost with its process. */
export const leaseMs = 45_000;

/**
 * Leases due deliveries, taking turns between endpoints so that one with many waiting delays only itself. Endpoints at
 * their cap, behind an open breaker, or locked by somebody else are passed over; a half-open breaker lets one through.
 */
export function claim(
  source: DataSource,
  { lane, limit, token }: { lane: Lane; limit: number; token: string },
): Promise<Leased[]> {
  return inTransaction(source, async (tx) => {
    // Two statements: the second one's snapshot is taken with the ring locked, so it sees whatever was rung for.
    const turns = await sql<{ id: string; room: number }>(tx, lockRing, [lane, limit]);
    if (turns.length === 0) return [];
    return sql<Leased>(tx, lease, [turns.map(({ id }) => id), turns.map(({ room }) => room), limit, token]);
  });
}

const lockRing = {
  name: 'lock_ring',
  text: `SELECT endpoint_id AS id,
      CASE WHEN breaker_until IS NULL THEN least(cap - in_flight, ${mostPerTurn}) ELSE 1 END AS room
    FROM endpoint_queue
    WHERE next_due_at <= now() AND lane = $1
      AND CASE WHEN breaker_until IS NULL THEN in_flight < cap ELSE in_flight = 0 AND breaker_until <= now() END
    ORDER BY last_served_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
};

const lease = {
  name: 'lease_deliveries',
  text: `WITH turn AS (SELECT * FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS t (id, room, place)),
    picked AS MATERIALIZED (
      SELECT due.id FROM turn CROSS JOIN LATERAL (
        SELECT d.id FROM delivery d
        WHERE d.endpoint_id = turn.id AND d.state = 'pending' AND d.next_attempt_at <= now()
        ORDER BY d.next_attempt_at LIMIT turn.room) AS due
      ORDER BY turn.place LIMIT $3),
    leased AS (
      UPDATE delivery d SET state = 'leased', lease_token = $4, first_at = coalesce(d.first_at, now()),
        lease_until = now() + ${leaseMs} * interval '1 ms'
      FROM picked WHERE d.id = picked.id AND d.state = 'pending'
      RETURNING d.id, d.event_id, d.endpoint_id, d.account_id, d.type, d.url, d.attempt),
    served AS (
      UPDATE endpoint_queue q SET last_served_at = clock_timestamp(),
        in_flight = q.in_flight + (SELECT count(*) FROM leased l WHERE l.endpoint_id = q.endpoint_id),
        next_due_at = (
          SELECT d.next_attempt_at FROM delivery d
          WHERE d.endpoint_id = q.endpoint_id AND d.state = 'pending'
            AND NOT EXISTS (SELECT FROM leased l WHERE l.id = d.id)
          ORDER BY d.next_attempt_at LIMIT 1)
      FROM turn WHERE q.endpoint_id = turn.id)
    SELECT l.id, l.event_id AS "eventId", l.endpoint_id AS "endpointId", l.account_id AS "accountId", l.type, l.attempt,
      coalesce(l.url, e.url) AS url, v.body,
      CASE e.kind WHEN 'implicit' THEN l.account_id ELSE e.id END AS "ownerId"
    FROM leased l JOIN event v ON v.id = l.event_id JOIN endpoint e ON e.id = l.endpoint_id`,
};
