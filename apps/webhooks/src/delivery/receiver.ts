import { isSuccess, isThrottle, type Outcome } from './outcome.js';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** Once it has answered well; before that, what its row begins with. */
export const knownCap = 5;
/** Of a receiver that keeps up with more and more. */
export const mostCap = 32;
const successesPerStep = 20;
const slowAfterMs = 3 * second;
const breakerTimeouts = 5;
const breakerWindowMs = 5 * minute;
const breakerLeastSent = 10;
const breakerFailureShare = 0.7;
const breakerFirstMs = 30 * second;
const breakerLongestMs = 10 * minute;
const hopelessAfterMs = 5 * day;
const hopelessFailures = 20;

/** How an endpoint has been doing; a row of the ring. */
export interface Receiver {
  readonly lane: 'fast' | 'slow';
  /** Deliveries in flight at once, at most. */
  readonly cap: number;
  readonly successesInRow: number;
  readonly timeoutsInRow: number;
  readonly windowFrom: Date | null;
  readonly windowSent: number;
  readonly windowFailed: number;
  /** Not null: the breaker is open, and after this moment one delivery may try. */
  readonly breakerUntil: Date | null;
  readonly breakerOpens: number;
  readonly failingSince: Date | null;
  /** Since the last success. */
  readonly failures: number;
  readonly lastSuccessAt: Date | null;
}

export interface Answer {
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/** The receiver after one more answer. Our own faults and forbidden URLs say nothing about it. */
export function after(receiver: Receiver, { outcome, durationMs }: Answer, now: Date): Receiver {
  if (outcome.kind === 'ours' || outcome.kind === 'blocked') return receiver;
  return isSuccess(outcome) ? succeeded(receiver, durationMs, now) : failed(receiver, { outcome, durationMs }, now);
}

/** Nothing but failures for days: an endpoint that nobody runs any more. */
export function isHopeless({ failingSince, failures }: Receiver, now: Date): boolean {
  return (
    failingSince !== null && failures >= hopelessFailures && now.getTime() - failingSince.getTime() >= hopelessAfterMs
  );
}

function succeeded(receiver: Receiver, durationMs: number, now: Date): Receiver {
  const isSlow = durationMs > slowAfterMs;
  const successesInRow = isSlow ? 0 : receiver.successesInRow + 1;
  const grows = successesInRow > 0 && successesInRow % successesPerStep === 0;
  const isFirst = receiver.lastSuccessAt === null;
  const cap = Math.min(receiver.cap + (grows ? 1 : 0), mostCap);
  return {
    ...counted(receiver, 0, now),
    lane: isSlow ? 'slow' : successesInRow >= successesPerStep ? 'fast' : receiver.lane,
    cap: isFirst ? Math.max(cap, knownCap) : cap,
    successesInRow,
    timeoutsInRow: 0,
    // One answer is enough: whoever was only away is back.
    ...(receiver.breakerUntil !== null && { windowFrom: null, windowSent: 0, windowFailed: 0 }),
    breakerUntil: null,
    breakerOpens: 0,
    failingSince: null,
    failures: 0,
    lastSuccessAt: now,
  };
}

function failed(receiver: Receiver, { outcome, durationMs }: Answer, now: Date): Receiver {
  const isTimeout = outcome.kind === 'timeout';
  const next: Receiver = {
    ...counted(receiver, 1, now),
    lane: isTimeout || durationMs > slowAfterMs ? 'slow' : receiver.lane,
    cap: isThrottle(outcome) ? Math.max(1, Math.floor(receiver.cap / 2)) : receiver.cap,
    successesInRow: 0,
    timeoutsInRow: isTimeout ? receiver.timeoutsInRow + 1 : 0,
    failingSince: receiver.failingSince ?? now,
    failures: receiver.failures + 1,
  };
  // What was in flight when it opened tells nothing new; only a probe does.
  if (receiver.breakerUntil !== null) return receiver.breakerUntil > now ? next : opened(next, now);
  return trips(next) ? opened(next, now) : next;
}

function counted(receiver: Receiver, failures: number, now: Date): Receiver {
  const { windowFrom } = receiver;
  const isOver = windowFrom === null || now.getTime() - windowFrom.getTime() > breakerWindowMs;
  return {
    ...receiver,
    windowFrom: isOver ? now : windowFrom,
    windowSent: (isOver ? 0 : receiver.windowSent) + 1,
    windowFailed: (isOver ? 0 : receiver.windowFailed) + failures,
  };
}

function trips({ timeoutsInRow, windowSent, windowFailed }: Receiver): boolean {
  if (timeoutsInRow >= breakerTimeouts) return true;
  return windowSent >= breakerLeastSent && windowFailed / windowSent >= breakerFailureShare;
}

function opened(receiver: Receiver, now: Date): Receiver {
  const openMs = Math.min(breakerFirstMs * 2 ** receiver.breakerOpens, breakerLongestMs);
  return { ...receiver, breakerUntil: new Date(now.getTime() + openMs), breakerOpens: receiver.breakerOpens + 1 };
}
