import { rateOf, take } from './gcra.js';

const rate = rateOf(60); // one a second, sixty at once

it('lets a whole burst through and not one more', () => {
  let tat: number | undefined;
  for (let index = 0; index < 60; index += 1) {
    const taken = take(tat, 1_000, rate);
    expect([taken.isAllowed, taken.remaining]).toEqual([true, 59 - index]);
    tat = taken.tat;
  }
  expect(take(tat, 1_000, rate)).toEqual({ isAllowed: false, tat, remaining: 0, retryAfterMs: 1_000, resetMs: 60_000 });
});

it('gives one back each interval', () => {
  const spent = take(undefined, 0, rate, 60).tat;
  expect(take(spent, 999, rate).isAllowed).toBe(false);
  expect(take(spent, 1_000, rate)).toMatchObject({ isAllowed: true, remaining: 0 });
});

it('does not save up more than a burst', () => {
  expect(take(take(undefined, 0, rate).tat, 1e9, rate).remaining).toBe(59);
});

it('lets nothing of a refused block through', () => {
  expect(take(undefined, 0, rate, 61)).toMatchObject({ isAllowed: false, tat: 0, remaining: 60, retryAfterMs: 1_000 });
});

it('never allows more than the burst plus what came back, whatever the rhythm', () => {
  let tat: number | undefined;
  let allowed = 0;
  for (let now = 0; now <= 120_001; now += 7) {
    const taken = take(tat, now, rate);
    tat = taken.tat;
    if (taken.isAllowed) allowed += 1;
  }
  expect(allowed).toBe(60 + 120);
});
