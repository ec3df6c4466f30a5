import { Logger } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually, type PostgresServer, startPostgres } from '@videoapi/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../src/audit/invariants.js';
import { type Resolution } from '../src/ledger/batch.js';
import { type PlaceRequest, type ResolveRequest, type Verdict } from '../src/ledger/hold.js';
import { grant, type Ledger, model, oneASecond, openLedger, place, release, settle, taskIdOf } from './ledger.js';

const accounts = 5;
const funds = 20_000;
const clients = 24;
const cuts = 20;
const crashes = 3;

/** What the clients were told, for good. */
interface Told {
  readonly placed: Map<string, bigint>;
  readonly refused: Set<string>;
  readonly resolved: Map<string, Resolution>;
  failures: number;
}

describe('a database whose connections are cut and whose server is killed', () => {
  let server: PostgresServer;
  let ledger: Ledger;
  beforeAll(async () => {
    Logger.overrideLogger(false); // it would tell of every connection that is cut
    server = await startPostgres({ durable: false });
    ledger = await openLedger({ database: server.adminUrl });
    await ledger.prices.apply({ prices: [{ priceList: 'default', model, price: oneASecond }] });
    for (let index = 0; index < accounts; index += 1) {
      await ledger.credits.grant(grant(`funds-${index}`, `account-${index}`, funds));
    }
  });
  afterAll(async () => {
    await ledger.close();
    await server.stop();
  });

  it('loses nothing that was answered, and does nothing twice', async () => {
    const told: Told = { placed: new Map(), refused: new Set(), resolved: new Map(), failures: 0 };
    const stop = new AbortController();
    const load = Promise.all(Array.from({ length: clients }, (_, client) => play(ledger, client, told, stop.signal)));
    const progress = (from: number) =>
      eventually(() => told.placed.size >= from + 20, { timeoutMs: 60_000, message: 'progress' });
    for (let cut = 0; cut < cuts; cut += 1) {
      await progress(told.placed.size);
      await sql(
        ledger.admin,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'billing'`,
      );
    }
    for (let crash = 0; crash < crashes; crash += 1) {
      await progress(told.placed.size);
      await server.kill('SIGKILL');
      await server.start();
    }
    await progress(told.placed.size);
    stop.abort();
    await load;

    expect(told.failures).toBeGreaterThan(0); // the cuts did hit something
    expect(await checkInvariants(ledger.source)).toEqual([]);
    const stored = new Map(
      (await sql<HoldRow>(ledger.source, 'SELECT id, amount, status, settled FROM hold')).map((row) => [row.id, row]),
    );
    for (const [taskId, amount] of told.placed) expect(stored.get(taskId)?.amount).toBe(String(amount));
    for (const taskId of told.refused) expect(stored.has(taskId)).toBe(false);
    for (const [taskId, { outcome, charged }] of told.resolved) {
      expect(stored.get(taskId)).toMatchObject({ status: outcome, settled: String(charged) });
    }
    expect(stored.size).toBe(told.placed.size);
    const events = await sql<{ id: string }>(
      ledger.source,
      `SELECT DISTINCT message_id AS id FROM outbox WHERE subject = 'evt.hold.v1.resolved'`,
    );
    expect(new Set(events.map((event) => event.id))).toEqual(
      new Set([...told.resolved].map(([taskId, { outcome }]) => `hold:${taskId}:${outcome}`)),
    );
  }, 300_000);
});

interface HoldRow {
  readonly id: string;
  readonly amount: string;
  readonly status: string;
  readonly settled: string;
}

/** Places and resolves until it is told to stop, and then finishes what it has begun. */
async function play({ billing }: Ledger, client: number, told: Told, signal: AbortSignal): Promise<void> {
  for (let index = 0; !signal.aborted; index += 1) {
    const taskId = taskIdOf(client, index);
    const accountId = `account-${(client + index) % accounts}`;
    const seconds = 1 + ((client * 37 + index * 11) % 400);
    const verdict = await insist(
      told,
      (request: PlaceRequest): Promise<Verdict> => billing.placeHold(request),
      place(taskId, accountId, seconds),
    );
    if (verdict.verdict !== 'placed') {
      expect(verdict.verdict).toBe('insufficient');
      told.refused.add(taskId);
      await sleep(5);
      continue;
    }
    told.placed.set(taskId, verdict.quote.amount);
    const request = index % 2 === 0 ? settle(taskId, accountId, Math.ceil(seconds / 100)) : release(taskId, accountId);
    const resolution = await insist(
      told,
      (each: ResolveRequest): Promise<Resolution> => billing.resolveHold(each),
      request,
    );
    told.resolved.set(taskId, resolution);
  }
}

/** As the orchestrator does: the same id again until there is an answer. Only "not now" may be said in between. */
async function insist<Request, Answer>(
  told: Told,
  ask: (request: Request) => Promise<Answer>,
  request: Request,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask(request);
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable) throw error;
      told.failures += 1;
      await sleep(20);
    }
  }
}
