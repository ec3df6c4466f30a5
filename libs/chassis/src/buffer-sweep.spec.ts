import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { sweepBuffers } from './buffer-sweep.js';

const megabyte = 1024 * 1024;

describe('sweepBuffers', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** Each step says what is held when it is looked. */
  function sweepsOf(held: readonly number[], afterSweep = (now: number) => now): number[] {
    const stop = new AbortController();
    const swept: number[] = [];
    let now = 0;
    sweepBuffers(stop.signal, {
      held: () => now * megabyte,
      sweep: () => void (swept.push(now), (now = afterSweep(now))),
    });
    for (const step of held) {
      now = step;
      jest.advanceTimersByTime(50);
    }
    stop.abort();
    return swept;
  }

  it('sweeps when enough has gathered since there was least', () => {
    expect(sweepsOf([2, 5, 7.9])).toEqual([]);
    expect(sweepsOf([2, 5, 9], () => 1)).toEqual([9]);
    expect(sweepsOf([20, 12, 19, 21])).toEqual([20, 21]);
  });

  it('does not sweep again for what is in use', () => {
    expect(sweepsOf([15, 15, 18, 22])).toEqual([15]);
    expect(sweepsOf([15, 15, 23])).toEqual([15, 23]);
  });

  it('ends with its signal', () => {
    const stop = new AbortController();
    let looks = 0;
    sweepBuffers(stop.signal, { held: () => (looks += 1), sweep: () => undefined });
    stop.abort();
    jest.advanceTimersByTime(1_000);
    expect(looks).toBe(1);
  });
});

it('gives back real buffers that nobody holds any more', async () => {
  const stop = new AbortController();
  sweepBuffers(stop.signal);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let index = 0; index < 30; index += 1) {
    Array.from({ length: 32 }, () => Buffer.allocUnsafeSlow(64 * 1024));
    await pause(20); // time for a look now and then, in which nothing else happens
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  stop.abort();
  expect(most).toBeLessThan(30 * megabyte); // of 60, which would otherwise all be there
});
