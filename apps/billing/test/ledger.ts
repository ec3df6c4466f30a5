import { createLogger, Log, Metrics } from '@videoapi/chassis';
import { type RpcRequest, type grantCredits, type PriceSpec } from '@videoapi/contracts';
import { createDataSource, migrate, sql } from '@videoapi/database';
import { type OutboxRelay } from '@videoapi/messaging';
import { freshDatabase } from '@videoapi/testing';
import { type DataSource } from 'typeorm';
import { BillingMetrics } from '../src/billing.metrics.js';
import { BillingService } from '../src/billing.service.js';
import { CreditsService } from '../src/credits.service.js';
import { LedgerSettings } from '../src/db/ledger.store.js';
import { migrations } from '../src/db/migrations/index.js';
import { type PlaceRequest, type ReleaseRequest, type SettleRequest } from '../src/ledger/hold.js';
import { PricesService } from '../src/prices.service.js';

const role = 'videoapi_billing';
export const settings = new LedgerSettings(100n, '7 days', 512);

export interface Ledger {
  /** As the service sees it, and as the migrator does. */
  readonly url: string;
  readonly adminUrl: string;
  readonly source: DataSource;
  readonly admin: DataSource;
  readonly billing: BillingService;
  readonly credits: CreditsService;
  readonly prices: PricesService;
  /** Moves the clock that decides about money: so far ahead of the server's. */
  setClock(ahead: string): Promise<void>;
  /** Stops it at a value of SQL, read anew by each statement. */
  stopClock(at: string): Promise<void>;
  close(): Promise<void>;
}

/** A migrated database of its own, with the service's role, and a clock that tests can move. */
export async function openLedger({
  poolSize = 10,
  database,
}: { poolSize?: number; database?: string } = {}): Promise<Ledger> {
  const adminUrl = database ?? (await freshDatabase('billing'));
  await migrate({ url: adminUrl, schema: 'billing', role, password: role, migrations });
  const url = Object.assign(new URL(adminUrl), { username: role, password: role }).href;
  const adminInSchema = `${adminUrl}?options=-csearch_path%3Dbilling`;
  const admin = await createDataSource({ url: adminInSchema, poolSize: 2, applicationName: 'test' }).initialize();
  const source = await createDataSource({ url, poolSize, applicationName: 'billing' }).initialize();
  const setClock = async (at: string) => {
    const body = `'SELECT ${at.replaceAll("'", "''")}'`;
    await sql(admin, `CREATE OR REPLACE FUNCTION billing.clock() RETURNS timestamptz LANGUAGE sql STABLE AS ${body}`);
  };
  const relay = { nudge: () => undefined } as OutboxRelay;
  const log = new Log(createLogger('billing', { level: 'error' }));
  const billing = new BillingService(source, settings, relay, new BillingMetrics(new Metrics()), log);
  return {
    url,
    adminUrl,
    source,
    admin,
    billing,
    credits: new CreditsService(source, settings, relay),
    prices: new PricesService(source),
    setClock: (ahead) => setClock(`now() + interval '${ahead}'`),
    stopClock: setClock,
    async close() {
      await billing.onApplicationShutdown();
      await source.destroy();
      await admin.destroy();
    },
  };
}

/** Task ids as the gateway makes them. */
export function taskIdOf(run: number, slot: number): string {
  return `vidgen_${String(run).padStart(13, '0')}_${slot.toString(16).padStart(8, '0')}`;
}

/** Priced at one credit a second, so that a duration is an amount. */
export const model = 'one-a-second';
export const oneASecond: PriceSpec = { mode: 'per_second', rates: [{ resolution: null, audio: null, credits: 1 }] };

export function place(taskId: string, accountId: string, seconds: number, maxCredits?: bigint): PlaceRequest {
  const params = { resolution: '720p', durationMs: seconds * 1000, audio: false };
  return { action: 'place', taskId, accountId, model, params, maxCredits };
}

export function settle(taskId: string, accountId: string, seconds: number): SettleRequest {
  return { action: 'settle', taskId, accountId, usage: { durationMs: seconds * 1000 } };
}

export function release(taskId: string, accountId: string, reason = 'failed'): ReleaseRequest {
  return { action: 'release', taskId, accountId, reason };
}

export function grant(key: string, accountId: string, amount: number): RpcRequest<typeof grantCredits> {
  return { key, accountId, amount: String(amount), category: 'paid', priority: 50, expiresAt: null, actor: 'test' };
}

export interface WalletRow {
  readonly available: string;
  readonly reserved: string;
  readonly granted: string;
  readonly settled: string;
  readonly expired: string;
  readonly clawed: string;
  readonly version: string;
}

export async function walletOf({ source }: Ledger, accountId: string): Promise<WalletRow | undefined> {
  const [row] = await sql<WalletRow>(
    source,
    'SELECT available, reserved, granted, settled, expired, clawed, version FROM wallet WHERE account_id = $1',
    [accountId],
  );
  return row;
}
