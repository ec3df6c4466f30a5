import { sql } from '@videoapi/database';
import fc from 'fast-check';
import { checkInvariants } from '../src/audit/invariants.js';
import { type Answer, type BatchRequest } from '../src/ledger/batch.js';
import { grant, type Ledger, model, openLedger, taskIdOf, walletOf, type WalletRow } from './ledger.js';
import { Oracle } from './oracle.js';

const runs = Number(process.env['LEDGER_MODEL_RUNS'] ?? 100);
const seed = Number(process.env['LEDGER_MODEL_SEED'] ?? Date.now() % 2 ** 31);

const account = fc.nat(2);
/** Few tasks, so that histories meet the same one again: repeated, resolved twice, late. */
const task = fc.record({ slot: fc.nat(11), stranger: fc.integer({ min: 0, max: 15 }).map((roll) => roll === 0) });
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      action: fc.constant('place' as const),
      ms: fc.oneof(fc.constant(9_500), fc.integer({ min: 1, max: 30_000 })),
      max: fc.option(fc.nat(30), { freq: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ action: fc.constant('settle' as const), percent: fc.nat(120) }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('release' as const) }) },
);
const request = fc.tuple(task, action).map(([target, what]) => ({ ...target, ...what }));
const grants = fc.record({
  kind: fc.constant('grant' as const),
  account,
  amount: fc.integer({ min: 1, max: 25 }),
  priority: fc.nat(2),
  days: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 2 }),
});
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      requests: fc.array(request, { minLength: 1, maxLength: 10 }),
    }),
  },
  { weight: 5, arbitrary: grants },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clawBack' as const), account, amount: fc.integer({ min: 1, max: 50 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refund' as const),
      slot: fc.nat(11),
      amount: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('price' as const), rate: fc.integer({ min: 1, max: 3 }) }) },
);
/** Some credit first, in several lots. */
const history = fc
  .tuple(fc.array(grants, { minLength: 4, maxLength: 12 }), fc.array(step, { minLength: 3, maxLength: 20 }))
  .map(([funds, steps]) => [...funds, ...steps]);
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('the ledger against a sequential oracle', () => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  it(`agrees on every verdict, wallet and lot (seed ${seed})`, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        await new History(ledger, (run += 1)).play(steps);
      }),
      { numRuns: runs, seed, endOnFailure: false },
    );
    expect(await checkInvariants(ledger.source)).toEqual([]);
  }, 600_000);
});

