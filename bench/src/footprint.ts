import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type DevFile, type Stack } from './stack.js';

/** What one upload costs a process beyond what it holds anyway. MB resident. */
export interface Footprint {
  readonly route: string;
  readonly seconds: number;
  readonly extra: Readonly<Record<string, number>>;
}

const processes = ['gateway', 'uploads'];
const sampleEveryMs = 5;

/** Sends one file of `megabytes` and watches the processes that its bytes go through, from before the call to its answer. */
export async function footprint(
  { dev, pids }: Stack,
  key: string,
  route: '/api/upload' | '/v1/videos',
  megabytes: number,
): Promise<Footprint> {
  const form = formOf(route, megabytes);
  const before = resident(pids);
  const peak = { ...before };
  const watching = new AbortController();
  const watched = watch(watching.signal, () => {
    for (const [name, now] of Object.entries(resident(pids))) peak[name] = Math.max(peak[name] ?? 0, now);
  });
  const startedAt = performance.now();
  await send(dev, key, route, form);
  const seconds = (performance.now() - startedAt) / 1000;
  watching.abort();
  await watched;
  return {
    route,
    seconds,
    extra: Object.fromEntries(processes.map((name) => [name, (peak[name] ?? 0) - (before[name] ?? 0)])),
  };
}

function formOf(route: string, megabytes: number): FormData {
  const form = new FormData();
  // Enough of a film to be taken for one.
  const head = Buffer.from('00000020667479706d703432000000006d7034326d70343169736f6d61766331', 'hex');
  const film = new Blob([head, randomBytes(megabytes * 1024 * 1024 - head.length)], { type: 'video/mp4' });
  if (route === '/v1/videos') {
    form.append('model', 'bench-reference');
    form.append('prompt', 'The same at night');
  }
  form.append(route === '/v1/videos' ? 'input_reference' : 'files', film, 'film.mp4');
  return form;
}

async function send(dev: DevFile, key: string, route: string, form: FormData): Promise<void> {
  const response = await fetch(`${dev.gateway}${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: form,
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${route}: ${response.status} ${text}`);
}

async function watch(signal: AbortSignal, look: () => void): Promise<void> {
  while (!signal.aborted) {
    look();
    await pause(sampleEveryMs);
  }
}

function resident(pids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    processes.map((name) => {
      const pages = Number(readFileSync(`/proc/${pids[name]}/statm`, 'utf8').split(' ')[1]);
      return [name, (pages * 4096) / 2 ** 20];
    }),
  );
}
