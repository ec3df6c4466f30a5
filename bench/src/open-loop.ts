import { setTimeout as pause } from 'node:timers/promises';

export interface Rung {
  /** Asked for, per second. */
  readonly rate: number;
  /** Answered well, per second of the whole run. */
  readonly achieved: number;
  readonly errors: number;
  /** Milliseconds from the moment at which the request should have been sent. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How late the generator itself was, milliseconds. It is part of the latencies, so a late one makes them look worse. */
  readonly lateness99: number;
}

/**
 * Calls at a constant rate whatever the answers do, and counts latency from the intended start, so that a stall is not
 * hidden by requests that were never sent. Bounded in time and in requests under way.
 */
export async function openLoop(rate: number, seconds: number, send: () => Promise<boolean>): Promise<Rung> {
  const total = Math.round(rate * seconds);
  const latencies: number[] = [];
  const lateness: number[] = [];
  let errors = 0;
  const underWay = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let sent = 0; sent < total;) {
    const now = performance.now();
    const due = Math.min(total, Math.floor(((now - startedAt) / 1000) * rate) + 1);
    for (; sent < due; sent += 1) {
      const intended = startedAt + (sent / rate) * 1000;
      lateness.push(now - intended);
      if (underWay.size > rate * 5) {
        errors += 1; // five seconds behind: it will not recover
        continue;
      }
      const one = send()
        .catch(() => false)
        .then((isWell) => {
          if (isWell) latencies.push(performance.now() - intended);
          else errors += 1;
          underWay.delete(one);
        });
      underWay.add(one);
    }
    await pause(1);
  }
  await Promise.all(underWay);
  const tookSeconds = (performance.now() - startedAt) / 1000;
  return {
    rate,
    achieved: latencies.length / tookSeconds,
    errors,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
    lateness99: percentile(lateness, 0.99),
  };
}

/** Climbs until a rung fails; the frontier is the last that held. `run` makes a rung of a rate. */
export async function climb<R extends Rung>(
  rates: readonly number[],
  limit: { readonly p99: number },
  run: (rate: number) => Promise<R>,
): Promise<{ rungs: R[]; best: R | undefined }> {
  const rungs: R[] = [];
  let best: R | undefined;
  for (const rate of rates) {
    const rung = await run(rate);
    rungs.push(rung);
    const holds = rung.errors === 0 && rung.p99 <= limit.p99 && rung.achieved >= rate * 0.95;
    if (holds) best = rung;
    else if (rung.p99 > limit.p99 * 20 || rung.errors > rate) break;
    await pause(1000);
  }
  return { rungs, best };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
