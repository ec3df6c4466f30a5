import { type Catalog, type Model } from '@videoapi/contracts';
import { adapterCatalog } from '@videoapi/providers/catalog';
import { eventually } from '@videoapi/testing';
import { type Customer, type NativeTask, newCustomer } from './customer.js';
import { type Assets, leastRequests, type ListedModel, uploadAssets } from './least.js';
import { entriesOf, imbalances, wallet } from './ledger.js';
import { Receiver } from './receiver.js';
import { applyCatalog, bestRoutes, shippedCatalog, soldModels } from './shipped.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
const shipped = shippedCatalog(stack);
const granted = 1_000_000;
const providers = Object.values(adapterCatalog);
const names = (some: typeof providers) => some.map(({ provider }) => provider);
const callers = names(providers.filter(({ completion }) => completion === 'callback'));

/** A task on its way, under a name by which the simulator's list and our deliveries tell it from the others. */
interface Errand {
  readonly tag: string;
  readonly taskId: string;
}

/** What happens to a task on its way, as the simulator is told to have it happen. */
const directives = {
  lost: 'lost-callback',
  duplicated: 'duplicate-callback=2',
  unanswered: 'accept-then-timeout',
} as const;
type Kind = keyof typeof directives;

/** By provider. All start at once; each test waits for its own. */
const errands: Readonly<Record<Kind, Map<string, Errand[]>>> = {
  lost: new Map(),
  duplicated: new Map(),
  unanswered: new Map(),
};
const startedAt = Date.now();
let customer: Customer & { readonly accountId: string };
let receiver: Receiver;
let assets: Assets;
let listed: ReadonlyMap<string, ListedModel>;

beforeAll(async () => {
  customer = await newCustomer(stack, granted);
  receiver = await Receiver.open();
  assets = await uploadAssets(customer);
  const { body } = await customer.call<{ data: ListedModel[] }>('GET', '/v1/models');
  listed = new Map(body.data.map((model) => [model.id, model]));
  await underCatalog(impatient(shipped), () =>
    // one each: several in a row would close its channel
    Promise.all(names(providers).map((provider) => send(provider, 'unanswered', modelsOf(provider).slice(0, 1)))),
  );
  await Promise.all(
    callers.flatMap((provider) => [
      send(provider, 'lost', modelsOf(provider)),
      send(provider, 'duplicated', modelsOf(provider)),
    ]),
  );
});
afterAll(() => receiver.close());

it.each(callers)('%s: a task ends by polling when its callbacks are lost', async (provider) => {
  for (const { tag, taskId } of errandsOf('lost', provider)) {
    const task = await customer.finished(taskId, 80_000);
    const [render, ...others] = await rendersOf(tag);

    expect([task.model, task.status, task.error]).toEqual([task.model, 'completed', null]);
    expect(others).toEqual([]);
    expect(render).toMatchObject({ callbackUrl: expect.any(String), callbacksSent: 0 });
    expect(await callbacksFor(taskId)).toEqual([]);
    await expectPaidAndToldOnce(task, tag);
  }
});

it.each(callers)('%s: callbacks that come twice have one effect', async (provider) => {
  for (const { tag, taskId } of errandsOf('duplicated', provider)) {
    const task = await customer.finished(taskId, 80_000);

    expect([task.model, task.status, task.error]).toEqual([task.model, 'completed', null]);
    await eventually(
      async () => {
        const [render] = await rendersOf(tag);
        const stored = await callbacksFor(taskId);
        const different = new Set(stored.map(({ digest }) => digest)).size;
        expect(different).toBeGreaterThanOrEqual(1);
        expect(render).toMatchObject({ callbacksSent: 2 * different, callbacksAcknowledged: 2 * different });
        expect(stored.map(({ state }) => state).toSorted()).toEqual([
          ...Array.from({ length: different }, () => 'accepted'),
          ...Array.from({ length: different }, () => 'duplicate'),
        ]);
      },
      { timeoutMs: 60_000 },
    );
    await expectPaidAndToldOnce(task, tag);
  }
});

it.each(names(providers))(
  '%s: a submit whose answer is lost is found again or given up, never repeated',
  async (provider) => {
    const { isAsked, isTold } = finding(provider);
    for (const { tag, taskId } of errandsOf('unanswered', provider)) {
      const task = await customer.finished(taskId, 85_000);

      expect([task.status, task.error?.code]).toEqual(
        isAsked || isTold ? ['completed', undefined] : ['failed', 'timeout'],
      );
      expect(await rendersOf(tag)).toHaveLength(1);
      const attempts = await query(
        stack,
        'orchestrator',
        `SELECT state, epoch, accepted_at > call_started_at + interval '20 seconds' AS "isFoundLate"
         FROM attempt WHERE task_id = $1`,
        [taskId],
      );
      // A callback may come at any time; a look-up would be too early while the call could still be under way.
      const succeeded = { state: 'succeeded', isFoundLate: isAsked ? true : expect.any(Boolean) };
      const ended = isAsked || isTold ? succeeded : { state: 'abandoned', isFoundLate: null };
      expect(attempts).toEqual([{ ...ended, epoch: 1 }]);
      await expectPaidAndToldOnce(task, tag);
    }
  },
);

