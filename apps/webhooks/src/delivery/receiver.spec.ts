import fc from 'fast-check';
import { type Outcome } from './outcome.js';
import { after, isHopeless, knownCap, mostCap, type Receiver } from './receiver.js';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number) => new Date(start + ms);
const ok: Outcome = { kind: 'answered', status: 200, retryAfterMs: undefined };
const bad: Outcome = { kind: 'answered', status: 500, retryAfterMs: undefined };
const busy: Outcome = { kind: 'answered', status: 429, retryAfterMs: undefined };
const hang: Outcome = { kind: 'timeout', code: 'headers_timeout' };
const day = 24 * 3_600_000;

const fresh: Receiver = {
  lane: 'fast',
  cap: 2,
  successesInRow: 0,
  timeoutsInRow: 0,
  windowFrom: null,
  windowSent: 0,
  windowFailed: 0,
  breakerUntil: null,
  breakerOpens: 0,
  failingSince: null,
  failures: 0,
  lastSuccessAt: null,
};

/** One answer a second, from the second given on. */
function through(outcomes: readonly Outcome[], receiver = fresh, fromSecond = 0, durationMs = 50): Receiver {
  return outcomes.reduce(
    (current, outcome, index) => after(current, { outcome, durationMs }, at((fromSecond + index) * 1_000)),
    receiver,
  );
}
const times = (count: number, outcome: Outcome) => Array<Outcome>(count).fill(outcome);

describe('the cap', () => {
  it('is five after the first success, and one more after each twenty', () => {
    expect(through([ok]).cap).toBe(knownCap);
    expect(through(times(19, ok)).cap).toBe(knownCap);
    expect(through(times(20, ok)).cap).toBe(knownCap + 1);
    expect(through(times(1_000, ok)).cap).toBe(mostCap);
  });

  it('halves when the receiver is overwhelmed, down to one, and begins to grow anew', () => {
    expect(through([ok, busy]).cap).toBe(2);
    expect(through([ok, busy, busy, busy]).cap).toBe(1);
    expect(through([ok, ...times(19, ok), busy, ...times(19, ok)]).cap).toBe(3);
    expect(through([ok, busy, ...times(20, ok)]).cap).toBe(3);
  });

  it('is left alone by plain errors', () => {
    expect(through([ok, bad, bad]).cap).toBe(knownCap);
  });
});

describe('the breaker', () => {
  it('opens after five timeouts in a row, for 30 s', () => {
    expect(through(times(4, hang)).breakerUntil).toBeNull();
    expect(through(times(5, hang)).breakerUntil).toEqual(at(4_000 + 30_000));
    expect(through([...times(4, hang), ok, ...times(4, hang)]).breakerUntil).toBeNull();
  });

  it('opens at seven failures of ten', () => {
    expect(through([ok, ok, ok, ok, ...times(6, bad)]).breakerUntil).toBeNull();
    expect(through([ok, ok, ok, ...times(7, bad)]).breakerUntil).not.toBeNull();
    expect(through(times(9, bad)).breakerUntil).toBeNull();
  });

  it('looks at five minutes at a time', () => {
    const old = through(times(9, bad));
    expect(through(times(2, bad), old, 400).breakerUntil).toBeNull();
  });

  it('stays open for twice as long each time the probe fails, ten minutes at most', () => {
    let receiver = through(times(10, bad));
    const openMs = [];
    for (let round = 0; round < 7; round += 1) {
      const probeAt = receiver.breakerUntil ?? at(0);
      receiver = after(receiver, { outcome: bad, durationMs: 10 }, probeAt);
      openMs.push((receiver.breakerUntil?.getTime() ?? 0) - probeAt.getTime());
    }
    expect(openMs).toEqual([60, 120, 240, 480, 600, 600, 600].map((seconds) => seconds * 1_000));
  });

  it('is not moved by what was in flight when it opened', () => {
    const open = through(times(10, bad));
    expect(through([bad, hang], open, 12).breakerUntil).toEqual(open.breakerUntil);
  });

  it('closes at the first success, with a clean slate', () => {
    const open = through(times(10, bad));
    expect(through([ok], open, 60)).toMatchObject({ breakerUntil: null, breakerOpens: 0, windowFailed: 0 });
  });
});

describe('the lane', () => {
  it('is the slow one after a timeout or a slow answer, and the fast one again after twenty quick ones', () => {
    expect(through([hang]).lane).toBe('slow');
    expect(through([ok], fresh, 0, 3_001).lane).toBe('slow');
    expect(through([hang, ...times(19, ok)]).lane).toBe('slow');
    expect(through([hang, ...times(20, ok)]).lane).toBe('fast');
  });
});

describe('isHopeless', () => {
  it('needs five days without a success and twenty failures', () => {
    const failing = through(times(20, bad));
    expect(isHopeless(failing, at(5 * day))).toBe(true);
    expect(isHopeless(failing, at(5 * day - 1))).toBe(false);
    expect(isHopeless(through(times(19, bad)), at(6 * day))).toBe(false);
    expect(isHopeless(through([...times(20, bad), ok]), at(6 * day))).toBe(false);
  });
});

it('learns nothing from our own faults and forbidden URLs', () => {
  expect(
    through([
      { kind: 'ours', code: 'shutdown' },
      { kind: 'blocked', code: 'x' },
    ]),
  ).toEqual(fresh);
});

it('keeps the cap within bounds whatever happens', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(ok, bad, busy, hang)), (outcomes) => {
      const { cap } = through(outcomes);
      return cap >= 1 && cap <= mostCap;
    }),
  );
});
