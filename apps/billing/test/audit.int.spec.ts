import { createLogger, Log, Metrics } from '@videoapi/chassis';
import { inTransaction, sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { AuditConnection, Auditor } from '../src/audit/auditor.js';
import { checkInvariants } from '../src/audit/invariants.js';
import { conservationReport } from '../src/audit/report.js';
import { BillingMetrics } from '../src/billing.metrics.js';
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

const accountId = 'audited';
const [open, settled, released, buried] = [1, 2, 3, 4].map((slot) => taskIdOf(1, slot)) as [
  string,
  string,
  string,
  string,
];
const day = '2020-01-01';

/** Each breaks one promise behind the ledger's back. */
const corruptions: [string, string][] = [
  ['I1 conserved', `ALTER TABLE wallet DROP CONSTRAINT wallet_conserves; UPDATE wallet SET available = available + 1`],
  ['I2 journal', `UPDATE wallet SET settled = settled + 1, expired = expired - 1`],
  ['I3 gapless', `UPDATE wallet SET version = version + 1`],
  ['I3 gapless', `DELETE FROM entry WHERE version = 2`],
  ['I4 chained', `UPDATE entry SET available_after = available_after + 1 WHERE version = 3`],
  ['I4 chained', `UPDATE entry SET amount = amount + 1 WHERE kind = 'settle'`],
  ['I4 chained', `UPDATE wallet SET available = available - 1, reserved = reserved + 1`],
  ['I5 covered', `UPDATE credit_lot SET remaining = remaining - 1 WHERE source_ref = 'grant:funds'`],
  ['I5 covered', `UPDATE hold_lot SET amount = amount + 1 WHERE hold_id = '${open}'`],
  ['I5 covered', `DELETE FROM hold WHERE id = '${open}'`],
  ['I6 resolved once', `UPDATE hold SET status = 'released' WHERE id = '${open}'`],
  ['I6 resolved once', `UPDATE hold SET status = 'open', settled = 0 WHERE id = '${settled}'`],
  ['I6 resolved once', `UPDATE hold SET settled = settled + 1 WHERE id = '${settled}'`],
  ['I6 resolved once', `UPDATE entry SET ref = '${buried}' WHERE ref = '${released}'`],
  ['I6 resolved once', `UPDATE entry SET ref = 'nobody' WHERE ref = '${released}'`],
  ['I7 once per key', `UPDATE entry SET ref = 'grant:funds' WHERE ref = 'grant:short'`],
  ['I7 once per key', `UPDATE hold SET refunded = refunded - 1 WHERE id = '${settled}'`],
  ['I9 no stale hold', `UPDATE hold SET hold_until = now() - interval '11 minutes' WHERE id = '${open}'`],
  ['I10 rolled up', `INSERT INTO ledger_rollup (bucket, day, sum) VALUES ('revenue', '${day}', 1)`],
];

describe('the audit', () => {
  let ledger: Ledger;
  let auditor: Auditor;
  beforeAll(async () => {
    ledger = await openLedger();
    auditor = new Auditor(
      new AuditConnection(ledger.source),
      new BillingMetrics(new Metrics()),
      new Log(createLogger('billing', { destination: { write: () => undefined } })),
    );
    const { billing, credits } = ledger;
    await ledger.prices.apply({ prices: [{ priceList: 'default', model, price: oneASecond }] });
    const [soon] = await sql<{ at: Date }>(ledger.source, `SELECT now() + interval '1 hour' AS at`);
    await credits.grant(grant('funds', accountId, 500));
    await credits.grant({ ...grant('short', accountId, 50), priority: 90, expiresAt: soon?.at.toISOString() ?? null });
    await billing.applyBatch([open, settled, released].map((task) => place(task, accountId, 100)));
    await billing.applyBatch([
      settle(settled, accountId, 80),
      release(released, accountId),
      release(buried, accountId),
    ]);
    await credits.refund({ key: 'r', taskId: settled, amount: '10', actor: 'admin' });
    await credits.clawBack({ key: 'c', accountId, amount: '20', actor: 'admin' });
    await ledger.setClock('2 hours');
    await billing.applyBatch([], [accountId]);
    await ledger.setClock('0');
  });
  afterAll(() => ledger.close());

  it('finds nothing wrong with a ledger that lived', async () => {
    expect(await checkInvariants(ledger.source)).toEqual([]);
    expect(await checkInvariants(ledger.source, new Date(0))).toEqual([]);
    expect(await walletOf(ledger, accountId)).toMatchObject({
      expired: '50',
      clawed: '20',
      settled: '70',
      reserved: '100',
    });
  });

  it.each(corruptions)('sees that %s is broken by: %s', async (invariant, corruption) => {
    const found = await corrupted(ledger, corruption, (tx) => checkInvariants(tx));
    expect(found.map((violation) => violation.invariant)).toContain(invariant);
  });

  it('sees what it can see of the recent past as well', async () => {
    for (const [invariant, corruption] of corruptions) {
      if (/^I(2|7|10) /.test(invariant) || corruption.includes('nobody')) continue;
      const found = await corrupted(ledger, corruption, (tx) => checkInvariants(tx, new Date(0)));
      expect(found.map((violation) => violation.invariant)).toContain(invariant);
    }
  });

  it('sums up the buckets that are no wallet, once, and moves on', async () => {
    await sql(ledger.admin, `UPDATE audit_watermark SET through = now() - interval '2 minutes'`);
    // The horizon is a minute ago: what happened just now waits for its turn.
    expect(await auditor.audit()).toEqual([]);
    expect(await sql(ledger.source, 'SELECT * FROM ledger_rollup')).toEqual([]);
    await sql(ledger.admin, `SELECT roll_up(now())`);
    expect(await sql(ledger.source, 'SELECT bucket, sum::int FROM ledger_rollup ORDER BY bucket')).toEqual([
      { bucket: 'breakage', sum: 50 },
      { bucket: 'issuance', sum: -530 },
      { bucket: 'revenue', sum: 70 },
    ]);
    expect(await checkInvariants(ledger.source)).toEqual([]);
    expect(await auditor.audit()).toBeUndefined(); // nothing is older than a minute and not yet looked at
  });

  it('leaves it to one replica at a time', async () => {
    await sql(ledger.admin, `UPDATE audit_watermark SET through = now() - interval '90 seconds'`);
    await inTransaction(ledger.admin, async (tx) => {
      await sql(tx, 'SELECT FROM audit_watermark FOR UPDATE');
      expect(await auditor.audit()).toBeUndefined();
    });
  });

  it('freezes the wallet that cannot be right, and nobody else', async () => {
    await ledger.credits.grant(grant('sound', 'sound', 10));
    await sql(ledger.admin, `UPDATE audit_watermark SET through = now() - interval '90 seconds'`);
    await sql(ledger.admin, `UPDATE hold_lot SET amount = amount + 1 WHERE hold_id = '${open}'`);
    expect(await auditor.audit()).toMatchObject([{ invariant: 'I5 covered' }]);
    const answers = await ledger.billing.applyBatch([
      place(taskIdOf(2, 1), accountId, 1),
      place(taskIdOf(2, 2), 'sound', 1),
    ]);
    expect(answers).toMatchObject([{ verdict: 'frozen' }, { verdict: 'placed' }]);
    expect(await sql(ledger.source, 'SELECT invariant FROM audit_finding')).toEqual([{ invariant: 'I5 covered' }]);
    await sql(ledger.admin, `UPDATE hold_lot SET amount = amount - 1 WHERE hold_id = '${open}'`);
  });

  it('has a report that adds up', async () => {
    expect(await conservationReport(ledger.source)).toMatchObject({
      granted: '560',
      settled: '70',
      expired: '50',
      clawed: '20',
      difference: '0',
      openHolds: '2',
      platformLoss: '0',
    });
  });
});

/** What `look` finds right after the corruption, which is rolled back. */
async function corrupted<T>(ledger: Ledger, corruption: string, look: (tx: EntityManager) => Promise<T>): Promise<T> {
  let found: T | undefined;
  const undone = new Error('undone');
  const work = inTransaction(ledger.admin, async (tx) => {
    await sql(tx, 'ALTER TABLE entry DISABLE TRIGGER USER');
    await sql(tx, 'ALTER TABLE hold DROP CONSTRAINT hold_refund_within_charge');
    for (const statement of corruption.split('; ')) await sql(tx, statement);
    found = await look(tx);
    throw undone;
  });
  await expect(work).rejects.toBe(undone);
  return found as T;
}
