// `npm run bench`: starts the platform, measures it from outside, writes a report. Takes about five minutes.
import { tempDir } from '@videoapi/testing';
import { benchCatalog, openAccounts, reader, submitter } from './customers.js';
import { lifecycles } from './lifecycles.js';
import { pgbenchLimit } from './limit.js';
import { climb } from './open-loop.js';
import { coresBetween, cpu, memory } from './processes.js';
import { type Results, writeReport } from './report.js';
import { call, type DevFile, type Stack, startStack } from './stack.js';
import { hotWallet, type WalletRun } from './wallet.js';

const tell = (line: string) => process.stdout.write(`${line}\n`);

const home = tempDir('bench');
tell('cold start');
const cold = await startStack({}, home);
await cold.stop();
tell('warm start');
const stack = await startStack({}, home);
let results: Omit<Results, 'wallet' | 'startSeconds'>;
let batched: WalletRun;
try {
  results = await measure(stack);
  tell('one hot wallet, batched');
  batched = await hotWallet(stack.dev.nats, 256, 8);
} finally {
  await stack.stop();
}
tell('one hot wallet, batches of one');
const unbatched = await measureUnbatched();
const startSeconds = { cold: cold.startSeconds, warm: stack.startSeconds };
tell(`written: ${writeReport({ ...results, startSeconds, wallet: { batched, unbatched } }, new Date())}`);

async function measure({ dev, pids }: Stack): Promise<Omit<Results, 'wallet' | 'startSeconds'>> {
  const idleMemory = memory(pids);
  await applyBenchCatalog(dev);
  const keys = await openAccounts(dev, 20);
  const tasks: { taskId: string; key: string }[] = [];

  tell('submits');
  const parked = submitter(dev, keys, 'bench-parked', (taskId, key) => tasks.push({ taskId, key }));
  await climb([200, 500, 800], 10, { p99: 2000 }, parked); // code is compiled, caches are filled
  const submits = await watched(pids, () => climb([250, 500, 750, 1000, 1500, 2000, 3000], 6, { p99: 50 }, parked));

  tell('the limit of the same rows');
  const limit = await pgbenchLimit(dev, tasks.at(-1)?.taskId ?? '');

  tell('lifecycles');
  const finished: typeof tasks = [];
  const rendered = submitter(dev, keys, 'bench-video', (taskId, key) => finished.push({ taskId, key }));
  await lifecycles(dev, rendered, 200, 10); // as above, for the services that a submit does not reach
  const lives = await watched(pids, () => lifecycles(dev, rendered, 600, 25));

  tell('reads');
  const read = reader(dev, finished);
  await climb([1000], 5, { p99: 2000 }, read);
  const reads = await watched(pids, () => climb([500, 1000, 1500, 2000, 3000, 4000, 5000, 6000], 6, { p99: 50 }, read));
  return { idleMemory, loadedMemory: memory(pids), submits, reads, limit, lifecycles: lives };
}

async function measureUnbatched(): Promise<WalletRun> {
  const single = await startStack({ LEDGER_BATCH_SIZE: '1' }, home);
  try {
    await applyBenchCatalog(single.dev); // the launcher has applied its own again
    return await hotWallet(single.dev.nats, 256, 8);
  } finally {
    await single.stop();
  }
}

async function applyBenchCatalog(dev: DevFile): Promise<void> {
  const simulator = dev.gateway.replace(/:(\d+)$/, (_, port: string) => `:${Number(port) + 3}`);
  await call(dev, 'POST', '/api/admin/catalog', benchCatalog(simulator));
}

/** With the cores that every process used meanwhile. */
async function watched<T extends object>(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<T>,
): Promise<T & { readonly cores: [string, number][] }> {
  const before = cpu(pids);
  const startedAt = performance.now();
  const result = await work();
  return { ...result, cores: coresBetween(before, cpu(pids), (performance.now() - startedAt) / 1000) };
}
