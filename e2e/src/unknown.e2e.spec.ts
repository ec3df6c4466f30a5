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

const prompts = losses.map((loss) => `a lost answer [[sim:${loss}]]`);

let customer: Customer & { readonly accountId: string };
let askable: string[];
let silent: string[];

/** All at once, for each takes as long as its deadlines. */
beforeAll(async () => {
  customer = await newCustomer(stack, 10_000);
  const submit = (model: object) => Promise.all(prompts.map((prompt) => customer.submit({ ...model, prompt })));
  [askable, silent] = await Promise.all([submit(ark), submit(runway)]);
});

/** How often the provider was made to render, for each task. */
async function rendersOf(taskIds: readonly string[]): Promise<number[]> {
  const response = await fetch(`${stack.simulator}/control/renders`, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: { clientReference: string | null; prompt: string; model: string }[] } = JSON.parse(
    await response.text(),
  );
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
