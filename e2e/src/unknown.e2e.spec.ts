import { type Customer, newCustomer } from './customer.js';
import { holds, imbalances, wallet } from './ledger.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();

/** Accepted by the provider, which renders; what it answers, nobody reads. */
const losses = ['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'];
/** Its tasks can be listed by our reference. */
const ark = { model: 'seedance-2.0', resolution: '480p', duration: 4 };
/** It knows no reference of ours and lists nothing. */
const runway = { model: 'runway-gen4.5', resolution: '720p', duration: 2 };

/** They know no reference of ours either, but they call back, and name the render. */
const calling = [
  { wish: { model: 'fal-kling-2.5-turbo-pro', resolution: '1080p', duration: 5 }, credits: 70 },
  { wish: { model: 'hailuo-video', resolution: '768p', duration: 6 }, credits: 72 },
  { wish: { model: 'hailuo-h3', resolution: '768p', duration: 4 }, credits: 64 },
  { wish: { model: 'luma-ray-2-flash', resolution: '540p', duration: 5 }, credits: 30 },
  { wish: { model: 'gemini-omni', resolution: '360p', duration: 3 }, credits: 18 },
  { wish: { model: 'replicate-kling-2.5-turbo-pro', resolution: '1080p', duration: 5 }, credits: 70 },
];
const lostIn = (model: string) => `an answer of ${model} lost [[sim:accept-then-timeout]]`;

const prompts = losses.map((loss) => `a lost answer [[sim:${loss}]]`);

let customer: Customer & { readonly accountId: string };
let askable: string[];
let silent: string[];
let caller: Customer & { readonly accountId: string };
let called: string[];

/** All at once, for each takes as long as its deadlines. */
beforeAll(async () => {
  customer = await newCustomer(stack, 10_000);
  const submit = (model: object) => Promise.all(prompts.map((prompt) => customer.submit({ ...model, prompt })));
  caller = await newCustomer(stack, 10_000);
  [askable, silent, called] = await Promise.all([
    submit(ark),
    submit(runway),
    Promise.all(calling.map(({ wish }) => caller.submit({ ...wish, prompt: lostIn(wish.model) }))),
  ]);
});

interface Render {
  readonly clientReference: string | null;
  readonly prompt: string;
  readonly model: string;
}

async function allRenders(): Promise<readonly Render[]> {
  const response = await fetch(`${stack.simulator}/control/renders`, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: Render[] } = JSON.parse(await response.text());
  return renders;
}

/** How often the provider was made to render, for each task. */
async function rendersOf(taskIds: readonly string[]): Promise<number[]> {
  const renders = await allRenders();
  const attempts = await query<{ id: string; task_id: string; upstream_model: string }>(
    stack,
    'orchestrator',
    'SELECT id, task_id, upstream_model FROM attempt WHERE task_id = ANY($1)',
    [taskIds],
  );
  return taskIds.map((taskId, index) => {
    const own = attempts.filter((attempt) => attempt.task_id === taskId);
    return renders.filter(
      (render) =>
        own.some(({ id }) => render.clientReference === id) ||
        (render.prompt === prompts[index] && own.some((attempt) => attempt.upstream_model === render.model)),
    ).length;
  });
}

it('a submit whose answer was lost is looked up, where that is possible: one render, charged once', async () => {
  for (const taskId of askable) {
    expect(await customer.finished(taskId, 150_000)).toMatchObject({ status: 'completed', credits_charged: 48 });
  }
  expect(await rendersOf(askable)).toEqual(losses.map(() => 1));
}, 200_000);

it('where it is not, the task fails with its credits back: never a second render', async () => {
  for (const taskId of silent) {
    expect(await customer.finished(taskId, 180_000)).toMatchObject({
      status: 'failed',
      error: { code: 'timeout' },
      credits_charged: 0,
      credits_refunded: true,
    });
  }
  expect(await rendersOf(silent)).toEqual(losses.map(() => 1));
  const attempts = await query<{ state: string; slot_returned: boolean }>(
    stack,
    'orchestrator',
    'SELECT state, slot_returned FROM attempt WHERE task_id = ANY($1)',
    [silent],
  );
  expect(attempts).toEqual(losses.map(() => ({ state: 'abandoned', slot_returned: true })));

  expect(await holds(stack, customer.accountId)).toEqual({ settled: losses.length, released: losses.length });
  expect(await wallet(stack, customer.accountId)).toMatchObject({ settled: 48 * losses.length, reserved: 0 });
  expect(await imbalances(stack)).toEqual([]);
}, 240_000);

it('where the provider calls back, the render that it names is adopted: one render, charged once', async () => {
  for (const [index, { credits }] of calling.entries()) {
    const task = await caller.finished(called[index] ?? '', 150_000);
    expect(task).toMatchObject({ status: 'completed', credits_charged: credits });
  }
  const renders = await allRenders();
  const counts = calling.map(({ wish }) => renders.filter(({ prompt }) => prompt.includes(lostIn(wish.model))).length);
  expect(counts).toEqual(calling.map(() => 1));
  const attempts = await query<{ state: string; names: number; slot_returned: boolean }>(
    stack,
    'orchestrator',
    'SELECT state, cardinality(named_ids) AS names, slot_returned FROM attempt WHERE task_id = ANY($1)',
    [called],
  );
  expect(attempts).toEqual(calling.map(() => ({ state: 'succeeded', names: 1, slot_returned: true })));

  const total = calling.reduce((sum, { credits }) => sum + credits, 0);
  expect(await holds(stack, caller.accountId)).toEqual({ settled: calling.length });
  expect(await wallet(stack, caller.accountId)).toMatchObject({ settled: total, reserved: 0 });
  expect(await imbalances(stack)).toEqual([]);
}, 200_000);
