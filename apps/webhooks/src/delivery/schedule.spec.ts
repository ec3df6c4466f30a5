import fc from 'fast-check';
import { type Outcome } from './outcome.js';
import { defaultLadderMs, nextAttempt } from './schedule.js';

const hour = 3_600_000;
const answer = (status: number, retryAfterMs?: number): Outcome => ({ kind: 'answered', status, retryAfterMs });
const after = (outcome: Outcome, attempt = 1, { random = 0.5, isOnce = false } = {}) =>
  nextAttempt({ outcome, attempt, isOnce }, defaultLadderMs, random);

describe('nextAttempt', () => {
  it('makes 12 attempts in 75.7 hours', () => {
    const verdicts = Array.from({ length: 12 }, (_, index) => after(answer(500), index + 1));
    const total = verdicts.reduce((sum, verdict) => sum + (verdict.state === 'pending' ? verdict.delayMs : 0), 0);

    expect(verdicts.map(({ state }) => state)).toEqual([...Array<string>(11).fill('pending'), 'exhausted']);
    expect(total / hour).toBeCloseTo(75.7, 1);
  });

  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'pending'],
    [307, 'pending'],
    [400, 'pending'],
    [404, 'pending'],
    [410, 'discarded'],
    [500, 'pending'],
  ])('takes %d as %s', (status, state) => {
    expect(after(answer(status))).toMatchObject({ state, counted: true });
  });

  it('spreads by a fifth either way', () => {
    expect(after(answer(500), 2, { random: 0 })).toMatchObject({ delayMs: 24_000 });
    expect(after(answer(500), 2, { random: 0.999_999 })).toMatchObject({ delayMs: 36_000 });
  });

  it.each([
    ['within reason', 1, 45_000, 45_000],
    ['sooner than our own delay', 3, 1_000, 120_000],
    ['later than an hour, early on', 1, 5 * hour, hour],
    ['later than twice our own delay, late', 7, 50 * hour, 10 * hour],
  ])('honours Retry-After %s', (_, attempt, asked, delayMs) => {
    expect(after(answer(429, asked), attempt)).toMatchObject({ state: 'pending', delayMs });
    expect(after(answer(503, asked), attempt)).toMatchObject({ state: 'pending', delayMs });
  });

  it.each([
    ['429', answer(429)],
    ['502', answer(502)],
    ['504', answer(504)],
    ['a timeout', { kind: 'timeout', code: 'headers_timeout' } as const],
  ])('waits at least a minute after %s', (_, outcome) => {
    expect(after(outcome)).toMatchObject({ delayMs: 60_000 });
    expect(after(outcome, 4)).toMatchObject({ delayMs: 600_000 });
  });

  it('does not wait longer for a 503 that names no time', () => {
    expect(after(answer(503))).toMatchObject({ delayMs: 5_000 });
  });

  it('discards what leads to a forbidden address', () => {
    expect(after({ kind: 'blocked', code: 'blocked_address' })).toEqual({ state: 'discarded', counted: true });
  });

  it('does not count our own faults, not even the last time or for what is tried once', () => {
    const ours: Outcome = { kind: 'ours', code: 'shutdown' };
    expect(after(ours, 12)).toEqual({ state: 'pending', delayMs: 5_000, counted: false });
    expect(after(ours, 1, { isOnce: true })).toEqual({ state: 'pending', delayMs: 5_000, counted: false });
  });

  it('tries some things once', () => {
    expect(after(answer(500), 1, { isOnce: true })).toEqual({ state: 'exhausted', counted: true });
  });

  it('never comes sooner than the ladder less a fifth, and always ends', () => {
    const status = fc.integer({ min: 100, max: 599 });
    const asked = fc.option(fc.integer({ min: 0, max: 1_000 * hour }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(status, asked, fc.double({ min: 0, max: 0.999_999, noNaN: true }))), (answers) => {
        let attempt = 0;
        for (const [code, retryAfterMs, random] of answers) {
          attempt += 1;
          const verdict = after(answer(code, retryAfterMs), attempt, { random });
          if (verdict.state !== 'pending') return attempt <= 12;
          const rung = defaultLadderMs[attempt - 1] ?? Infinity;
          if (verdict.delayMs < rung * 0.8 - 1 || verdict.delayMs > Math.max(2 * rung * 1.2, hour)) return false;
        }
        return attempt < 12;
      }),
    );
  });
});
