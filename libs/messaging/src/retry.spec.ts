import { AppError } from '@videoapi/contracts';
import { handBackDelayMs, judge, maxAttempts, retryDelayMs } from './retry.js';

const lost = new AppError('unavailable', 'Not now.');

describe('retryDelayMs', () => {
  it('climbs 1, 5, 15, 60 s and stays there', () => {
    expect([1, 2, 3, 4, 5, 9].map((deliveries) => retryDelayMs(deliveries, 0.5))).toEqual([
      1_000, 5_000, 15_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('spreads by a fifth either way', () => {
    expect(retryDelayMs(2, 0)).toBe(4_000);
    expect(retryDelayMs(2, 0.999_999)).toBe(6_000);
  });

  it('waits longer when the error asks for it, within a minute', () => {
    expect(retryDelayMs(1, 0.5, 7_000)).toBe(7_000);
    expect(retryDelayMs(1, 0.5, 3_600_000)).toBe(60_000);
    expect(retryDelayMs(3, 0.5, 2_000)).toBe(15_000);
  });

  it('takes a server that counts from zero for one that counts from one', () => {
    expect(retryDelayMs(0, 0.5)).toBe(1_000);
  });
});

describe('judge', () => {
  it('puts a retryable error off until the fifth delivery', () => {
    for (let deliveries = 1; deliveries < maxAttempts; deliveries += 1)
      expect(judge(lost, deliveries, 0.5)).toEqual({ retryInMs: retryDelayMs(deliveries, 0.5) });
    expect(judge(lost, maxAttempts, 0.5)).toEqual({ giveUp: lost });
  });

  it('gives up at once on an error that will not heal', () => {
    const refused = new AppError('conflict', 'Never.');
    expect(judge(refused, 1, 0.5)).toEqual({ giveUp: refused });
  });

  it('tries what nobody foresaw again, and gives it up as internal_error', () => {
    const bug = new TypeError('x is not a function');
    expect(judge(bug, 1, 0.5)).toEqual({ retryInMs: 1_000 });
    expect(judge(bug, maxAttempts, 0.5)).toMatchObject({ giveUp: { code: 'internal_error', cause: bug } });
  });

  it('heeds the error that knows how long it takes', () => {
    const busy = new AppError('overloaded', 'Later.', { retryAfterMs: 9_000 });
    expect(judge(busy, 1, 0.5)).toEqual({ retryInMs: 9_000 });
  });
});

it('hands back soon, but never at once', () => {
  expect(handBackDelayMs(0)).toBeGreaterThan(0);
  expect(handBackDelayMs(0.999)).toBeLessThanOrEqual(500);
});
