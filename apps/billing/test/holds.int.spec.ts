import { sql } from '@videoapi/database';
import { checkInvariants } from '../src/audit/invariants.js';
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

describe('holds', () => {
  let ledger: Ledger;
  let tasks = 0;
  const newTask = () => taskIdOf(1, (tasks += 1));

  beforeAll(async () => {
    ledger = await openLedger();
    await ledger.prices.apply({ prices: [{ priceList: 'default', model, price: oneASecond }] });
  });
  beforeEach(() => ledger.setClock('0'));
  afterEach(async () => expect(await checkInvariants(ledger.source)).toEqual([]));
  afterAll(() => ledger.close());

  async function account(amount: number, expiresIn?: string): Promise<string> {
    const accountId = `account-${(tasks += 1)}`;
    const [row] = await sql<{ at: Date }>(ledger.source, 'SELECT clock() + $1::interval AS at', [expiresIn ?? '0']);
    const expiresAt = expiresIn === undefined ? null : (row?.at.toISOString() ?? null);
    await ledger.credits.grant({ ...grant(accountId, accountId, amount), expiresAt });
    return accountId;
  }
  const outcomes = async (...requests: Parameters<Ledger['billing']['applyBatch']>[0]) =>
    (await ledger.billing.applyBatch(requests)).map((answer) =>
      'verdict' in answer ? answer.verdict : 'refused' in answer ? answer.refused : answer.outcome,
    );
  const facts = (key: string) =>
    sql<{ id: string; subject: string; data: Record<string, unknown> }>(
      ledger.source,
      `SELECT message_id AS id, subject, payload -> 'data' AS data FROM outbox WHERE key = $1 ORDER BY id`,
      [key],
    );

  it('are charged for what was measured, and give the rest back', async () => {
    const accountId = await account(100);
    const task = newTask();
    const [verdict] = await ledger.billing.applyBatch([place(task, accountId, 60)]);
    expect(verdict).toMatchObject({
      verdict: 'placed',
      quote: { amount: 60n, mode: 'per_second', credits: 1n, units: 1000n },
    });
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '40', reserved: '60' });
    await ledger.billing.applyBatch([settle(task, accountId, 45)]);
    expect(await walletOf(ledger, accountId)).toMatchObject({
      available: '55',
      reserved: '0',
      settled: '45',
      version: '4',
    });
    expect(await facts(task)).toEqual([
      {
        id: `hold:${task}:settled`,
        subject: 'evt.hold.v1.resolved',
        data: { taskId: task, accountId, outcome: 'settled', held: '60', charged: '45', returned: '15', reason: null },
      },
    ]);
  });

  it('answer a repeat the same and write the same event again', async () => {
    const accountId = await account(100);
    const task = newTask();
    expect(await ledger.billing.applyBatch([place(task, accountId, 60)])).toEqual(
      await ledger.billing.applyBatch([place(task, accountId, 60)]),
    );
    expect(await outcomes(release(task, accountId), release(task, accountId))).toEqual(['released', 'released']);
    expect(await outcomes(release(task, accountId))).toEqual(['released']);
    const written = await facts(task);
    expect(written).toHaveLength(3);
    expect(new Set(written.map((fact) => JSON.stringify(fact))).size).toBe(1);
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '100', version: '3' });
  });

  it('keep the price of their quote', async () => {
    const accountId = await account(100);
    const [before, after] = [newTask(), newTask()];
    await ledger.billing.applyBatch([place(before, accountId, 10)]);
    const dearer = { mode: 'per_second', rates: [{ resolution: null, audio: null, credits: 3 }] } as const;
    await ledger.prices.apply({
      prices: [{ priceList: 'default', model, price: { ...dearer, rates: [...dearer.rates] } }],
    });
    expect(await ledger.billing.applyBatch([place(before, accountId, 10), place(after, accountId, 10)])).toMatchObject([
      { verdict: 'placed', quote: { amount: 10n } },
      { verdict: 'placed', quote: { amount: 30n } },
    ]);
    await ledger.billing.applyBatch([settle(before, accountId, 8), settle(after, accountId, 8)]);
    expect(await walletOf(ledger, accountId)).toMatchObject({ settled: '32' });
    await ledger.prices.apply({ prices: [{ priceList: 'default', model, price: oneASecond }] });
  });

  it('refuse another request under a used id', async () => {
    const [one, two] = [await account(100), await account(100)];
    const task = newTask();
    expect(await outcomes(place(task, one, 10), place(task, one, 11), place(task, two, 10))).toEqual([
      'placed',
      'conflict',
      'conflict',
    ]);
    expect(await outcomes(settle(task, two, 10))).toEqual(['other_account']);
    expect(await walletOf(ledger, two)).toMatchObject({ available: '100', version: '1' });
  });

  it('leave no trace when they are refused', async () => {
    const accountId = await account(5);
    expect(await outcomes(place(newTask(), accountId, 6), place(newTask(), 'nobody', 1))).toEqual([
      'insufficient',
      'insufficient',
    ]);
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '5', version: '1' });
    expect(await walletOf(ledger, 'nobody')).toMatchObject({ available: '0', version: '0' });
    expect(await facts('nobody')).toEqual([]);
  });

  it('that were released before they came can never be placed', async () => {
    const task = newTask();
    expect(await outcomes(release(task, 'early'))).toEqual(['released']);
    await ledger.credits.grant(grant('early', 'early', 10));
    expect(await outcomes(place(task, 'early', 5))).toEqual(['cancelled']);
    expect(await outcomes(release(task, 'early'), settle(task, 'early', 5))).toEqual(['released', 'uncollected']);
    expect(await walletOf(ledger, 'early')).toMatchObject({ available: '10', reserved: '0' });
    expect((await facts(task))[0]?.data).toMatchObject({ outcome: 'released', held: '0', returned: '0' });
  });

  it('resolve once: a late success is recorded, once, and never charged', async () => {
    const accountId = await account(100);
    const task = newTask();
    await ledger.billing.applyBatch([place(task, accountId, 60)]);
    expect(await outcomes(release(task, accountId))).toEqual(['released']);
    expect(await outcomes(settle(task, accountId, 50))).toEqual(['uncollected']);
    expect(await outcomes(settle(task, accountId, 50), release(task, accountId))).toEqual(['uncollected', 'released']);
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '100', settled: '0' });
    const recorded = await sql(ledger.source, `SELECT op, amount FROM ledger_op WHERE key = $1`, [
      `uncollected:${task}`,
    ]);
    expect(recorded).toEqual([{ op: 'uncollected', amount: '50' }]);
    const settled = newTask();
    await ledger.billing.applyBatch([place(settled, accountId, 10)]);
    await ledger.billing.applyBatch([settle(settled, accountId, 10)]);
    expect(await outcomes(release(settled, accountId))).toEqual(['settled']);
  });

  it('do not give credit back to a lot that has ended: it lives on for seven days', async () => {
    const accountId = await account(100, '1 day');
    const [first, second] = [newTask(), newTask()];
    await ledger.billing.applyBatch([place(first, accountId, 60), place(second, accountId, 10)]);
    await ledger.setClock('2 days');
    await ledger.billing.applyBatch([settle(first, accountId, 20), release(second, accountId)]);
    // 30 expired, 20 charged, 40 + 10 came back; nothing new was granted for them.
    expect(await walletOf(ledger, accountId)).toMatchObject({
      available: '50',
      reserved: '0',
      settled: '20',
      expired: '30',
      granted: '100',
    });
    const lots = await sql(
      ledger.source,
      `SELECT source_ref, remaining, category, round(extract(epoch FROM expires_at - clock()) / 3600)::int AS hours FROM credit_lot
        WHERE open AND wallet_id = (SELECT id FROM wallet WHERE account_id = $1) ORDER BY id`,
      [accountId],
    );
    expect(lots).toEqual([
      { source_ref: `hold:${first}`, remaining: '40', category: 'refund', hours: 168 },
      { source_ref: `hold:${second}`, remaining: '10', category: 'refund', hours: 168 },
    ]);
    await ledger.setClock('9 days 1 second');
    expect(await outcomes(place(newTask(), accountId, 1))).toEqual(['insufficient']);
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '0', expired: '80' });
  });

  it('can be placed until the very millisecond at which the lot ends', async () => {
    const accountId = await account(100, '1 day');
    const end = `(SELECT expires_at FROM billing.credit_lot WHERE source_ref = 'grant:${accountId}')`;
    await ledger.stopClock(`${end} - interval '1 millisecond'`);
    expect(await outcomes(place(newTask(), accountId, 1))).toEqual(['placed']);
    await ledger.stopClock(end);
    expect(await outcomes(place(newTask(), accountId, 1))).toEqual(['insufficient']);
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '0', reserved: '1', expired: '99' });
  });

  it('burn lots by priority, then by date, and return credit along the recorded order', async () => {
    const accountId = await account(10);
    await ledger.credits.grant({ ...grant(`${accountId}-first`, accountId, 10), priority: 10 });
    await ledger.credits.grant({ ...grant(`${accountId}-last`, accountId, 10), priority: 90 });
    const task = newTask();
    await ledger.billing.applyBatch([place(task, accountId, 25)]);
    // A lot that would burn first now must not change what the hold has burnt.
    await ledger.credits.grant({ ...grant(`${accountId}-later`, accountId, 10), priority: 1 });
    await ledger.billing.applyBatch([settle(task, accountId, 12)]);
    const lots = await sql<{ lot: string }>(
      ledger.source,
      `SELECT replace(source_ref, 'grant:' || $1, '') || ' ' || remaining AS lot FROM credit_lot
        WHERE wallet_id = (SELECT id FROM wallet WHERE account_id = $1) ORDER BY priority`,
      [accountId],
    );
    expect(lots.map(({ lot }) => lot)).toEqual(['-later 10', '-first 0', ' 8', '-last 10']);
  });

  it('tell once when the wallet runs low', async () => {
    const accountId = await account(300);
    const [one, two, three] = [newTask(), newTask(), newTask()];
    await ledger.billing.applyBatch([place(one, accountId, 200)]);
    expect(await facts(accountId)).toEqual([]);
    await ledger.billing.applyBatch([place(two, accountId, 1)]);
    await ledger.billing.applyBatch([place(three, accountId, 1)]);
    expect(await facts(accountId)).toMatchObject([
      { subject: 'evt.wallet.v1.low', data: { accountId, available: '99', lowWater: '100' } },
    ]);
    await ledger.billing.applyBatch([release(one, accountId)]);
    await ledger.billing.applyBatch([place(newTask(), accountId, 250)]);
    const written = await facts(accountId);
    expect(new Set(written.map((fact) => fact.id)).size).toBe(2);
  });
});
