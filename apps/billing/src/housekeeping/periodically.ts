import { setTimeout as sleep } from 'node:timers/promises';

export interface Period {
  readonly everyMs: number;
  /** Ends it: at once when it rests, else after the work in hand. */
  readonly signal: AbortSignal;
  /** Told what `work` throws; the next one comes all the same. */
  readonly failed: (error: unknown) => void;
}

/** Does `work` again and again, never twice at a time. It starts at a random moment of the first period: replicas spread. */
export async function periodically({ everyMs, signal, failed }: Period, work: () => Promise<unknown>): Promise<void> {
  await rest(everyMs * Math.random(), signal);
  while (!signal.aborted) {
    await work().catch(failed);
    await rest(everyMs, signal);
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
