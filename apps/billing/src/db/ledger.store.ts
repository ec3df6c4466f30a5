import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type BatchRequest, type Book, type Decision, type LockedWallet } from '../ledger/batch.js';
import { type Hold } from '../ledger/hold.js';
import { type Quote } from '../ledger/price.js';
import { priceOf, type PriceRow } from './price.store.js';

/** What a deployment may choose. */
export class LedgerSettings {
  constructor(
    /** Available credits below which `evt.wallet.v1.low` is told, unless the wallet has a mark of its own; 0: never. */
    readonly lowWater: bigint,
    /** How long credit lives that comes back after its lot has ended: an interval of PostgreSQL. */
    readonly refundLifetime: string,
    /** Requests that share a transaction at most. */
    readonly batchSize: number,
  ) {}
}

/**
 * Locks the wallets of the accounts in one order for everybody, ends their lots that are past their date, and reads what
 * the requests are decided on.
 */
export async function lockBook(
  tx: EntityManager,
  settings: LedgerSettings,
  accounts: readonly string[],
  requests: readonly BatchRequest[],
): Promise<Book> {
  const models = requests.flatMap((request) => (request.action === 'place' ? [request.model] : []));
  const [row] = await sql<{ at: Date; wallets: WalletJson[]; holds: HoldJson[]; prices: PriceRow[] }>(tx, lockWallets, [
    [...new Set(accounts)],
    requests.map((request) => request.taskId),
    [...new Set(models)],
  ]);
  if (row === undefined) throw new Error('lock_wallets answers with one row');
  return {
    at: row.at,
    wallets: new Map(row.wallets.map((wallet) => [wallet.accountId, lockedWallet(wallet, settings)])),
    holds: new Map(row.holds.map((hold) => [hold.id, storedHold(hold)])),
    prices: row.prices.map(priceOf),
  };
}

/** Writes what was decided, in that order: credit that comes back can be held again in the same batch. */
export async function writeDecision(tx: EntityManager, settings: LedgerSettings, decision: Decision): Promise<void> {
  const { resolved, buried, placed, records } = decision;
  if (resolved.length > 0) {
    await sql(tx, resolveHolds, [
      resolved.map((hold) => hold.id),
      resolved.map((hold) => hold.walletId),
      resolved.map((hold) => hold.quote?.amount),
      resolved.map((hold) => hold.charged),
      resolved.map((hold) => hold.status),
      resolved.map((hold) => hold.reason),
      settings.refundLifetime,
    ]);
  }
  if (buried.length > 0) {
    await sql(tx, buryHolds, [
      buried.map((hold) => hold.id),
      buried.map((hold) => hold.walletId),
      buried.map((hold) => hold.reason),
    ]);
  }
  if (placed.length > 0) {
    await sql(tx, placeHolds, [
      placed.map((hold) => hold.request.taskId),
      placed.map((hold) => hold.walletId),
      placed.map((hold) => hold.quote.amount),
      placed.map((hold) => hold.argsHash),
      placed.map((hold) => hold.quote.priceId),
      placed.map(({ request, quote }) => JSON.stringify(quoteJson(quote, request.model, request.params))),
    ]);
  }
  if (records.length > 0) {
    await sql(tx, insertRecords, [
      records.map((record) => `${record.op}:${record.taskId}`),
      records.map((record) => record.op),
      records.map((record) => record.walletId),
      records.map((record) => record.amount),
    ]);
  }
}

const lockWallets = 'SELECT * FROM lock_wallets($1, $2, $3)';
const resolveHolds = 'SELECT resolve_holds($1, $2, $3, $4, $5, $6, $7)';
const placeHolds = 'SELECT place_holds($1, $2, $3, $4, $5, $6::text[]::jsonb[])';
const buryHolds = `INSERT INTO hold (id, wallet_id, amount, status, reason, resolved_at)
SELECT id, wallet_id, 0, 'tombstone', reason, clock() FROM unnest($1::text[], $2::bigint[], $3::text[]) AS h (id, wallet_id, reason)`;
/** A late success is recorded once, however often it is reported. */
const insertRecords = `INSERT INTO ledger_op (key, op, wallet_id, amount)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) ON CONFLICT DO NOTHING`;

/** Amounts are JSON numbers here: exact, since every amount is at most 9·10^15. */
interface WalletJson extends Omit<LockedWallet, 'available' | 'expired' | 'lowWater' | 'version'> {
  readonly available: number;
  readonly expired: number;
  /** `null`: the deployment's own. */
  readonly lowWater: number | null;
  readonly version: number;
}

function lockedWallet(json: WalletJson, settings: LedgerSettings): LockedWallet {
  return {
    ...json,
    available: BigInt(json.available),
    expired: BigInt(json.expired),
    lowWater: json.lowWater === null ? settings.lowWater : BigInt(json.lowWater),
    version: BigInt(json.version),
  };
}

interface HoldJson extends Omit<Hold, 'quote' | 'charged' | 'resolvedAt'> {
  readonly amount: number;
  readonly charged: number;
  readonly priceId: string | null;
  readonly quote: { readonly mode: Quote['mode']; readonly credits: number; readonly units: number } | null;
  readonly resolvedAt: string | null;
}

function storedHold({ amount, priceId, quote, charged, resolvedAt, ...hold }: HoldJson): Hold {
  return {
    ...hold,
    charged: BigInt(charged),
    resolvedAt: resolvedAt === null ? null : new Date(resolvedAt),
    quote:
      quote === null || priceId === null
        ? null
        : {
            amount: BigInt(amount),
            priceId,
            mode: quote.mode,
            credits: BigInt(quote.credits),
            units: BigInt(quote.units),
          },
  };
}

/** With the parameters, so that a charge can be explained from the hold alone. */
function quoteJson({ mode, credits, units }: Quote, model: string, params: unknown) {
  return { mode, credits: Number(credits), units: Number(units), model, params };
}
