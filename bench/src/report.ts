import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Lifecycles } from './lifecycles.js';
import { type Rung } from './open-loop.js';
import { type Machine } from './processes.js';
import { root } from './stack.js';
import { type WalletRun } from './wallet.js';

interface Load {
  readonly cores: readonly [string, number][];
  readonly machine: Machine;
}

interface Climb {
  readonly rungs: readonly (Rung & Load)[];
  readonly best: (Rung & Load) | undefined;
}

export interface Results {
  readonly startSeconds: { readonly cold: number; readonly warm: number };
  readonly idleMemory: Record<string, number>;
  readonly loadedMemory: Record<string, number>;
  readonly submits: Climb;
  readonly limit: { readonly single: number; readonly batched: number } | undefined;
  readonly reads: Climb;
  readonly lifecycles: Lifecycles & Load;
  readonly wallet: { readonly batched: WalletRun; readonly unbatched: WalletRun };
}

/** Writes `bench/reports/<day>.md` and the same figures as JSON, and returns the file's name. */
export function writeReport(results: Results, at: Date): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const name = `${at.toISOString().slice(0, 10)}-${commit}`;
  const folder = join(root, 'bench/reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ commit, at, ...results }, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), render(results, commit, at));
  return join('bench/reports', `${name}.md`);
}

function render(results: Results, commit: string, at: Date): string {
  const { submits, reads, limit, lifecycles, wallet, idleMemory, loadedMemory, startSeconds } = results;
  const [processor] = cpus();
  return `# Measured ${at.toISOString().slice(0, 10)}, commit ${commit}

Reproduce with \`npm run bench\`. Everything ran on one machine with the load generator: ${cpus().length} × ${processor?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB,
Node ${process.version}, PostgreSQL with fsync and synchronous_commit on, nats-server with file storage. Shared machines are noisy: trust ratios more than single figures.

| measure | result | aim |
| --- | --- | --- |
| durable submits/s, p99 ≤ 50 ms (open loop) | ${rungText(submits.best)} | ≥ 2,000 at p99 ≤ 50 ms |
| status GETs/s, p99 ≤ 50 ms (open loop) | ${rungText(reads.best)} | ≥ 5,000 |
| full lifecycles/s, ${lifecycles.inFlight} in flight | ${round(lifecycles.perSecond)} (p50 ${lifecycles.p50.toFixed(1)} s, p99 ${lifecycles.p99.toFixed(1)} s, ${lifecycles.failed} failed) | ≥ 300 |
| holds/s on one wallet, batched | ${round(wallet.batched.perSecond)} (p50 ${wallet.batched.p50.toFixed(1)}, p99 ${wallet.batched.p99.toFixed(1)} ms, ${wallet.batched.inFlight} in flight) | ≥ 10,000 |
| the same, batches of one | ${round(wallet.unbatched.perSecond)} (p50 ${wallet.unbatched.p50.toFixed(1)}, p99 ${wallet.unbatched.p99.toFixed(1)} ms) | |
| batched : unbatched | ${(wallet.batched.perSecond / wallet.unbatched.perSecond).toFixed(1)} × | ≥ 8 × |
| writes of a submit, PostgreSQL alone (pgbench, 16 clients) | ${limit === undefined ? 'pgbench not installed' : `${round(limit.single)}/s one by one, ${round(limit.batched)}/s in batches of 50`} | |
| ready after \`npm start\`, cold / warm | ${startSeconds.cold.toFixed(1)} s / ${startSeconds.warm.toFixed(1)} s | warm ≤ 20 s |

## Submits

${rungTable(submits.rungs)}

${coresAt(submits)}

## Reads

Of tasks that were rendered in the same run.

${rungTable(reads.rungs)}

${coresAt(reads)}

## Lifecycles

Submit, hold, dispatch, render (the simulator's cached film, 300 ms), callback, read-back, fetch, probe, store, settle, event.
Cores: ${coresText(lifecycles.cores)}; the machine: ${machineText(lifecycles.machine)}.

## Memory (MB, proportional share)

| process | idle | after the load |
| --- | --- | --- |
${Object.keys(idleMemory)
  .map((name) => `| ${name} | ${idleMemory[name]} | ${loadedMemory[name] ?? ''} |`)
  .join('\n')}
`;
}

function rungText(rung: Rung | undefined): string {
  return rung === undefined
    ? 'no rung held'
    : `${round(rung.achieved)} (p50 ${rung.p50.toFixed(1)}, p99 ${rung.p99.toFixed(1)} ms)`;
}

function rungTable(rungs: readonly (Rung & Load)[]): string {
  const rows = rungs.map(
    (rung) =>
      `| ${rung.rate} | ${round(rung.achieved)} | ${rung.errors} | ${rung.p50.toFixed(1)} | ${rung.p99.toFixed(1)} | ${rung.max.toFixed(0)} | ${rung.lateness99.toFixed(1)} | ${rung.machine.busy.toFixed(2)} | ${rung.machine.stolen.toFixed(2)} |`,
  );
  return [
    '| asked/s | answered/s | errors | p50 ms | p99 ms | max ms | generator late p99 ms | cores busy | cores stolen |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** At the frontier, and where most was answered. */
function coresAt({ rungs, best }: Climb): string {
  const busiest = rungs.toSorted((one, other) => other.achieved - one.achieved)[0];
  const told = [...new Set([best, busiest])].filter((rung) => rung !== undefined);
  return told.map(({ rate, cores }) => `Cores at ${rate}/s asked: ${coresText(cores)}.`).join('\n');
}

function machineText({ busy, idle, stolen }: Machine): string {
  return `${busy.toFixed(2)} busy, ${idle.toFixed(2)} idle, ${stolen.toFixed(2)} stolen by other machines`;
}

function coresText(cores: readonly [string, number][]): string {
  return cores.map(([name, used]) => `${name} ${used.toFixed(2)}`).join(', ');
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en');
}
