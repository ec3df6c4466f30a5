import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type Leased, leaseMs } from './claim.js';

/** A delivery that its maker sends itself. The endpoint's place in the ring must be locked. */
export async function insertLeased(tx: EntityManager, delivery: Leased, token: string): Promise<void> {
  const { id, eventId, endpointId, accountId, type } = delivery;
  await sql(
    tx,
    `INSERT INTO delivery (id, event_id, endpoint_id, account_id, type, state, lease_token, lease_until, first_at)
     VALUES ($1, $2, $3, $4, $5, 'leased', $6, now() + ${leaseMs} * interval '1 ms', now())`,
    [id, eventId, endpointId, accountId, type, token],
  );
  await sql(tx, `UPDATE endpoint_queue SET in_flight = in_flight + 1 WHERE endpoint_id = $1`, [endpointId]);
}
