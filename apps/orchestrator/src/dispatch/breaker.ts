/** A channel's health as all dispatchers see it: one row, so that they agree. Times are milliseconds since the epoch. */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half_open';
  readonly until: number;
  /** How often in a row it has opened: each time it stays open longer. */
  readonly opens: number;
  readonly faultsInRow: number;
  readonly windowFrom: number;
  readonly windowCalls: number;
  readonly windowFaults: number;
}

/**
 * What a call says about the channel. Refused content or parameters are `ok`: the channel did its work. `rate_limited`
 * is no fault either; it moves the channel's `not_before` instead.
 */
export type ChannelOutcome = 'ok' | 'fault' | 'rate_limited' | 'balance' | 'credentials';

const faultsInRowToOpen = 5;
const windowMs = 60_000;
const windowCallsToJudge = 20;
const firstOpenMs = 10_000;
const longestOpenMs = 300_000;
/** A probe that never reports must not keep the channel shut. */
const probeMs = 60_000;

/** @param jitter 0–1, spreads the reopening of many channels by ± 20 %. */
export function reportOutcome(breaker: Breaker, outcome: ChannelOutcome, now: number, jitter: number): Breaker {
  if (outcome === 'rate_limited') return breaker;
  if (outcome === 'balance' || outcome === 'credentials') return open(breaker, now, jitter);
  const counted = count(breaker, outcome === 'fault', now);
  if (outcome === 'ok') {
    return breaker.state === 'half_open'
      ? { ...counted, state: 'closed', opens: 0, windowCalls: 0, windowFaults: 0 }
      : counted;
  }
  if (breaker.state === 'half_open' || isSick(counted)) return open(counted, now, jitter);
  return counted;
}

/** How many submits may start now: all, one probe, or none. */
export function allowance(breaker: Breaker, now: number): 'all' | 'probe' | 'none' {
  if (breaker.state === 'closed') return 'all';
  return breaker.until <= now ? 'probe' : 'none';
}

export function startProbe(breaker: Breaker, now: number): Breaker {
  return { ...breaker, state: 'half_open', until: now + probeMs };
}

/** What kept it shut has been seen to: one submit may find out at once, and if it fails the waiting begins anew. */
export function mend(breaker: Breaker, now: number): Breaker {
  return breaker.state === 'closed' ? breaker : { ...breaker, state: 'open', until: now, opens: 0 };
}

function count(breaker: Breaker, isFault: boolean, now: number): Breaker {
  const isFresh = now - breaker.windowFrom < windowMs;
  return {
    ...breaker,
    faultsInRow: isFault ? breaker.faultsInRow + 1 : 0,
    windowFrom: isFresh ? breaker.windowFrom : now,
    windowCalls: (isFresh ? breaker.windowCalls : 0) + 1,
    windowFaults: (isFresh ? breaker.windowFaults : 0) + (isFault ? 1 : 0),
  };
}

function isSick(breaker: Breaker): boolean {
  if (breaker.faultsInRow >= faultsInRowToOpen) return true;
  return breaker.windowCalls >= windowCallsToJudge && breaker.windowFaults * 2 >= breaker.windowCalls;
}

function open(breaker: Breaker, now: number, jitter: number): Breaker {
  // Reports of calls that were under way when it opened say nothing new.
  if (breaker.state === 'open' && breaker.until > now) return breaker;
  const openMs = Math.min(firstOpenMs * 2 ** breaker.opens, longestOpenMs) * (0.8 + 0.4 * jitter);
  return { ...breaker, state: 'open', until: now + openMs, opens: breaker.opens + 1, faultsInRow: 0 };
}
