import { Pool } from 'undici';
import { openLoop, percentile, type Rung } from './open-loop.js';
import { type DevFile } from './stack.js';

/** Milliseconds of a submit that were the gateway's own, by its `server-timing`. */
export interface Overhead {
  readonly rung: Rung;
  readonly own: { readonly p50: number; readonly p99: number };
  /** Of that: the key, the parsing and checking. The rest is waiting for its turn and writing the answer. */
  readonly parts: Readonly<Record<string, { readonly p50: number; readonly p99: number }>>;
  readonly engine: { readonly p50: number; readonly p99: number };
}

/**
 * Submits at a constant rate and reads where each answer says that the time went: `engine` is the rest of the platform,
 * the difference to `total` is the gateway's share.
 */
export async function overhead(
  dev: DevFile,
  keys: readonly string[],
  model: string,
  load: { readonly rate: number; readonly seconds: number },
): Promise<Overhead> {
  const pool = new Pool(dev.gateway, { connections: 64, pipelining: 1 });
  const body = JSON.stringify({ model, prompt: 'A paper boat crosses a puddle at night' });
  const timings: Readonly<Record<string, number>>[] = [];
  let turn = 0;
  const rung = await openLoop(load.rate, load.seconds, async () => {
    const response = await pool.request({
      method: 'POST',
      path: '/v1/video/generations',
      headers: { authorization: `Bearer ${keys[turn++ % keys.length] ?? ''}`, 'content-type': 'application/json' },
      body,
      headersTimeout: 30_000,
    });
    await response.body.dump();
    timings.push(readTiming(String(response.headers['server-timing'])));
    return response.statusCode === 200;
  });
  await pool.close();
  const of = (value: (timing: Readonly<Record<string, number>>) => number) => {
    const values = timings.map(value);
    return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
  };
  const part = (name: string) => of((timing) => timing[name] ?? 0);
  return {
    rung,
    own: of(({ total = Number.NaN, engine = 0 }) => total - engine),
    parts: { read: part('read'), auth: part('auth'), validate: part('validate') },
    engine: part('engine'),
  };
}

/** `auth;dur=0.12, total;dur=3.40` */
function readTiming(header: string): Record<string, number> {
  return Object.fromEntries(
    [...header.matchAll(/([a-z]+);dur=([\d.]+)/g)].map(([, name = '', ms]): [string, number] => [name, Number(ms)]),
  );
}
