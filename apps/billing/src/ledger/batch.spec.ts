import { type Answer, type BatchRequest, type Book, decide, type LockedWallet } from './batch.js';
import { argsHash, type Hold, type PlaceRequest, resolutions } from './hold.js';
import { type Price } from './price.js';

const at = new Date('2026-11-22T00:00:00Z');
const onePerSecond: Price = {
  id: '1',
  priceList: 'default',
  model: 'm',
  mode: 'per_second',
  resolution: null,
  audio: null,
  credits: 1n,
  units: 1000n,
};

function wallet(changes: Partial<LockedWallet> = {}): LockedWallet {
  const money = { available: 100n, expired: 0n, lowWater: 0n, version: 7n };
  return { id: 'w', accountId: 'a', status: 'active', priceList: null, ...money, ...changes };
}

function book(wallets: readonly LockedWallet[] = [wallet()], holds: readonly Hold[] = []): Book {
  return {
    at,
    wallets: new Map(wallets.map((each) => [each.accountId, each])),
    holds: new Map(holds.map((hold) => [hold.id, hold])),
    prices: [onePerSecond],
  };
}

function place(taskId: string, seconds: number, changes: Partial<PlaceRequest> = {}): PlaceRequest {
  const params = { resolution: '720p', durationMs: seconds * 1000, audio: false };
  return { action: 'place', taskId, accountId: 'a', model: 'm', params, ...changes };
}
const settle = (taskId: string, seconds: number): BatchRequest => ({
  action: 'settle',
  taskId,
  accountId: 'a',
  usage: { durationMs: seconds * 1000 },
});
const release = (taskId: string): BatchRequest => ({ action: 'release', taskId, accountId: 'a', reason: 'failed' });

function open(taskId: string, seconds: number, changes: Partial<Hold> = {}): Hold {
  const quote = { amount: BigInt(seconds), priceId: '1', mode: 'per_second', credits: 1n, units: 1000n } as const;
  const hash = argsHash(place(taskId, seconds));
  const end = { charged: 0n, reason: null, resolvedAt: null };
  return { id: taskId, walletId: 'w', status: 'open', quote, argsHash: hash, ...end, ...changes };
}

const words = (answers: readonly Answer[]) =>
  answers.map((answer) =>
    'verdict' in answer ? answer.verdict : 'refused' in answer ? answer.refused : answer.outcome,
  );

