import { Injectable } from '@nestjs/common';
import {
  AppError,
  clawBackCredits,
  type getWallet,
  grantCredits,
  type listEntries,
  refundCredits,
  type RpcRequest,
  type RpcResponse,
} from '@videoapi/contracts';
import { inTransaction, insertOutbox, sql } from '@videoapi/database';
import { OutboxRelay } from '@videoapi/messaging';
import { DataSource, type EntityManager } from 'typeorm';
import { type z } from 'zod';
import { LedgerSettings, lockBook } from './db/ledger.store.js';
import { once, type Operation } from './db/operation.store.js';
import { readEntries, readWallet } from './db/wallet.store.js';
import { walletLowFact } from './facts.js';
import { decide, fellLow, type LockedWallet } from './ledger/batch.js';

/** The cap of every amount column. */
const maxAmount = 9_000_000_000_000_000n;

/** Wallets as they are, and what people and payments do to them, each once per key. */
@Injectable()
export class CreditsService {
  constructor(
    private readonly source: DataSource,
    private readonly settings: LedgerSettings,
    private readonly relay: OutboxRelay,
  ) {}

  wallet(accountId: string): Promise<RpcResponse<typeof getWallet>> {
    return readWallet(this.source, accountId);
  }

  async entries(request: RpcRequest<typeof listEntries>): Promise<RpcResponse<typeof listEntries>> {
    if (request.before !== undefined && !/^\d{1,18}$/.test(request.before)) {
      throw new AppError('invalid_field', 'Not a version of this journal', { param: 'before' });
    }
    return readEntries(this.source, request);
  }

  async grant({ key, accountId, amount, category, priority, expiresAt, actor }: RpcRequest<typeof grantCredits>) {
    const operation = {
      ref: `grant:${key}`,
      args: [accountId, positive(amount), category, priority, expiresAt],
      result: grantCredits.response,
    };
    return this.onWallet(operation, accountId, async (tx, wallet, at) => {
      if (expiresAt !== null && new Date(expiresAt) <= at) {
        throw new AppError('invalid_field', 'These credits would have expired already', { param: 'expiresAt' });
      }
      const values = [wallet.id, amount, category, priority, expiresAt, operation.ref, actor];
      await sql(tx, 'SELECT grant_credits($1, $2, $3, $4, $5, $6, $7)', values);
      return balance(tx, wallet);
    });
  }

  /** At most what is available; the rest is owed to us and stays in `ledger_op` as the shortage of this key. */
  async clawBack({ key, accountId, amount, actor }: RpcRequest<typeof clawBackCredits>) {
    const operation = {
      ref: `claw_back:${key}`,
      args: [accountId, positive(amount)],
      result: clawBackCredits.response,
    };
    return this.onWallet(operation, accountId, async (tx, wallet, at) => {
      const clawed = await moved(tx, 'SELECT claw_back_credits($1, $2, $3, $4, $5) AS amount', [
        wallet.id,
        amount,
        `grant:${key}`,
        operation.ref,
        actor,
      ]);
      const available = wallet.available - clawed;
      if (fellLow(wallet, wallet.available, available)) {
        await insertOutbox(tx, [walletLowFact({ wallet, available }, at)]);
      }
      return { ...(await balance(tx, wallet)), clawed: String(clawed), shortage: String(BigInt(amount) - clawed) };
    });
  }

  /** After a settlement, at most what was charged and has not been refunded yet. */
  async refund({ key, taskId, amount, actor }: RpcRequest<typeof refundCredits>) {
    const [owner] = await sql<{ accountId: string }>(
      this.source,
      'SELECT account_id AS "accountId" FROM wallet WHERE id = (SELECT wallet_id FROM hold WHERE id = $1)',
      [taskId],
    );
    if (owner === undefined) throw new AppError('task_not_found', 'Nothing was ever held for this task');
    const operation = { ref: `refund:${key}`, args: [taskId, positive(amount)], result: refundCredits.response };
    return this.onWallet(operation, owner.accountId, async (tx, wallet) => {
      const values = [wallet.id, taskId, amount, this.settings.refundLifetime, operation.ref, actor];
      const refunded = await moved(tx, 'SELECT refund_credits($1, $2, $3, $4, $5, $6) AS amount', values);
      return { ...(await balance(tx, wallet)), refunded: String(refunded) };
    });
  }

  /** One transaction: the key, the wallet's lock, the work. */
  private async onWallet<Result extends z.ZodType>(
    operation: Operation<Result>,
    accountId: string,
    work: (tx: EntityManager, wallet: LockedWallet, at: Date) => Promise<z.output<Result>>,
  ): Promise<z.output<Result>> {
    const result = await inTransaction(this.source, (tx) =>
      once(tx, operation, async () => {
        const book = await lockBook(tx, this.settings, [accountId], []);
        const wallet = book.wallets.get(accountId);
        if (wallet === undefined) throw new Error('lock_wallets makes what is missing');
        const { low } = decide(book, []);
        await insertOutbox(
          tx,
          low.map((fallen) => walletLowFact(fallen, book.at)),
        );
        return work(tx, wallet, book.at);
      }),
    );
    this.relay.nudge();
    return result;
  }
}

async function balance(tx: EntityManager, { id }: LockedWallet) {
  const [row] = await sql<{ available: string; reserved: string }>(
    tx,
    'SELECT available, reserved FROM wallet WHERE id = $1',
    [id],
  );
  if (row === undefined) throw new Error('the wallet is locked, so it exists');
  return row;
}

async function moved(tx: EntityManager, statement: string, values: readonly unknown[]): Promise<bigint> {
  const [row] = await sql<{ amount: string }>(tx, statement, values);
  return BigInt(row?.amount ?? 0);
}

function positive(amount: string): string {
  if (BigInt(amount) > 0n && BigInt(amount) <= maxAmount) return BigInt(amount).toString();
  throw new AppError('invalid_field', 'Must be positive and at most 9·10^15', { param: 'amount' });
}
