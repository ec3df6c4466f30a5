import { Logger } from '@nestjs/common';
import { eventually } from '@videoapi/testing';
import { Retention, type Sweep } from './retention.js';

/** Has so many rows that are old enough. */
function table(rows: number): { sweep: Sweep; limits: number[]; left: () => number } {
  const limits: number[] = [];
  let left = rows;
  const sweep = (limit: number) => {
    limits.push(limit);
    const gone = Math.min(limit, left);
    left -= gone;
    return Promise.resolve(gone);
  };
  return { sweep, limits, left: () => left };
}

beforeAll(() => Logger.overrideLogger(false));

describe('a round', () => {
  it('repeats each sweep until it finds less than a batch, in the order given', async () => {
    const [first, second] = [table(11_000), table(0)];
    const order: string[] = [];
    const named = (name: string, sweep: Sweep) => (limit: number) => {
      order.push(name);
      return sweep(limit);
    };
    const retention = new Retention({
      name: 'test',
      sweeps: [named('first', first.sweep), named('second', second.sweep)],
    });
    expect(await retention.forget()).toBe(11_000);
    expect(order).toEqual(['first', 'first', 'first', 'second']);
    expect(new Set(first.limits)).toEqual(new Set([5_000]));
  });

  it('leaves the rest to the next one instead of going on for ever', async () => {
    const endless = table(10_000_000);
    await new Retention({ name: 'test', sweeps: [endless.sweep] }).forget();
    expect(endless.limits).toHaveLength(60);
  });

  it('ends with its app after the batch in hand', async () => {
    const endless = table(10_000_000);
    const retention: Retention = new Retention({
      name: 'test',
      sweeps: [
        (limit) => {
          if (endless.limits.length === 2) void retention.onModuleDestroy();
          return endless.sweep(limit);
        },
      ],
    });
    await retention.forget();
    expect(endless.limits).toHaveLength(3);
  });
});

describe('rounds', () => {
  it('come again after one that failed, and end with the app', async () => {
    let rounds = 0;
    const retention: Retention = new Retention({
      name: 'test',
      everyMs: 1,
      sweeps: [
        () => {
          rounds += 1;
          if (rounds === 3) void retention.onModuleDestroy();
          return rounds === 1 ? Promise.reject(new Error('database away')) : Promise.resolve(0);
        },
      ],
    });
    retention.onApplicationBootstrap();
    await eventually(() => rounds === 3);
    await retention.onModuleDestroy();
    expect(rounds).toBe(3);
  });

  it('do not keep a stopping app waiting for their rest', async () => {
    const retention = new Retention({ name: 'test', everyMs: 3_600_000, sweeps: [] });
    retention.onApplicationBootstrap();
    await expect(retention.onModuleDestroy()).resolves.toBeUndefined();
  });
});
