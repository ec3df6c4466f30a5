import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type Happening } from '../event/event.js';
import { type Leased, leaseMs } from './claim.js';

/** An event with one delivery that its maker sends itself. The endpoint's place in the ring must be locked. */
export async function insertLeased(
  tx: EntityManager,
  { producerKey, occurredAt }: Happening,
  { id, eventId, endpointId, accountId, type, body }: Leased,
  token: string,
): Promise<void> {
  await sql(
    tx,
    `INSERT INTO event (id, account_id, type, producer_key, occurred_at, body) VALUES ($1, $2, $3, $4, $5, $6)`,
    [eventId, accountId, type, producerKey, occurredAt.toISOString(), body],
  );
  await sql(
    tx,
    `INSERT INTO delivery (id, event_id, endpoint_id, account_id, type, state, lease_token, lease_until, first_at)
     VALUES ($1, $2, $3, $4, $5, 'leased', $6, now() + $7 * interval '1 ms', now())`,
    [id, eventId, endpointId, accountId, type, token, leaseMs],
  );
  await sql(tx, `UPDATE endpoint_queue SET in_flight = in_flight + 1 WHERE endpoint_id = $1`, [endpointId]);
}
