import { sql } from '@videoapi/database';
import { checkInvariants } from '../src/audit/invariants.js';
import { grant, type Ledger, model, oneASecond, openLedger, place, settle, taskIdOf, walletOf } from './ledger.js';

describe('credits', () => {
  let ledger: Ledger;
  let accounts = 0;
  const newAccount = () => `account-${(accounts += 1)}`;

  beforeAll(async () => {
    ledger = await openLedger();
    await ledger.prices.apply({ prices: [{ priceList: 'default', model, price: oneASecond }] });
  });
  beforeEach(() => ledger.setClock('0'));
  afterEach(async () => expect(await checkInvariants(ledger.source)).toEqual([]));
  afterAll(() => ledger.close());

  it('are granted once per key, also when two ask at the same time', async () => {
    const accountId = newAccount();
    const request = grant('payment-1', accountId, 100);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ledger.credits.grant(request)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ available: '100', reserved: '0' })]),
    );
    await ledger.credits.grant(grant('payment-2', accountId, 1));
    // The first answer, not the state of today.
    expect(await ledger.credits.grant(request)).toEqual({ available: '100', reserved: '0' });
    await expect(ledger.credits.grant({ ...request, amount: '101' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '101', version: '2' });
  });

  it('cannot be granted as nothing, without bounds or already ended, and then leave no key behind', async () => {
    const accountId = newAccount();
    const past = { ...grant('late', accountId, 5), expiresAt: '2020-01-01T00:00:00Z' };
    await expect(ledger.credits.grant(past)).rejects.toMatchObject({ code: 'invalid_field', param: 'expiresAt' });
    for (const amount of ['0', '9000000000000001']) {
      const request = { ...grant('late', accountId, 0), amount };
      await expect(ledger.credits.grant(request)).rejects.toMatchObject({ code: 'invalid_field', param: 'amount' });
    }
    expect(await ledger.credits.grant(grant('late', accountId, 5))).toEqual({ available: '5', reserved: '0' });
  });

  it('are clawed back as far as they are there, first from the payment itself', async () => {
    const accountId = newAccount();
    await ledger.credits.grant({ ...grant('other', accountId, 10), priority: 1 });
    await ledger.credits.grant(grant('disputed', accountId, 30));
    await ledger.billing.applyBatch([place(taskIdOf(2, 1), accountId, 5)]);
    const request = { key: 'disputed', accountId, amount: '32', actor: 'admin' };
    expect(await ledger.credits.clawBack(request)).toEqual({
      available: '3',
      reserved: '5',
      clawed: '32',
      shortage: '0',
    });
    const lots = await sql(
      ledger.source,
      `SELECT source_ref, remaining FROM credit_lot WHERE wallet_id = (SELECT id FROM wallet WHERE account_id = $1) ORDER BY id`,
      [accountId],
    );
    expect(lots).toEqual([
      { source_ref: 'grant:other', remaining: '3' },
      { source_ref: 'grant:disputed', remaining: '0' },
    ]);
    const more = { ...request, key: 'chargeback-2', amount: '10' };
    expect(await ledger.credits.clawBack(more)).toEqual({ available: '0', reserved: '5', clawed: '3', shortage: '7' });
    expect(await ledger.credits.clawBack(more)).toEqual({ available: '0', reserved: '5', clawed: '3', shortage: '7' });
    const low = await sql(ledger.source, `SELECT payload -> 'data' AS data FROM outbox WHERE key = $1`, [accountId]);
    expect(low).toEqual([]); // 40 was below the mark of 100 from the start
  });

  it('tell that the wallet runs low when a claw-back makes it so', async () => {
    const accountId = newAccount();
    await ledger.credits.grant(grant('big', accountId, 200));
    await ledger.credits.clawBack({ key: 'big', accountId, amount: '150', actor: 'admin' });
    const low = await sql(ledger.source, `SELECT payload -> 'data' AS data FROM outbox WHERE key = $1`, [accountId]);
    expect(low).toEqual([{ data: { accountId, available: '50', lowWater: '100' } }]);
  });

  it('are refunded up to what was charged, into a lot that ends', async () => {
    const accountId = newAccount();
    const task = taskIdOf(3, 1);
    await ledger.credits.grant(grant('refundable', accountId, 100));
    const refund = (key: string, amount: string) =>
      ledger.credits.refund({ key, taskId: task, amount, actor: 'admin' });
    await expect(refund('early', '1')).rejects.toMatchObject({ code: 'task_not_found' });
    await ledger.billing.applyBatch([place(task, accountId, 60)]);
    expect(await refund('open', '1')).toMatchObject({ refunded: '0' });
    await ledger.billing.applyBatch([settle(task, accountId, 60)]);
    expect(await refund('r1', '40')).toEqual({ available: '80', reserved: '0', refunded: '40' });
    expect(await refund('r1', '40')).toEqual({ available: '80', reserved: '0', refunded: '40' });
    expect(await refund('r2', '40')).toEqual({ available: '100', reserved: '0', refunded: '20' });
    expect(await refund('r3', '40')).toMatchObject({ refunded: '0' });
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '100', settled: '0', granted: '100' });
    await ledger.setClock('8 days');
    expect(await ledger.credits.wallet(accountId)).toEqual({ balance: '40', held: '0', available: '40' });
  });

  it('that are past their date count no more, although nobody has locked the wallet since', async () => {
    const accountId = newAccount();
    const [row] = await sql<{ at: Date }>(ledger.source, `SELECT now() + interval '1 day' AS at`);
    await ledger.credits.grant({ ...grant('short', accountId, 100), expiresAt: row?.at.toISOString() ?? null });
    await ledger.credits.grant(grant('long', accountId, 10));
    await ledger.billing.applyBatch([place(taskIdOf(4, 1), accountId, 30)]);
    expect(await ledger.credits.wallet(accountId)).toEqual({ balance: '110', held: '30', available: '80' });
    await ledger.setClock('2 days');
    expect(await ledger.credits.wallet(accountId)).toEqual({ balance: '40', held: '30', available: '10' });
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '80' });
    await ledger.billing.applyBatch([], [accountId]);
    expect(await walletOf(ledger, accountId)).toMatchObject({ available: '10', expired: '70' });
    expect(await ledger.credits.wallet('unheard-of')).toEqual({ balance: '0', held: '0', available: '0' });
  });

  it('have a journal, newest first, page by page', async () => {
    const accountId = newAccount();
    const task = taskIdOf(5, 1);
    await ledger.credits.grant(grant('journal', accountId, 100));
    await ledger.billing.applyBatch([place(task, accountId, 60)]);
    await ledger.billing.applyBatch([settle(task, accountId, 45)]);
    const first = await ledger.credits.entries({ accountId, limit: 3 });
    expect(first.hasMore).toBe(true);
    expect(
      first.entries.map(({ version, kind, amount, availableAfter, reservedAfter, reference }) =>
        [version, kind, amount, availableAfter, reservedAfter, reference].join(' '),
      ),
    ).toEqual([`4 release 15 55 0 ${task}`, `3 settle -45 40 15 ${task}`, `2 hold -60 40 60 ${task}`]);
    const rest = await ledger.credits.entries({ accountId, limit: 3, before: '2' });
    expect(rest).toMatchObject({
      entries: [{ version: '1', kind: 'grant', amount: '100', reference: 'grant:journal' }],
      hasMore: false,
    });
    await expect(ledger.credits.entries({ accountId, limit: 3, before: 'x' })).rejects.toMatchObject({
      code: 'invalid_field',
    });
  });

  it('have a journal that nobody can rewrite, not even the role that owns it', async () => {
    for (const source of [ledger.source, ledger.admin]) {
      await expect(sql(source, 'UPDATE billing.entry SET amount = 1')).rejects.toMatchObject({ code: '42501' });
      await expect(sql(source, 'DELETE FROM billing.entry')).rejects.toMatchObject({ code: '42501' });
    }
    await expect(sql(ledger.admin, 'TRUNCATE billing.entry')).rejects.toMatchObject({ code: '42501' });
  });
});
