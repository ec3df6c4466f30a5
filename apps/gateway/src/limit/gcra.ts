/** The generic cell rate algorithm: one number per key says when its whole burst is free again. */
export interface Rate {
  /** Milliseconds that one request costs. */
  readonly intervalMs: number;
  /** How many requests may come at once after a pause. */
  readonly burst: number;
}

export interface Taken {
  readonly isAllowed: boolean;
  /** The theoretical arrival time to keep, in milliseconds. Unchanged when refused. */
  readonly tat: number;
  /** How many more would be allowed now. */
  readonly remaining: number;
  /** Until the same request would be allowed; 0 when it was. */
  readonly retryAfterMs: number;
  /** Until the whole burst is free again. */
  readonly resetMs: number;
}

export function rateOf(requestsPerMinute: number): Rate {
  return { intervalMs: 60_000 / requestsPerMinute, burst: requestsPerMinute };
}

export function take(tat: number | undefined, now: number, rate: Rate, count = 1): Taken {
  const from = Math.max(tat ?? now, now);
  const next = from + count * rate.intervalMs;
  const ceiling = now + rate.burst * rate.intervalMs;
  const isAllowed = next <= ceiling + 1e-6;
  const kept = isAllowed ? next : from;
  return {
    isAllowed,
    tat: kept,
    remaining: Math.max(0, Math.floor((ceiling - kept) / rate.intervalMs + 1e-6)),
    retryAfterMs: isAllowed ? 0 : Math.ceil(next - ceiling),
    resetMs: Math.max(0, Math.ceil(kept - now)),
  };
}
