import { Injectable } from '@nestjs/common';
import { sql } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { BillingService } from '../billing.service.js';

const pageSize = 200;
const mostPages = 50;
const mostSpentLots = 1_000;

/** Lots end when their wallet is next locked; this locks the wallets that nobody touches. */
@Injectable()
export class LotSweeper {
  constructor(
    private readonly source: DataSource,
    private readonly billing: BillingService,
  ) {}

  async expire(): Promise<void> {
    for (let page = 0; page < mostPages; page += 1) {
      const due = await sql<{ accountId: string }>(this.source, selectDue, [pageSize]);
      if (due.length > 0) {
        await this.billing.applyBatch(
          [],
          due.map((wallet) => wallet.accountId),
        );
      }
      if (due.length < pageSize) return;
    }
  }

  /** Takes spent lots out of the burn index, a bounded number at a time. */
  async closeSpent(): Promise<void> {
    await sql(this.source, 'SELECT close_spent_lots($1)', [mostSpentLots]);
  }
}

const selectDue = `
SELECT DISTINCT w.account_id AS "accountId"
  FROM (SELECT wallet_id FROM credit_lot WHERE open AND expires_at <= clock() ORDER BY expires_at LIMIT $1) due
  JOIN wallet w ON w.id = due.wallet_id`;
