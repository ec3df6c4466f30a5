import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, tempDir } from '@videoapi/testing';
import { parse } from 'yaml';
import { type Customer, newCustomer } from './customer.js';
import { holds, wallet } from './ledger.js';
import { query, sharedStack } from './stack.js';

const run = promisify(execFile);
const stack = sharedStack();
const root = fileURLToPath(new URL('../../', import.meta.url));
const shippedFile = join(root, 'config/catalog.yaml');
const model = `of-today-${randomUUID().slice(0, 8)}`;
/** What is promised is two seconds; a machine that is busy with ten other things may take longer to say so. */
const mostSeconds = 10;
let customer: Customer & { readonly accountId: string };

beforeAll(async () => {
  customer = await newCustomer(stack, 10_000);
});

/** What anybody can see of the model's price, in every place where it shows: undefined where there is no such model. */
interface Seen {
  readonly listed: number | undefined;
  readonly estimated: number | undefined;
  readonly held: number | undefined;
}

it('npm run catalog puts a new model on sale, without a restart', async () => {
  const before = await processIds();
  const seconds = await secondsUntilSeen(await apply(catalogWith(7)), { listed: 7, estimated: 7, held: 7 });
  process.stdout.write(`catalogue: a new model is on sale ${seconds.toFixed(2)} s after the command\n`);
  expect(seconds).toBeLessThan(mostSeconds);
  expect(await processIds()).toEqual(before);
});

it('npm run catalog changes a price, for what comes after', async () => {
  const seconds = await secondsUntilSeen(await apply(catalogWith(9)), { listed: 9, estimated: 9, held: 9 });
  process.stdout.write(`catalogue: a new price is in force ${seconds.toFixed(2)} s after the command\n`);
  expect(seconds).toBeLessThan(mostSeconds);
});

it('npm run catalog without a file applies the one that is shipped: the model is gone, and what was sold is settled', async () => {
  const nothing = { listed: undefined, estimated: undefined, held: undefined };
  const seconds = await secondsUntilSeen(await apply(), nothing);
  expect(seconds).toBeLessThan(mostSeconds);

  await eventually(async () => expect(await wallet(stack, customer.accountId)).toMatchObject({ reserved: 0 }), {
    timeoutMs: 60_000,
    intervalMs: 200,
  });
  const amounts = await query<{ amount: string; settled: string }>(
    stack,
    'billing',
    'SELECT h.amount, h.settled FROM hold h JOIN wallet w ON w.id = h.wallet_id WHERE w.account_id = $1',
    [customer.accountId],
  );
  expect(Object.keys(await holds(stack, customer.accountId))).toEqual(['settled']);
  expect(new Set(amounts.map(({ amount }) => amount))).toEqual(new Set(['7', '9']));
  expect(amounts.filter(({ amount, settled }) => amount !== settled)).toEqual([]);
});

/** The shipped catalogue and one model more, in a file of its own. `${…}` stays as it is: the command fills it in. */
function catalogWith(credits: number): string {
  const shipped: { models: { id: string }[] } = parse(readFileSync(shippedFile, 'utf8'));
  const sandbox = shipped.models.find(({ id }) => id === 'sandbox-video');
  const added = { ...sandbox, id: model, name: 'Of today', price: { mode: 'per_call', credits } };
  const file = join(tempDir('catalog-change'), 'catalog.yaml');
  writeFileSync(file, JSON.stringify({ ...shipped, models: [...shipped.models, added] })); // JSON is YAML
  return file;
}

/** What the README says, for the stack whose dev.json is in that home. Resolves to the moment at which it said that it had. */
async function apply(...file: string[]): Promise<number> {
  const { NATS_URL: _, ...rest } = process.env;
  const env = { ...rest, NODE_OPTIONS: '', VIDEOAPI_HOME: dirname(process.env['E2E_DEV_FILE'] ?? '') };
  const running = run('npm', ['run', 'catalog', '--', 'apply', ...file], { cwd: root, env, timeout: 120_000 });
  let appliedAt = 0;
  let said = '';
  running.child.stdout?.on('data', (chunk: string) => {
    said += chunk;
    if (appliedAt === 0 && said.includes('"revision"')) appliedAt = performance.now();
  });
  await running;
  expect(said).toMatch(/^\{"revision":"[0-9a-f]{16}","models":\d+,"channels":\d+,"pricesChanged":\d+\}$/m);
  return appliedAt;
}

/** Seconds from that moment to the one at which all places said so at once. */
async function secondsUntilSeen(since: number, wanted: Seen): Promise<number> {
  await eventually(async () => expect(await seen()).toEqual(wanted), { timeoutMs: 30_000, intervalMs: 100 });
  return (performance.now() - since) / 1_000;
}

async function seen(): Promise<Seen> {
  const json = { model, prompt: 'what is new today', resolution: '240p', duration: 1 };
  const [list, estimate, created] = await Promise.all([
    customer.call<{ data: { id: string; billing: { credits: number } }[] }>('GET', '/v1/models'),
    customer.call<{ credits?: number }>('POST', '/v1/video/generations/estimate', { json }),
    customer.create(json),
  ]);
  const [hold] = await query<{ amount: string }>(stack, 'billing', 'SELECT amount FROM hold WHERE id = $1', [
    created.body.task_id,
  ]);
  return {
    listed: list.body.data.find(({ id }) => id === model)?.billing.credits,
    estimated: estimate.body.credits,
    held: hold && Number(hold.amount),
  };
}

async function processIds(): Promise<unknown> {
  const response = await fetch(`${stack.control}/processes`, { signal: AbortSignal.timeout(10_000) });
  return response.json();
}
