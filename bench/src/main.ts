// `npm run bench`: starts the platform, measures it from outside, writes a report. Takes about five minutes.
import { tempDir } from '@videoapi/testing';
import { benchCatalog, openAccounts, reader, submitter } from './customers.js';
import { lifecycles } from './lifecycles.js';
import { pgbenchLimit } from './limit.js';
import { climb, openLoop } from './open-loop.js';
import { memory, watched } from './processes.js';
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
  for (const rate of [200, 500, 800]) await openLoop(rate, 10, parked); // code is compiled, caches are filled
  const submits = await climb([250, 500, 750, 1000, 1500, 2000, 3000], { p99: 50 }, (rate) =>
    watched(pids, () => openLoop(rate, 6, parked)),
  );

  tell('the limit of the same rows');
  const limit = await pgbenchLimit(dev, tasks.at(-1)?.taskId ?? '');

  tell('lifecycles');
  const finished: typeof tasks = [];
  const rendered = submitter(dev, keys, 'bench-video', (taskId, key) => finished.push({ taskId, key }));
  await lifecycles(dev, rendered, 200, 10); // as above, for the services that a submit does not reach
  const lives = await watched(pids, () => lifecycles(dev, rendered, 600, 25));

  tell('reads');
  const read = reader(dev, finished);
  await openLoop(1000, 5, read);
  const reads = await climb([500, 1000, 1500, 2000, 3000, 4000, 5000, 6000], { p99: 50 }, (rate) =>
    watched(pids, () => openLoop(rate, 6, read)),
  );
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
