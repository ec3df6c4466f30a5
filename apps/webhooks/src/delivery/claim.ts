import { sql } from '@videoapi/database';
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
const mostPerTurn = 16;
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
  return sql(source, lease, [lane, limit, mostPerTurn, token, leaseMs]);
}

const lease = `SELECT id, event_id AS "eventId", endpoint_id AS "endpointId", account_id AS "accountId", type, url,
      owner_id AS "ownerId", body, attempt
    FROM claim_deliveries($1, $2, $3, $4, $5 * interval '1 ms')`;
