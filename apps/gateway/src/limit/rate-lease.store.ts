import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

export interface LeaseRequest {
  readonly keyId: string;
  /** How many requests are asked for; fewer are given when fewer are left. */
  readonly count: number;
  readonly intervalMs: number;
  readonly burst: number;
}

export interface Lease {
  /** How many requests were given; 0 when the limit is reached. */
  readonly granted: number;
  /** Milliseconds until the whole burst is free again, as of now. */
  readonly debtMs: number;
}

interface Row {
  readonly key_id: string;
  readonly granted: number;
  readonly debt_ms: number;
}

/**
 * The arithmetic of `gcra.ts` by the database's clock and under its row lock, so that it holds over all gateways. A key
 * may appear once per call; keys are sorted so that two gateways lock them in one order.
 */
const lease = `WITH clock AS (SELECT extract(epoch FROM statement_timestamp())::float8 * 1000 AS now_ms)
INSERT INTO rate_lease AS l (key_id, granted, interval_ms, burst, tat)
SELECT key_id, least(asked, burst), interval_ms, burst, now_ms + least(asked, burst) * interval_ms
FROM unnest($1::text[], $2::int[], $3::float8[], $4::int[]) AS a (key_id, asked, interval_ms, burst), clock
ORDER BY key_id
ON CONFLICT (key_id) DO UPDATE SET
  interval_ms = excluded.interval_ms,
  burst = excluded.burst,
  granted = rate_share(l.tat, excluded.granted, excluded.interval_ms, excluded.burst),
  tat = greatest(l.tat, extract(epoch FROM statement_timestamp())::float8 * 1000)
    + rate_share(l.tat, excluded.granted, excluded.interval_ms, excluded.burst) * excluded.interval_ms
RETURNING key_id, granted, l.tat - extract(epoch FROM statement_timestamp())::float8 * 1000 AS debt_ms`;

export async function leaseRates(source: DataSource, requests: readonly LeaseRequest[]): Promise<Lease[]> {
  const rows = await sql<Row>(source, lease, [
    requests.map((request) => request.keyId),
    requests.map((request) => request.count),
    requests.map((request) => request.intervalMs),
    requests.map((request) => request.burst),
  ]);
  const leases = new Map(rows.map((row) => [row.key_id, { granted: row.granted, debtMs: row.debt_ms }]));
  return requests.map((request) => leases.get(request.keyId) ?? { granted: 0, debtMs: request.burst });
}
