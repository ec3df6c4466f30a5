import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** How long to keep asking. Default 30 s: it costs nothing where the answer comes, and a machine may stand still. */
  readonly timeoutMs?: number;
  /** Pause between two questions. Default 50 ms. */
  readonly intervalMs?: number;
  /** What was waited for, for the error. */
  readonly message?: string;
}

/**
 * Asks until the answer is there: an `ask` that throws or returns `false` is repeated, anything else (also `undefined`,
 * so that a bare `expect(…)` works) is the answer. Past the deadline it throws, with the last failure as its cause.
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 50, message = 'the condition' }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let failure: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== false) return answer;
      failure = new Error('returned false');
    } catch (error) {
      failure = error;
    }
    await delay(intervalMs);
  } while (performance.now() < deadline);
  const reason = failure instanceof Error ? failure.message : String(failure);
  throw new Error(`${message} did not hold within ${timeoutMs} ms: ${reason}`, { cause: failure });
}
