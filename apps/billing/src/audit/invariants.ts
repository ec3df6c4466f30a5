import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';

export interface Violation {
  readonly invariant: string;
  /** `null`: nobody's wallet in particular. */
  readonly walletId: string | null;
  readonly detail: string;
}

/**
 * Looks for broken promises of the ledger and returns them; none is the only good answer. `since` limits the look to the
 * wallets and holds that moved from then on; without it everything is checked, in time linear in the journal.
 * Each check is one statement, so it sees one moment of the ledger however busy that is.
 */
export async function checkInvariants(target: DataSource | EntityManager, since?: Date): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [invariant, { query, needsAll }] of Object.entries(invariants)) {
    if (needsAll === true && since !== undefined) continue;
    const rows = await sql<{ wallet: string | null; detail: string }>(target, scope + query, [since ?? null]);
    violations.push(...rows.map(({ wallet, detail }) => ({ invariant, walletId: wallet, detail })));
  }
  return violations;
}

/** $1: since when; null: always. */
const scope = `
WITH recent AS NOT MATERIALIZED (SELECT * FROM entry WHERE $1::timestamptz IS NULL OR created_at >= $1),
moved AS NOT MATERIALIZED (SELECT * FROM wallet WHERE $1::timestamptz IS NULL OR id IN (SELECT wallet_id FROM recent))`;

interface Invariant {
  /** Continues `scope`; yields rows (wallet, detail), one per violation. */
  readonly query: string;
  /** Sums the journal from its beginning: only in a complete check. */
  readonly needsAll?: true;
}

