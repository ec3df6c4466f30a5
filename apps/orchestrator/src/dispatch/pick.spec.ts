import * as fc from 'fast-check';
import { type Candidate, type Flow, pick } from './pick.js';

const flow = (accountId: string, vtime = 0, more: Partial<Flow> = {}): Flow => ({
  accountId,
  vtime,
  weight: 1,
  inflight: 0,
  cap: null,
  ...more,
});
const tasks = (account: string, count: number, cost = 1): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({ taskId: `${account}-${index}`, cost }));
const queues = (entries: Record<string, Candidate[]>) => new Map(Object.entries(entries));

describe('pick', () => {
  it('gives a newcomer the next start although another account has queued thousands', () => {
    const round = pick(
      [flow('flood', 500), flow('newcomer', 500)],
      queues({ flood: tasks('flood', 9), newcomer: tasks('new', 1) }),
      {
        free: 2,
        vclock: 500,
        looked: 10,
      },
    );

    expect(round.picked.map((entry) => entry.accountId).toSorted()).toEqual(['flood', 'newcomer']);
  });

  it('serves by weight', () => {
    const round = pick([flow('a', 0, { weight: 2 }), flow('b')], queues({ a: tasks('a', 20), b: tasks('b', 20) }), {
      free: 9,
      vclock: 0,
      looked: 30,
    });

    expect(round.picked.filter((entry) => entry.accountId === 'a')).toHaveLength(6);
  });

  it('never passes an account over because its list was cut', () => {
    const round = pick([flow('a', 0), flow('b', 100)], queues({ a: tasks('a', 2), b: tasks('b', 2) }), {
      free: 4,
      vclock: 0,
      looked: 2,
    });

    expect(round.picked.map((entry) => entry.taskId)).toEqual(['a-0', 'a-1']);
    expect(round.isCutShort).toBe(true);
  });

  it('keeps every account below its cap', () => {
    const round = pick([flow('a', 0, { cap: 2, inflight: 1 })], queues({ a: tasks('a', 5) }), {
      free: 5,
      vclock: 0,
      looked: 9,
    });

    expect(round.picked).toHaveLength(1);
    expect(round.flows[0]?.inflight).toBe(2);
  });

  it('never gives two waiting accounts of equal weight more than one start of difference', () => {
    const accounts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(accounts, fc.integer({ min: 1, max: 60 }), (names, free) => {
        const round = pick(
          names.map((name) => flow(name)),
          new Map(names.map((name) => [name, tasks(name, 100)])),
          { free, vclock: 0, looked: 1000 },
        );
        const starts = names.map((name) => round.picked.filter((entry) => entry.accountId === name).length);

        expect(round.picked).toHaveLength(free);
        expect(Math.max(...starts) - Math.min(...starts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
