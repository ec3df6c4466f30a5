import { AppError } from '@videoapi/contracts';

/** A message is given up at its fifth failure; the server itself stops three deliveries later, should we never get there. */
export const maxAttempts = 5;
export const serverMaxDeliver = maxAttempts + 3;

const ladderMs = [1_000, 5_000, 15_000, 60_000] as const;
const spread = 0.2;

export type Verdict = { readonly retryInMs: number } | { readonly giveUp: AppError };

/**
 * What becomes of a message whose handler threw at its `deliveries`-th delivery. Never redelivered at once: a bare nak
 * comes back within a millisecond. What is not an AppError (a bug, a driver's error) may heal, so it is tried again too.
 * @param random in [0, 1)
 */
export function judge(error: unknown, deliveries: number, random: number): Verdict {
  const appError = AppError.from(error);
  const mayHeal = appError.retryable || appError !== error;
  if (!mayHeal || deliveries >= maxAttempts) return { giveUp: appError };
  return { retryInMs: retryDelayMs(deliveries, random, appError.retryAfterMs) };
}

/** 1, 5, 15, 60 s after the first, second… delivery, ± 20 %; longer when the error knows that it takes longer. */
export function retryDelayMs(deliveries: number, random: number, atLeastMs = 0): number {
  const rung = ladderMs[Math.min(Math.max(deliveries, 1), ladderMs.length) - 1] ?? 60_000;
  return Math.round(Math.max(rung, Math.min(atLeastMs, 60_000)) * (1 - spread + 2 * spread * random));
}

/** A message that was fetched but not begun when the process stops: another replica should have it soon. */
export function handBackDelayMs(random: number): number {
  return Math.round(50 + 450 * random);
}