describe('a batch', () => {
  it('decides holds greedily in order of arrival: a small one fits behind one that does not', () => {
    const { answers, placed } = decide(book(), [place('1', 60), place('2', 50), place('3', 40), place('4', 1)]);
    expect(words(answers)).toEqual(['placed', 'insufficient', 'placed', 'insufficient']);
    expect(answers[1]).toEqual({ verdict: 'insufficient', required: 50n, available: 40n });
    expect(placed.map((hold) => hold.request.taskId)).toEqual(['1', '3']);
  });

  it('resolves first, so that what comes back can be held at once', () => {
    const stored = open('1', 80);
    const { answers } = decide(book([wallet({ available: 20n })], [stored]), [place('2', 100), release('1')]);
    expect(words(answers)).toEqual(['placed', 'released']);
  });

  it('treats the second request of one id as a repeat, never as a second decision', () => {
    const { answers, placed } = decide(book(), [place('1', 60), place('1', 60), place('1', 30)]);
    expect(words(answers)).toEqual(['placed', 'placed', 'conflict']);
    expect(placed).toHaveLength(1);
    const twice = decide(book([wallet()], [open('1', 60)]), [settle('1', 40), settle('1', 50), release('1')]);
    expect(twice.answers).toMatchObject([
      { step: 'settle', charged: 40n },
      { step: 'repeat', outcome: 'settled', charged: 40n, returned: 20n },
      { step: 'contradict', outcome: 'settled', charged: 40n },
    ]);
    expect(twice.resolved).toHaveLength(1);
  });

  it('gives a repeat the stored quote whatever the hold has become and whatever the price is now', () => {
    const quote = { amount: 60n, priceId: 'old', mode: 'per_second', credits: 2n, units: 1000n } as const;
    const settled = open('1', 30, { quote, status: 'settled', charged: 9n });
    const { answers, placed } = decide(book([wallet({ available: 0n })], [settled]), [place('1', 30)]);
    expect(answers).toEqual([{ verdict: 'placed', quote }]);
    expect(placed).toEqual([]);
  });

  it('buries a hold that was released before it came', () => {
    const { answers, buried, placed } = decide(book(), [place('1', 10), release('1'), settle('1', 10)]);
    expect(words(answers)).toEqual(['cancelled', 'released', 'uncollected']);
    expect(buried.map((hold) => hold.status)).toEqual(['tombstone']);
    expect(placed).toEqual([]);
  });

  it('records a late success and never charges it', () => {
    const released = open('1', 30, { status: 'released', reason: 'timeout', resolvedAt: at });
    const { answers, records, resolved } = decide(book([wallet()], [released]), [settle('1', 99)]);
    expect(answers).toMatchObject([{ outcome: 'uncollected', held: 30n, charged: 0n, returned: 30n }]);
    expect(records).toEqual([{ op: 'uncollected', taskId: '1', walletId: 'w', amount: 30n }]);
    expect(resolved).toEqual([]);
  });

  it('bears what goes beyond the quote', () => {
    const { answers, records } = decide(book([wallet()], [open('1', 30)]), [settle('1', 33)]);
    expect(answers).toMatchObject([{ outcome: 'settled', charged: 30n, returned: 0n }]);
    expect(records).toMatchObject([{ op: 'platform_loss', amount: 3n }]);
  });

  it("refuses to resolve a hold that nobody placed, or another account's", () => {
    const other = open('1', 30, { walletId: 'x' });
    const { answers, resolved, buried } = decide(book([wallet()], [other]), [
      release('1'),
      settle('1', 1),
      settle('2', 1),
    ]);
    expect(words(answers)).toEqual(['other_account', 'other_account', 'unknown_hold']);
    expect([...resolved, ...buried]).toEqual([]);
  });

  it.each([
    ['frozen', wallet({ status: 'frozen' }), place('1', 1)],
    ['no_price', wallet(), place('1', 1, { model: 'unknown' })],
    ['over_max', wallet(), place('1', 10, { maxCredits: 9n })],
    ['insufficient', wallet({ available: 0n }), place('1', 1)],
    ['placed', wallet(), place('1', 10, { maxCredits: 10n })],
  ])('answers %s', (verdict, owner, request) => {
    expect(words(decide(book([owner]), [request]).answers)).toEqual([verdict]);
  });

  it('lets a frozen wallet resolve what it holds', () => {
    const { answers } = decide(book([wallet({ status: 'frozen' })], [open('1', 5)]), [settle('1', 5)]);
    expect(words(answers)).toEqual(['settled']);
  });

  it('tells once when a wallet falls below its mark, on every path down', () => {
    const low = (owner: LockedWallet, requests: BatchRequest[], holds: Hold[] = []) =>
      decide(book([owner], holds), requests).low.map(({ available }) => available);
    expect(low(wallet({ lowWater: 50n }), [place('1', 40)])).toEqual([]);
    expect(low(wallet({ lowWater: 50n }), [place('1', 51)])).toEqual([49n]);
    expect(low(wallet({ lowWater: 50n, available: 49n }), [place('1', 10)])).toEqual([]);
    // Up and down again in one batch: a crossing of its own.
    expect(low(wallet({ lowWater: 50n, available: 20n }), [place('2', 60), release('1')], [open('1', 80)])).toEqual([
      40n,
    ]);
    // Expired on locking.
    expect(low(wallet({ lowWater: 50n, available: 10n, expired: 90n }), [])).toEqual([10n]);
    expect(low(wallet({ lowWater: 0n }), [place('1', 100)])).toEqual([]);
  });

  it('moves exactly what it answers, in every state and for every request', () => {
    const states = { absent: [], open: [open('1', 30)], settled: [open('1', 30, { status: 'settled', charged: 10n })] };
    const more = {
      released: [open('1', 30, { status: 'released' })],
      tombstone: [open('1', 0, { status: 'tombstone', quote: null })],
    };
    for (const [status, holds] of Object.entries({ ...states, ...more })) {
      for (const request of [settle('1', 20), release('1')]) {
        const { resolved, answers } = decide(book([wallet()], holds), [request]);
        const isWritten = status === 'open';
        expect({ status, action: request.action, writes: resolved.length }).toEqual({
          status,
          action: request.action,
          writes: isWritten ? 1 : 0,
        });
        const [answer] = answers;
        if (isWritten && answer !== undefined && 'returned' in answer) {
          expect(answer.charged + answer.returned).toBe(answer.held);
          expect(answer.charged).toBe(request.action === 'settle' ? 20n : 0n);
        }
      }
    }
    expect(Object.keys(resolutions).sort()).toEqual(['absent', 'open', 'released', 'settled', 'tombstone']);
  });
});
