import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '@videoapi/contracts';
import fc from 'fast-check';
import { Batcher, type BatcherOptions } from './batcher.js';
import { CommitUnknownError } from './errors.js';

type Flush = BatcherOptions<number, string>['flush'];

describe('Batcher', () => {
  it('flushes a lone item at once and what arrives meanwhile as the next batch', async () => {
    const { batches, gate, batcher } = gated({ workers: 1 });
    const first = batcher.submit(1);
    await nextTurn();
    const rest = [2, 3, 4].map((item) => batcher.submit(item));
    expect(batches).toEqual([[1]]);
    gate.open();
    expect(await Promise.all([first, ...rest])).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('puts a burst into one batch, in order of arrival, up to maxItems', async () => {
    const { batches, batcher } = recording({ workers: 2, maxItems: 3 });
    await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)));
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('runs as many batches at once as there are workers', async () => {
    const { batches, gate, batcher } = gated({ workers: 2, maxItems: 1 });
    const all = [1, 2, 3].map((item) => batcher.submit(item));
    await nextTurn();
    await nextTurn();
    expect(batches).toEqual([[1], [2]]);
    gate.open();
    await Promise.all(all);
  });

  it('gives items of one partition to one worker, one batch after the other', async () => {
    const running = new Set<number>();
    const batcher = make(
      async (items) => {
        const lanes = new Set(items.map((item) => item % 2));
        expect(lanes.size).toBe(1);
        for (const lane of lanes) expect(running.has(lane)).toBe(false);
        for (const lane of lanes) running.add(lane);
        await nextTurn();
        for (const lane of lanes) running.delete(lane);
        return items.map((item) => `r${item}`);
      },
      { workers: 2, maxItems: 2, partition: (item) => item },
    );
    const items = Array.from({ length: 40 }, (_, index) => index - 20);
    expect(await Promise.all(items.map((item) => batcher.submit(item)))).toEqual(items.map((item) => `r${item}`));
  });

  it('refuses what exceeds the queue, at once', async () => {
    const { gate, batcher } = gated({ workers: 1, maxItems: 1, maxQueued: 2 });
    const first = batcher.submit(1);
    await nextTurn();
    const waiting = [2, 3].map((item) => batcher.submit(item));
    expect(batcher.depth).toBe(2);
    await expect(batcher.submit(4)).rejects.toMatchObject({ code: 'overloaded' });
    gate.open();
    expect(await Promise.all([first, ...waiting])).toEqual(['r1', 'r2', 'r3']);
  });

  it('tells overdue items before the batch is cut: they are never flushed', async () => {
    const clock = fakeClock();
    const { batches, gate, batcher } = gated({ workers: 1, maxItems: 10, deadlineMs: 100, clock });
    const first = batcher.submit(1);
    await nextTurn();
    const late = batcher.submit(2);
    clock.ms = 60;
    const inTime = batcher.submit(3);
    clock.ms = 120;
    gate.open();
    await expect(late).rejects.toMatchObject({ code: 'overloaded' });
    expect(await Promise.all([first, inTime])).toEqual(['r1', 'r3']);
    expect(batches).toEqual([[1], [3]]);
  });

  it('repeats a failed batch once whole', async () => {
    const { batches, batcher } = recording({ workers: 1 }, (call) => {
      if (call === 1) throw new Error('deadlock');
    });
    expect(await Promise.all([1, 2, 3].map((item) => batcher.submit(item)))).toEqual(['r1', 'r2', 'r3']);
    expect(batches).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('does not divide a batch when the database is not there', async () => {
    const { batches, batcher } = recording({ workers: 1 }, () => {
      throw new AppError('unavailable', 'gone');
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(batches).toHaveLength(2);
  });

  it('repeats the same batch after a lost COMMIT, also while the database is away', async () => {
    const { batches, batcher } = recording({ workers: 1, clock: fakeClock() }, (call) => {
      if (call === 1) throw new CommitUnknownError(new Error('reset'));
      if (call < 4) throw new AppError('unavailable', 'gone');
    });
    expect(await Promise.all([1, 2].map((item) => batcher.submit(item)))).toEqual(['r1', 'r2']);
    expect(batches).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('answers "unknown", not "failed", when the deadline passes after a lost COMMIT', async () => {
    const { batcher } = recording({ workers: 1, deadlineMs: 100, clock: fakeClock() }, (call) => {
      throw call === 1 ? new CommitUnknownError(new Error('reset')) : new AppError('unavailable', 'gone');
    });
    await expect(batcher.submit(1)).rejects.toBeInstanceOf(CommitUnknownError);
  });

  it('fails the whole batch, without repeating it, when the flush breaks its promise of one result per item', async () => {
    let calls = 0;
    const batcher = make(
      () => {
        calls += 1;
        return Promise.resolve(['only one']);
      },
      { workers: 1 },
    );
    const outcomes = await Promise.allSettled([1, 2].map((item) => batcher.submit(item)));
    expect(outcomes).toMatchObject([{ reason: { code: 'internal_error' } }, { reason: { code: 'internal_error' } }]);
    expect(calls).toBe(1);
  });

  it('close() refuses new items and waits for the accepted ones', async () => {
    const { gate, batcher } = gated({ workers: 1, maxItems: 1 });
    const accepted = [1, 2].map((item) => batcher.submit(item));
    let isClosed = false;
    const closing = batcher.close().then(() => (isClosed = true));
    await expect(batcher.submit(3)).rejects.toMatchObject({ code: 'unavailable' });
    await nextTurn();
    expect(isClosed).toBe(false);
    gate.open();
    expect(await Promise.all(accepted)).toEqual(['r1', 'r2']);
    await closing;
    await batcher.close();
  });

  it('settles each item once, applies each good item exactly once, in order, whatever fails', async () => {
    const history = fc.record({
      arrivals: fc.array(fc.record({ pauses: fc.nat({ max: 2 }), isPoison: fc.boolean() }), { maxLength: 40 }),
      workers: fc.integer({ min: 1, max: 3 }),
      maxItems: fc.integer({ min: 1, max: 8 }),
      faults: fc.array(fc.constantFrom('none', 'none', 'lost before', 'lost after', 'deadlock'), { maxLength: 20 }),
      isSpread: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ arrivals, workers, maxItems, faults, isSpread }) => {
        const applied = new Map<number, number>();
        const order: number[] = [];
        const inFlight = new Set<number>();
        const pending = [...faults];
        const batcher = make(
          async (items) => {
            expect(items.length).toBeLessThanOrEqual(maxItems);
            for (const item of items) {
              expect(inFlight.has(item)).toBe(false);
              inFlight.add(item);
            }
            try {
              await nextTurn();
              if (items.some((item) => arrivals[item]?.isPoison)) throw new Error('constraint');
              const fault = pending.shift();
              if (fault === 'deadlock') throw new AppError('overloaded', 'deadlock');
              if (fault === 'lost before') throw new CommitUnknownError(new Error('reset'));
              for (const item of items) {
                if (!applied.has(item)) order.push(item);
                applied.set(item, 1); // idempotent by its own id, as every item must be
              }
              if (fault === 'lost after') throw new CommitUnknownError(new Error('reset'));
              return items.map((item) => `r${item}`);
            } finally {
              for (const item of items) inFlight.delete(item);
            }
          },
          {
            workers,
            maxItems,
            clock: fakeClock(),
            deadlineMs: 60_000,
            ...(isSpread && { partition: (item: number) => item % 2 }),
          },
        );
        const outcomes: Promise<PromiseSettledResult<string>[]>[] = [];
        for (const [item, { pauses }] of arrivals.entries()) {
          for (let pause = 0; pause < pauses; pause += 1) await nextTurn();
          outcomes.push(Promise.allSettled([batcher.submit(item)]));
        }
        const settled = (await Promise.all(outcomes)).flat();
        await batcher.close();
        for (const [item, { isPoison }] of arrivals.entries()) {
          if (isPoison) {
            expect(settled[item]?.status).toBe('rejected');
            expect(applied.has(item)).toBe(false);
          } else if (settled[item]?.status === 'fulfilled') {
            expect(settled[item]).toEqual({ status: 'fulfilled', value: `r${item}` });
            expect(applied.has(item)).toBe(true);
          } else {
            // Only its own repeated contention may refuse a good item; two deadlocks in a row on a batch of one.
            expect(settled[item]?.reason).toMatchObject({ code: 'overloaded' });
          }
        }
        if (workers === 1) expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  }, 30_000);

  it('reaches every good item by halving, and refuses only the poison', async () => {
    const poison = new Set([3, 17, 18]);
    const batcher = make(
      (items) => {
        if (items.some((item) => poison.has(item))) return Promise.reject(new Error('constraint'));
        return Promise.resolve(items.map((item) => `r${item}`));
      },
      { workers: 1, maxItems: 64 },
    );
    const items = Array.from({ length: 64 }, (_, index) => index);
    const outcomes = await Promise.allSettled(items.map((item) => batcher.submit(item)));
    const refused = items.filter((item) => outcomes[item]?.status === 'rejected');
    expect(refused).toEqual([...poison]);
  });

  it('never runs a batch in the context of the caller who happened to wake the worker', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const batcher = new Batcher<number, number>({
      name: 'test',
      maxItems: 1,
      workers: 1,
      maxQueued: 10,
      flush: (items) => {
        seen.push(context.getStore());
        return Promise.resolve(items);
      },
    });

    await context.run('somebody', () => Promise.all([batcher.submit(1), batcher.submit(2)]));

    expect(seen).toEqual([undefined, undefined]);
  });
});

function make(flush: Flush, options: Partial<BatcherOptions<number, string>>): Batcher<number, string> {
  return new Batcher({ name: 'test', maxItems: 100, workers: 1, maxQueued: 1_000, ...options, flush });
}

/** Records each batch; `fault` may throw by the number of the call. */
function recording(options: Partial<BatcherOptions<number, string>>, fault: (call: number) => void = () => {}) {
  const batches: number[][] = [];
  const batcher = make(async (items) => {
    batches.push([...items]);
    await nextTurn();
    fault(batches.length);
    return items.map((item) => `r${item}`);
  }, options);
  return { batches, batcher };
}

/** A clock that only moves when somebody sleeps, or when the test moves it. */
function fakeClock() {
  const clock = {
    ms: 0,
    now: () => clock.ms,
    sleep: (ms: number) => {
      clock.ms += ms;
      return nextTurn();
    },
  };
  return clock;
}

/** Every flush waits for the gate. */
function gated(options: Partial<BatcherOptions<number, string>>) {
  const batches: number[][] = [];
  const gate = { open: (): void => {} };
  const opened = new Promise<void>((resolve) => (gate.open = resolve));
  const batcher = make(async (items) => {
    batches.push([...items]);
    await opened;
    return items.map((item) => `r${item}`);
  }, options);
  return { batches, gate, batcher };
}
