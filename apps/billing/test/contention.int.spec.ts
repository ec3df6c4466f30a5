import { sql } from '@videoapi/database';
import { checkInvariants } from '../src/audit/invariants.js';
import { type Verdict } from '../src/ledger/hold.js';
import {
  grant,
  type Ledger,
  model,
  oneASecond,
  openLedger,
  place,
  release,
  settle,
  taskIdOf,
  walletOf,
} from './ledger.js';

const accounts = 4;
const funds = 300;
const clients = 24;
const requestsEach = 25;

/** What one client saw, with times of one clock. */
interface Seen {
  readonly taskId: string;
  readonly accountId: string;
  readonly amount: bigint;
  readonly from: number;
  readonly to: number;
  readonly verdict: Verdict['verdict'];
  readonly resolution?: 'settled' | 'released';
}

describe('many clients on few wallets', () => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await openLedger({ poolSize: 12 });
    await ledger.prices.apply({ prices: [{ priceList: 'default', model, price: oneASecond }] });
    for (let index = 0; index < accounts; index += 1) {
      await ledger.credits.grant(grant(`funds-${index}`, `account-${index}`, funds));
    }
  });
  afterAll(() => ledger.close());

  it('see one history, in which every answer was right at some moment of its call', async () => {
    // Most calls are batched by the service, the others race it on connections of their own.
    const history = (await Promise.all(Array.from({ length: clients }, (_, client) => play(ledger, client)))).flat();
    expect(await checkInvariants(ledger.source)).toEqual([]);
    expect(new Set(history.map((seen) => seen.verdict))).toEqual(new Set(['placed', 'insufficient']));
    for (let index = 0; index < accounts; index += 1) {
      const accountId = `account-${index}`;
      await replay(
        ledger,
        accountId,
        history.filter((seen) => seen.accountId === accountId),
      );
    }
  });

  it('audits clean while they are at it', async () => {
    let busy = true;
    const load = Promise.all(Array.from({ length: 8 }, (_, client) => play(ledger, 100 + client))).then(
      () => (busy = false),
    );
    const since = new Date(Date.now() - 60_000);
    let audits = 0;
    for (; busy; audits += 1) expect(await checkInvariants(ledger.source, since)).toEqual([]);
    await load;
    expect(audits).toBeGreaterThan(0);
  });
});

async function play(ledger: Ledger, client: number): Promise<Seen[]> {
  const { billing } = ledger;
  const seen: Seen[] = [];
  for (let index = 0; index < requestsEach; index += 1) {
    const taskId = taskIdOf(client, index);
    const accountId = `account-${(client + index) % accounts}`;
    const seconds = 1 + ((client * 37 + index * 11) % 150);
    const request = place(taskId, accountId, seconds);
    const from = performance.now();
    const answer = client % 4 !== 0 ? await billing.placeHold(request) : (await billing.applyBatch([request]))[0];
    const to = performance.now();
    if (answer === undefined || !('verdict' in answer)) throw new Error('a verdict');
    const isPlaced = answer.verdict === 'placed';
    const resolution = isPlaced ? (index % 3 === 0 ? 'settled' : 'released') : undefined;
    if (resolution === 'settled') await billing.applyBatch([settle(taskId, accountId, Math.ceil(seconds / 50))]);
    if (resolution === 'released')
      await billing.applyBatch([release(taskId, accountId), place(taskId, accountId, seconds)]);
    seen.push({
      taskId,
      accountId,
      amount: BigInt(seconds),
      from,
      to,
      verdict: answer.verdict,
      ...(resolution && { resolution }),
    });
  }
  return seen;
}

/** Follows the journal of one wallet, which is its order of events, and holds every answer against it. */
async function replay(ledger: Ledger, accountId: string, history: readonly Seen[]): Promise<void> {
  const entries = await sql<{ version: string; kind: string; amount: string; ref: string; after: string }>(
    ledger.source,
    `SELECT version, kind, amount, ref, available_after AS after FROM entry
      WHERE wallet_id = (SELECT id FROM wallet WHERE account_id = $1) ORDER BY version`,
    [accountId],
  );
  const holds = new Map(entries.filter((entry) => entry.kind === 'hold').map((entry) => [entry.ref, entry]));
  const placed = history.filter((seen) => seen.verdict === 'placed');
  expect(holds.size).toBe(placed.length);
  for (const { taskId, amount, resolution } of placed) {
    expect(BigInt(holds.get(taskId)?.amount ?? -1)).toBe(amount);
    const parts = entries.filter((entry) => entry.ref === taskId && entry.kind !== 'hold');
    expect(parts.some((part) => part.kind === 'settle')).toBe(resolution === 'settled');
    expect(parts.reduce((sum, part) => sum + BigInt(part.amount), 0n)).toBe(amount);
  }
  // Real time is kept: a hold that was answered before another was asked for stands before it.
  const inOrder = [...placed].sort((a, b) => a.from - b.from);
  const versionOf = (seen: Seen) => Number(holds.get(seen.taskId)?.version);
  let latestEnded = 0;
  for (const seen of inOrder) {
    latestEnded = Math.max(0, ...inOrder.filter((other) => other.to < seen.from).map(versionOf));
    expect(versionOf(seen)).toBeGreaterThan(latestEnded);
  }
  // A refusal left no trace, and between two holds that surround its call the wallet once had less than it wanted.
  for (const refused of history.filter((seen) => seen.verdict === 'insufficient')) {
    expect(holds.has(refused.taskId)).toBe(false);
    const before = Math.max(0, ...inOrder.filter((other) => other.to < refused.from).map(versionOf));
    const after = Math.min(entries.length, ...inOrder.filter((other) => other.from > refused.to).map(versionOf));
    const window = entries.slice(Math.max(0, before - 1), after);
    expect(window.some((entry) => BigInt(entry.after) < refused.amount)).toBe(true);
  }
  const last = entries.at(-1);
  expect(await walletOf(ledger, accountId)).toMatchObject({ available: last?.after, version: String(entries.length) });
}
