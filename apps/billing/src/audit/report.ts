import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

/** Sums over the whole ledger; credits as decimal strings. `difference` is 0, or something is very wrong. */
export interface ConservationReport {
  readonly granted: string;
  readonly available: string;
  readonly reserved: string;
  readonly settled: string;
  readonly expired: string;
  readonly clawed: string;
  readonly difference: string;
  readonly openHolds: string;
  readonly oldestHold: Date | null;
  readonly uncollected: string;
  readonly platformLoss: string;
}

export async function conservationReport(source: DataSource): Promise<ConservationReport> {
  const [report] = await sql<ConservationReport>(source, selectReport);
  if (report === undefined) throw new Error('an aggregate has one row');
  return report;
}

const selectReport = `
WITH total AS (
  SELECT coalesce(sum(granted), 0) AS granted, coalesce(sum(available), 0) AS available, coalesce(sum(reserved), 0) AS reserved,
         coalesce(sum(settled), 0) AS settled, coalesce(sum(expired), 0) AS expired, coalesce(sum(clawed), 0) AS clawed FROM wallet)
SELECT total.*, granted - available - reserved - settled - expired - clawed AS difference,
       open_hold.count AS "openHolds", open_hold.oldest AS "oldestHold",
       (SELECT coalesce(sum(amount), 0) FROM ledger_op WHERE op = 'uncollected') AS uncollected,
       (SELECT coalesce(sum(amount), 0) FROM ledger_op WHERE op = 'platform_loss') AS "platformLoss"
  FROM total, (SELECT count(*) AS count, min(created_at) AS oldest FROM hold WHERE status = 'open') open_hold`;
