import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { inTransaction, sql } from '@videoapi/database';
import { DataSource, type EntityManager } from 'typeorm';
import { BillingMetrics } from '../billing.metrics.js';
import { checkInvariants, type Violation } from './invariants.js';

/** A connection of its own: an audit may take longer than any other statement is allowed to. */
@Injectable()
export class AuditConnection implements OnApplicationShutdown {
  constructor(readonly source: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.source.destroy();
  }
}

/** Looks over what moved since the last time, freezes the wallets that cannot be right, and lets everybody else go on. */
@Injectable()
export class Auditor {
  constructor(
    private readonly connection: AuditConnection,
    private readonly metrics: BillingMetrics,
    private readonly log: Log,
  ) {}

  /** Undefined: another replica is at it. */
  async audit(): Promise<readonly Violation[] | undefined> {
    const violations = await inTransaction(this.connection.source, async (tx) => {
      const [period] = await sql<{ since: Date; through: Date }>(tx, nextPeriod);
      if (period === undefined) return undefined;
      const found = await checkInvariants(tx, period.since);
      await sql(tx, 'SELECT roll_up($1)', [period.through]);
      if (found.length > 0) await this.convict(tx, found);
      return found;
    });
    if (violations === undefined) return undefined;
    this.metrics.violations.set(violations.length);
    const [open] = await sql<{ count: number }>(this.connection.source, countOpen);
    this.metrics.openHolds.set(open?.count ?? 0);
    for (const violation of violations) this.log.error({ event: 'ledger_violation', ...violation });
    return violations;
  }

  private async convict(tx: EntityManager, violations: readonly Violation[]): Promise<void> {
    const wallets = violations.map((violation) => violation.walletId);
    await sql(tx, insertFindings, [
      violations.map((violation) => violation.invariant),
      wallets,
      violations.map((violation) => violation.detail),
    ]);
    await sql(tx, `UPDATE wallet SET status = 'frozen' WHERE id = ANY ($1) AND status = 'active'`, [
      wallets.filter((id) => id !== null),
    ]);
  }
}

/**
 * Up to a minute ago: an entry bears the time at which its transaction began, and by then every older one is visible.
 * After a long pause it catches up hour by hour.
 */
const nextPeriod = `
SELECT through AS since, least(now() - interval '1 minute', through + interval '1 hour') AS through
  FROM audit_watermark WHERE through < now() - interval '1 minute' FOR UPDATE SKIP LOCKED`;

const countOpen = `SELECT count(*)::int AS count FROM hold WHERE status = 'open'`;

const insertFindings = `
INSERT INTO audit_finding (invariant, wallet_id, detail)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING`;
