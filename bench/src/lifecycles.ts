import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type DevFile } from './stack.js';

export interface Lifecycles {
  readonly inFlight: number;
  readonly perSecond: number;
  readonly failed: number;
  /** Submit to completed, seconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Keeps `inFlight` tasks under way for `seconds` and counts what completes: submitted, rendered, fetched, probed, stored,
 * settled. Counted in the database, so that the generator's polling is no part of it.
 */
export async function lifecycles(
  dev: DevFile,
  submit: () => Promise<boolean>,
  inFlight: number,
  seconds: number,
): Promise<Lifecycles> {
  const client = new pg.Client({ connectionString: dev.databases['orchestrator'] });
  await client.connect();
  const [{ now: from } = { now: new Date() }] = (await client.query<{ now: Date }>('SELECT now()')).rows;
  const endsAt = performance.now() + seconds * 1000;
  let submitted = 0;
  while (performance.now() < endsAt) {
    const ended = await count(client, from);
    const wanted = inFlight - (submitted - ended);
    await Promise.all(Array.from({ length: Math.max(0, wanted) }, submit));
    submitted += Math.max(0, wanted);
    await pause(50);
  }
  const [result] = (
    await client.query<{ done: string; failed: string; p50: number; p99: number }>(
      `SELECT count(*) FILTER (WHERE state = 'completed') AS done, count(*) FILTER (WHERE state = 'failed') AS failed,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - created_at)) AS p50,
         percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - created_at)) AS p99
       FROM task WHERE completed_at >= $1::timestamptz + interval '3 s' AND completed_at < $1::timestamptz + $2 * interval '1 s'`,
      [from, seconds],
    )
  ).rows;
  await untilQuiet(client);
  await client.end();
  return {
    inFlight,
    perSecond: Number(result?.done ?? 0) / (seconds - 3),
    failed: Number(result?.failed ?? 0),
    p50: result?.p50 ?? Number.NaN,
    p99: result?.p99 ?? Number.NaN,
  };
}

async function count(client: pg.Client, from: Date): Promise<number> {
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM task WHERE completed_at >= $1', [from]);
  return Number(rows[0]?.count ?? 0);
}

/** What is measured next must not share the machine with what is left over; bounded, since a bench must end. */
async function untilQuiet(client: pg.Client): Promise<void> {
  for (let look = 0; look < 120; look += 1) {
    const { rows } = await client.query<{ left: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM task WHERE is_open AND NOT is_queued) AS left`,
    );
    if (rows[0]?.left === false) return;
    await pause(500);
  }
}