it('leaves the books balanced', async () => {
  const charged = await query<{ sum: string }>(
    stack,
    'orchestrator',
    'SELECT sum(credits_charged) FROM task WHERE account_id = $1',
    [customer.accountId],
  );
  const settled = Number(charged[0]?.sum);
  expect(await wallet(stack, customer.accountId)).toEqual({
    granted,
    settled,
    reserved: 0,
    available: granted - settled,
  });
  expect(await imbalances(stack)).toEqual([]);
});

function errandsOf(kind: Kind, provider: string): Errand[] {
  const sent = errands[kind].get(provider) ?? [];
  if (sent.length === 0) throw new Error(`nobody sells a model of ${provider}`);
  return sent;
}

/** Settled or released once, ended once in the task's history, and one delivery that arrived at the first attempt. */
async function expectPaidAndToldOnce({ task_id: taskId, status, ...task }: NativeTask, tag: string): Promise<void> {
  const [charged, reserved] = [task.credits_charged ?? 0, task.credits_reserved];
  const parts = { hold: reserved, settle: charged, release: reserved - charged };
  const moved = Object.entries(parts).filter(([, amount]) => amount > 0);
  expect(await entriesOf(stack, taskId)).toEqual(moved.map(([kind, amount]) => ({ kind, amount })));
  expect(charged > 0).toBe(status === 'completed');

  const ends = await query(
    stack,
    'orchestrator',
    `SELECT type FROM task_event WHERE task_id = $1 AND type IN ('completed', 'failed')`,
    [taskId],
  );
  expect(ends).toEqual([{ type: status }]);
  const told = () => receiver.received.filter(({ path }) => path === `/${tag}`).map(({ body }) => JSON.parse(body));
  await eventually(() => expect(told()).toHaveLength(1), { timeoutMs: 60_000 });
  expect(told()).toMatchObject([{ type: `video.${status}`, data: { task_id: taskId, credits_charged: charged } }]);
  const deliveries = await query(
    stack,
    'webhooks',
    'SELECT d.attempt FROM delivery d JOIN event e ON e.id = d.event_id WHERE e.task_id = $1',
    [taskId],
  );
  expect(deliveries).toEqual([{ attempt: 1 }]);
}

async function send(provider: string, kind: Kind, models: readonly Model[]): Promise<void> {
  const sent = models.map(async ({ id }, index) => {
    const tag = `${provider}-${kind}-${index}`;
    // The second directive is for nobody: it tells the renders apart, and nothing of it is written into the film.
    const prompt = `A paper boat crosses a puddle at night [[sim:${directives[kind]}]] [[sim@${tag}:hang]]`;
    const request = { ...leastRequest(id), prompt, callback_url: receiver.url(`/${tag}`) };
    return { tag, taskId: await customer.submit(request) };
  });
  errands[kind].set(provider, await Promise.all(sent));
}

/** Upright where it can be: what lies flat has no name at AI Studios by which it could be found. */
function leastRequest(id: string) {
  const model = listed.get(id);
  if (model === undefined) throw new Error(`${id} is not listed`);
  const isUpright = model.capabilities.aspect_ratios.includes('9:16');
  return { ...leastRequests(model, assets)[0], ...(isUpright && { aspect_ratio: '9:16' }) };
}

/** How a render is found whose submit was never answered: we can ask for it by our reference, or its callback names it. */
function finding(provider: string): { isAsked: boolean; isTold: boolean } {
  const { lookup, adopt } = adapterCatalog[provider] ?? {};
  return { isAsked: lookup === true, isTold: adopt === true };
}

function modelsOf(provider: string): Model[] {
  return soldModels(shipped).filter((model) =>
    bestRoutes(shipped, model).every(({ channel }) => channel.provider === provider),
  );
}

/**
 * The same catalogue, with less time for providers where nothing tells what became of a lost answer: some would keep us
 * waiting for an hour.
 */
function impatient(catalog: Catalog): Catalog {
  const isFindable = (model: Model) =>
    bestRoutes(catalog, model).some(({ channel }) => Object.values(finding(channel.provider)).includes(true));
  const models = catalog.models.map((model) =>
    isFindable(model) ? model : { ...model, deadlines: { ...model.deadlines, submit: 35, generation: 40 } },
  );
  return { ...catalog, models };
}

/** Does the work under another catalogue; what is submitted meanwhile keeps its deadlines. */
async function underCatalog(other: Catalog, work: () => Promise<unknown>): Promise<void> {
  await applyCatalog(stack, other);
  try {
    await work();
  } finally {
    await applyCatalog(stack, shipped);
  }
}

interface Render {
  readonly prompt: string;
  readonly callbackUrl: string | null;
  readonly callbacksSent: number;
  readonly callbacksAcknowledged: number;
}

/** What the simulator has accepted under this name. */
async function rendersOf(tag: string): Promise<Render[]> {
  const url = `${stack.simulator}/control/renders?since=${startedAt}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: Render[] } = JSON.parse(await response.text());
  return renders.filter(({ prompt }) => prompt.includes(`[[sim@${tag}:`));
}

async function callbacksFor(taskId: string): Promise<{ digest: string; state: string }[]> {
  const attempts = await query<{ id: string }>(stack, 'orchestrator', 'SELECT id FROM attempt WHERE task_id = $1', [
    taskId,
  ]);
  return query(stack, 'webhooks', 'SELECT digest, state FROM inbound_callback WHERE attempt_id = ANY($1)', [
    attempts.map(({ id }) => id),
  ]);
}