/** One run has accounts, tasks and a model of its own: the journal cannot be emptied, and that is as it should be. */
class History {
  private readonly oracle = new Oracle();
  private readonly start = new Date(Date.now() - 1);
  private keys = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly run: number,
  ) {}

  async play(steps: readonly Step[]): Promise<void> {
    await this.ledger.setClock('0 days');
    await this.setPrice(1);
    for (const step of steps) {
      await this.take(step);
      await this.compare();
    }
    expect(await checkInvariants(this.ledger.source, this.start)).toEqual([]);
  }

  private async take(step: Step): Promise<void> {
    const { oracle, ledger } = this;
    const key = `${this.run}.${(this.keys += 1)}`;
    switch (step.kind) {
      case 'wait':
        oracle.now += step.days;
        return ledger.setClock(`${oracle.now} days`);
      case 'price':
        oracle.rate = BigInt(step.rate);
        return this.setPrice(step.rate);
      case 'grant': {
        const { amount, priority, days } = step;
        // Half a day apart from refund lots, whose date is a whole number of days from the moment they are made.
        const expires = days === null ? Infinity : oracle.now + days + 0.5;
        const expiresAt = days === null ? null : new Date(this.start.getTime() + expires * 86_400_000).toISOString();
        oracle.grant(this.account(step.account), `grant:${key}`, BigInt(amount), priority, expires);
        await ledger.credits.grant({ ...grant(key, this.account(step.account), amount), priority, expiresAt });
        return;
      }
      case 'clawBack': {
        const amount = String(step.amount);
        const { clawed } = await ledger.credits.clawBack({
          key,
          accountId: this.account(step.account),
          amount,
          actor: 'test',
        });
        expect(BigInt(clawed)).toBe(oracle.clawBack(this.account(step.account), BigInt(step.amount)));
        return;
      }
      case 'refund': {
        const taskId = taskIdOf(this.run, step.slot);
        if (!oracle.holds.has(taskId)) return;
        const { refunded } = await ledger.credits.refund({ key, taskId, amount: String(step.amount), actor: 'test' });
        expect(BigInt(refunded)).toBe(oracle.refund(taskId, `refund:${key}`, BigInt(step.amount)));
        return;
      }
      case 'batch': {
        const expected = this.expected(step.requests);
        const answers = await ledger.billing.applyBatch(step.requests.map((each) => this.requestOf(each)));
        expect(answers.map(summary)).toEqual(expected);
      }
    }
  }

  /** First what resolves, then what holds, each in order of arrival. */
  private expected(requests: readonly Request[]): string[] {
    const { oracle } = this;
    const answers: string[] = [];
    // The wallets are locked, and their lots expired, before anything is decided.
    for (const each of requests) oracle.wallet(this.owner(each));
    const usage = requests.map((each) => this.measured(each));
    requests.forEach((each, index) => {
      if (each.action === 'place') return;
      const ms = usage[index];
      const id = taskIdOf(this.run, each.slot);
      answers[index] = oracle.resolve(id, this.owner(each), ms === undefined ? undefined : BigInt(ms));
    });
    requests.forEach((each, index) => {
      if (each.action !== 'place') return;
      const max = each.max === null ? undefined : BigInt(each.max);
      answers[index] = oracle.place(taskIdOf(this.run, each.slot), this.owner(each), BigInt(each.ms), max);
    });
    return answers;
  }

  private requestOf(each: Request): BatchRequest {
    const target = { taskId: taskIdOf(this.run, each.slot), accountId: this.owner(each) };
    switch (each.action) {
      case 'place': {
        const params = { resolution: '720p', durationMs: each.ms, audio: true };
        const maxCredits = each.max === null ? undefined : BigInt(each.max);
        return { action: 'place', ...target, model: this.model(), params, maxCredits };
      }
      case 'settle':
        return { action: 'settle', ...target, usage: { durationMs: this.measured(each) } };
      case 'release':
        return { action: 'release', ...target, reason: 'failed' };
    }
  }

  /** 0 to 120 % of what the hold was quoted for, in milliseconds. */
  private measured(each: Request): number | undefined {
    if (each.action !== 'settle') return undefined;
    const args = this.oracle.holds.get(taskIdOf(this.run, each.slot))?.args ?? '/1000';
    return Math.floor((Number(args.split('/')[1] ?? 1000) * each.percent) / 100);
  }

  private async compare(): Promise<void> {
    for (const [accountId, { lots, ...expected }] of this.oracle.wallets) {
      const row = await walletOf(this.ledger, accountId);
      if (row === undefined) {
        expect(expected.version).toBe(0n);
        continue;
      }
      expect(toBigInt(row)).toEqual(expected);
      const stored = await sql<{ key: string; remaining: string }>(
        this.ledger.source,
        `SELECT source_ref AS key, remaining FROM credit_lot WHERE wallet_id = (SELECT id FROM wallet WHERE account_id = $1) ORDER BY id`,
        [accountId],
      );
      expect(stored.map((lot) => `${lot.key} ${lot.remaining}`)).toEqual(
        lots.map((lot) => `${lot.key} ${lot.remaining}`),
      );
    }
  }

  private async setPrice(rate: number): Promise<void> {
    const price = { mode: 'per_second' as const, rates: [{ resolution: null, audio: null, credits: rate }] };
    await this.ledger.prices.apply({ prices: [{ priceList: 'default', model: this.model(), price }] });
  }

  private model(): string {
    return `${model}-${this.run}`;
  }

  /** Each task belongs to one account; now and then another one asks. */
  private owner({ slot, stranger }: Request): string {
    return this.account((slot + (stranger ? 1 : 0)) % 3);
  }

  private account(index: number): string {
    return `${this.run}-${index}`;
  }
}

function summary(answer: Answer): string {
  if ('refused' in answer) return `refused ${answer.refused}`;
  if ('outcome' in answer) return `${answer.outcome} ${answer.held} ${answer.charged}`;
  switch (answer.verdict) {
    case 'placed':
      return `placed ${answer.quote.amount}`;
    case 'insufficient':
      return `insufficient ${answer.required} ${answer.available}`;
    case 'over_max':
      return `over_max ${answer.required}`;
    case 'no_price':
    case 'frozen':
    case 'cancelled':
    case 'conflict':
      return answer.verdict;
  }
}

function toBigInt(row: WalletRow): Record<string, bigint> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, BigInt(value)]));
}
