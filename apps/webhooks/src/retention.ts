import { Retention, sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

/** What is forgotten, in this order: an event goes after the deliveries that show it. */
const sweeps = [
  `DELETE FROM inbound_callback WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM inbound_callback WHERE received_at < now() - interval '30 days' LIMIT $1)) RETURNING 1`,
  `DELETE FROM delivery_attempt WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM delivery_attempt WHERE started_at < now() - interval '30 days' LIMIT $1)) RETURNING 1`,
  // Without its body an event cannot be sent again, but still be listed.
  `UPDATE event SET body = NULL WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM event WHERE created_at < now() - interval '30 days' AND body IS NOT NULL LIMIT $1)) RETURNING 1`,
  `DELETE FROM delivery WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM delivery WHERE created_at < now() - interval '90 days' LIMIT $1))
     AND state NOT IN ('pending', 'leased') RETURNING 1`,
  `DELETE FROM event WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM event WHERE created_at < now() - interval '91 days' LIMIT $1)) RETURNING 1`,
  `DELETE FROM endpoint_secret WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM endpoint_secret WHERE expires_at < now() - interval '30 days' LIMIT $1)) RETURNING 1`,
] as const;

/** Bodies, attempts and callbacks are kept 30 days, the list of what was delivered 90. */
export function deliveryRetention(source: DataSource): Retention {
  return new Retention({
    name: 'deliveries',
    sweeps: sweeps.map((text) => async (limit) => (await sql(source, text, [limit])).length),
  });
}
