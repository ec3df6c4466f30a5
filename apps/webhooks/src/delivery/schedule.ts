import { isSuccess, isThrottle, type Outcome } from './outcome.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Waits between attempts, milliseconds: with the first one at once these are 12 attempts in 75.7 hours. Denser at the
 * start than the example in Standard Webhooks: four tries in three minutes, because somebody waits for a video.
 */
export const defaultLadderMs: readonly number[] = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

const spread = 0.2;
const throttledAtLeastMs = minute;
const afterOwnFaultMs = 5 * second;

export type Verdict =
  | { readonly state: 'delivered'; readonly counted: true }
  | { readonly state: 'exhausted' | 'discarded'; readonly counted: true }
  | { readonly state: 'pending'; readonly delayMs: number; readonly counted: boolean };

export interface Tried {
  readonly outcome: Outcome;
  /** Which attempt this was, counting from 1. */
  readonly attempt: number;
  /** Progress and tests are worth one try. */
  readonly isOnce: boolean;
}

/**
 * What becomes of a delivery after an attempt.
 * @param random in [0, 1)
 */
export function nextAttempt({ outcome, attempt, isOnce }: Tried, ladderMs: readonly number[], random: number): Verdict {
  if (outcome.kind === 'ours') return { state: 'pending', delayMs: afterOwnFaultMs, counted: false };
  if (isSuccess(outcome)) return { state: 'delivered', counted: true };
  if (outcome.kind === 'blocked') return { state: 'discarded', counted: true };
  if (outcome.kind === 'answered' && outcome.status === 410) return { state: 'discarded', counted: true };
  const rung = ladderMs[attempt - 1];
  if (isOnce || rung === undefined) return { state: 'exhausted', counted: true };
  const delayMs = Math.round(rung * (1 - spread + 2 * spread * random));
  return { state: 'pending', delayMs: throttled(outcome, delayMs), counted: true };
}

/** A receiver that names its time gets it, unless that is sooner than our own or unreasonably late. */
function throttled(outcome: Outcome, delayMs: number): number {
  if (!isThrottle(outcome)) return delayMs;
  const asked = outcome.kind === 'answered' ? outcome.retryAfterMs : undefined;
  if (asked === undefined) return Math.max(delayMs, throttledAtLeastMs);
  return Math.min(Math.max(asked, delayMs), Math.max(2 * delayMs, hour));
}
