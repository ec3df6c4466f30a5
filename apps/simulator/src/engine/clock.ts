/** Time as a parameter: real in the process, made by hand in specs. Milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Runs once, `delayMs` from now; the returned function calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.max(0, delayMs)).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves that many milliseconds from now; at once when there is nothing to wait for. */
export function pause(clock: Clock, delayMs: number | undefined): Promise<void> {
  if (delayMs === undefined || delayMs <= 0) return Promise.resolve();
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