const invariants: Readonly<Record<string, Invariant>> = {
  // Also CHECKs of the table: this is what notices that somebody dropped them.
  'I1 conserved': {
    query: `
SELECT id AS wallet, format('%s + %s + %s + %s + %s <> %s', available, reserved, settled, expired, clawed, granted) AS detail
  FROM moved
 WHERE available < 0 OR reserved < 0 OR available + reserved + settled + expired + clawed <> granted`,
  },

  'I2 journal': {
    needsAll: true,
    query: `,
posted AS (
  SELECT wallet_id, sum(k.available * e.amount) AS available, sum(k.reserved * e.amount) AS reserved, sum(k.granted * e.amount) AS granted,
         sum(k.settled * e.amount) AS settled, sum(k.expired * e.amount) AS expired, sum(k.clawed * e.amount) AS clawed
    FROM entry e JOIN entry_kind k USING (kind) GROUP BY wallet_id),
legs AS (SELECT coalesce(sum(amount), 0) AS sum FROM entry_leg)
SELECT coalesce(w.id, p.wallet_id) AS wallet, 'the wallet is not the sum of its entries' AS detail
  FROM wallet w FULL JOIN posted p ON p.wallet_id = w.id
 WHERE (coalesce(w.available, 0), coalesce(w.reserved, 0), coalesce(w.granted, 0), coalesce(w.settled, 0), coalesce(w.expired, 0), coalesce(w.clawed, 0))
    <> (coalesce(p.available, 0), coalesce(p.reserved, 0), coalesce(p.granted, 0), coalesce(p.settled, 0), coalesce(p.expired, 0), coalesce(p.clawed, 0))
UNION ALL SELECT NULL, format('legs sum to %s', sum) FROM legs WHERE sum <> 0`,
  },

  'I3 gapless': {
    query: `
SELECT w.id AS wallet, format('version %s, newest entry %s', w.version, e.newest) AS detail
  FROM moved w
  CROSS JOIN LATERAL (SELECT coalesce(max(version), 0) AS newest FROM entry WHERE wallet_id = w.id) e
 WHERE w.version <> e.newest
UNION ALL
SELECT r.wallet_id, format('nothing before entry %s', r.version)
  FROM recent r
 WHERE r.version > 1 AND NOT EXISTS (SELECT FROM entry p WHERE p.wallet_id = r.wallet_id AND p.version = r.version - 1)`,
  },

  'I4 chained': {
    query: `
SELECT r.wallet_id AS wallet, format('entry %s does not follow from the one before', r.version) AS detail
  FROM recent r
  JOIN entry_kind k USING (kind)
  LEFT JOIN entry p ON p.wallet_id = r.wallet_id AND p.version = r.version - 1
 WHERE r.available_after <> coalesce(p.available_after, 0) + k.available * r.amount
    OR r.reserved_after <> coalesce(p.reserved_after, 0) + k.reserved * r.amount
UNION ALL
SELECT w.id, 'the wallet is not where its newest entry left it'
  FROM moved w JOIN entry e ON e.wallet_id = w.id AND e.version = w.version
 WHERE (w.available, w.reserved) <> (e.available_after, e.reserved_after)`,
  },

  'I5 covered': {
    query: `,
lots AS (SELECT wallet_id, sum(remaining) AS sum FROM credit_lot WHERE open GROUP BY wallet_id),
open_holds AS MATERIALIZED (SELECT id, wallet_id, amount FROM hold WHERE status = 'open'),
holds AS (SELECT wallet_id, sum(amount) AS sum FROM open_holds GROUP BY wallet_id),
parts AS (SELECT h.wallet_id, sum(b.amount) AS sum FROM open_holds h JOIN hold_lot b ON b.hold_id = h.id GROUP BY h.wallet_id)
SELECT w.id AS wallet,
       format('available %s, lots %s; reserved %s, holds %s, their lots %s', w.available, l.sum, w.reserved, h.sum, p.sum) AS detail
  FROM moved w
  LEFT JOIN lots l ON l.wallet_id = w.id
  LEFT JOIN holds h ON h.wallet_id = w.id
  LEFT JOIN parts p ON p.wallet_id = w.id
 WHERE w.available <> coalesce(l.sum, 0) OR w.reserved <> coalesce(h.sum, 0) OR w.reserved <> coalesce(p.sum, 0)`,
  },

  'I6 resolved once': {
    // A release may have begun shortly before the hold that it waited for: its entries bear the earlier time.
    query: `,
posted AS MATERIALIZED (
  SELECT ref, count(*) FILTER (WHERE kind = 'hold') AS holds, coalesce(sum(amount) FILTER (WHERE kind = 'hold'), 0) AS held,
         count(*) FILTER (WHERE kind <> 'hold') AS resolutions, coalesce(sum(amount) FILTER (WHERE kind = 'settle'), 0) AS settled,
         coalesce(sum(amount) FILTER (WHERE kind = 'release'), 0) AS released
    FROM entry
   WHERE kind IN ('hold', 'settle', 'release') AND ($1::timestamptz IS NULL OR created_at >= $1 - interval '5 minutes')
   GROUP BY ref)
SELECT h.wallet_id AS wallet, format('hold %s is %s but its entries say otherwise', h.id, h.status) AS detail
  FROM hold h LEFT JOIN posted p ON p.ref = h.id
 WHERE ($1::timestamptz IS NULL OR h.id IN (SELECT ref FROM recent))
   AND CASE h.status
         WHEN 'tombstone' THEN p.ref IS NOT NULL
         WHEN 'open' THEN coalesce(p.resolutions, 0) <> 0
         ELSE coalesce(p.settled, 0) <> h.settled OR coalesce(p.released, 0) <> h.amount - h.settled
       END
UNION ALL
SELECT h.wallet_id, format('hold %s of %s has %s entries, of %s', h.id, h.amount, coalesce(p.holds, 0), coalesce(p.held, 0))
  FROM hold h LEFT JOIN posted p ON p.ref = h.id
 WHERE h.status <> 'tombstone' AND ($1::timestamptz IS NULL OR p.holds > 0) AND (coalesce(p.holds, 0), coalesce(p.held, 0)) <> (1, h.amount)
UNION ALL
SELECT NULL, format('entries of %s, which is no hold', ref) FROM posted WHERE NOT EXISTS (SELECT FROM hold WHERE id = ref)`,
  },

  'I7 once per key': {
    needsAll: true,
    query: `
SELECT wallet_id AS wallet, format('%s %s happened %s times', kind, ref, count(*)) AS detail
  FROM entry WHERE kind IN ('grant', 'claw_back') GROUP BY wallet_id, kind, ref HAVING count(*) > 1
UNION ALL
SELECT h.wallet_id, format('hold %s: refunded %s, entries %s', h.id, h.refunded, sum(e.amount))
  FROM hold h LEFT JOIN entry e ON e.wallet_id = h.wallet_id AND e.ref = h.id AND e.kind = 'refund'
 WHERE h.status = 'settled' GROUP BY h.id HAVING h.refunded <> coalesce(sum(e.amount), 0)`,
  },

  'I9 no stale hold': {
    query: `
SELECT NULL AS wallet, format('hold %s is open since %s', id, created_at) AS detail
  FROM hold WHERE status = 'open' AND hold_until < now() - interval '10 minutes'`,
  },

  'I10 rolled up': {
    needsAll: true,
    query: `,
journal AS (
  SELECT bucket, (created_at AT TIME ZONE 'UTC')::date AS day, sum(amount) AS sum
    FROM entry_leg
   WHERE bucket IN ('issuance', 'revenue', 'breakage') AND created_at <= (SELECT through FROM audit_watermark)
   GROUP BY 1, 2)
SELECT NULL AS wallet, format('%s of %s: rolled up %s, journal %s', bucket, day, r.sum, j.sum) AS detail
  FROM ledger_rollup r FULL JOIN journal j USING (bucket, day)
 WHERE coalesce(r.sum, 0) <> coalesce(j.sum, 0)`,
  },
};
