import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@videoapi/testing';
import { type Customer, newCustomer } from './customer.js';
import { holds, imbalances, movements, wallet } from './ledger.js';
import { Receiver } from './receiver.js';
import { act, processes, query, sharedStack, untilAllReady } from './stack.js';
import { release, rendersSince } from './upstream.js';

const stack = sharedStack();
const price = 10;
const services = ['gateway', 'billing', 'orchestrator', 'uploads', 'webhooks', 'provider-worker'];

interface Act {
  readonly what: string;
  readonly strike: () => Promise<void>;
}

/** Everything that can go away goes away once. PostgreSQL is the last and takes its time. */
const acts: readonly Act[] = [
  ...services.map((service) => ({ what: service, strike: () => crash(service) })),
  { what: 'nats', strike: () => crash('nats') },
  { what: 'jetstream', strike: () => act(stack, 'nats', 'wipe') },
  { what: 'postgres', strike: () => act(stack, 'postgres', 'stop') },
];

/** They run before the first act, and as many as this run before each of the others: what ends is released by us alone. */
const taskCount = 200;
const leastOpen = 150;
/** With each act so many renders end, and so many new tasks are asked for. */
const perAct = 5;
/** What is left once each act but the last has had its own ends in two parts: while PostgreSQL is away, and later. */
const cues = acts.slice(0, -1).flatMap(({ what }) => Array.from({ length: perAct }, () => what));
const cueOf = (index: number) => cues[index] ?? (index % 2 === 0 ? 'outage' : 'afterwards');
/** The second directive is for nobody: it tells the renders apart, and nothing of it is written into the film. */
const cueText = (cue: string) => `[[sim@cue-${cue}:hang]]`;

/** A tenth fails, so that releases are under way as well. */
const isDoomed = (index: number) => index % 10 === 3;
const promptOf = (index: number, script: string) => `storm [[sim:${script}]]${isDoomed(index) ? ' [[sim:fail]]' : ''}`;

interface Submitted {
  readonly taskId: string;
  readonly isDoomed: boolean;
}

let customer: Customer & { readonly accountId: string };
let receiver: Receiver;
const startedAt = Date.now();

beforeAll(async () => {
  customer = await newCustomer(stack, price * (taskCount + perAct * acts.length));
  receiver = await Receiver.open();
});
afterAll(() => receiver.close());

it('ends every task, charges or releases each once and tells of each, whatever dies meanwhile', async () => {
  const early = await submitAll(taskCount);
  await eventually(async () => expect(await countOf('running')).toBe(taskCount), { timeoutMs: 60_000 });
  const late = await storm();
  const tasks = [...early, ...late];
  const taskIds = tasks.map(({ taskId }) => taskId);
  const doomed = tasks.filter((task) => task.isDoomed).map(({ taskId }) => taskId);

  expect(new Set(taskIds).size).toBe(taskCount + perAct * acts.length);
  await eventually(async () => expect(await openTasks()).toEqual([]), { timeoutMs: 180_000, intervalMs: 500 });

  // Nothing fails but what was told to: a fault of ours is no reason to fail a task.
  expect(await failures()).toEqual(doomed.toSorted().map((id) => ({ id, code: 'provider_error' })));
  const failed = doomed.length;
  const completed = tasks.length - failed;

  expect(await holds(stack, customer.accountId)).toEqual({ settled: completed, released: failed });
  expect(await wallet(stack, customer.accountId)).toEqual({
    granted: price * tasks.length,
    settled: price * completed,
    reserved: 0,
    available: price * failed,
  });
  expect(await movements(stack, customer.accountId)).toEqual({
    grant: { entries: 1, tasks: 1, amount: price * tasks.length },
    hold: { entries: tasks.length, tasks: tasks.length, amount: price * tasks.length },
    settle: { entries: completed, tasks: completed, amount: price * completed },
    release: { entries: failed, tasks: failed, amount: price * failed },
  });
  expect(await imbalances(stack)).toEqual([]);
  expect(await rendersOtherThanOne(taskIds)).toEqual([]);

  const ends = new Map(tasks.map((task) => [task.taskId, task.isDoomed ? 'video.failed' : 'video.completed']));
  await eventually(() => expect(told()).toEqual(ends), { timeoutMs: 180_000, intervalMs: 500 });
}, 480_000);

/** @returns the tasks that were asked for while it lasted */
async function storm(): Promise<Submitted[]> {
  const newcomers: Promise<Submitted>[] = [];
  for (const [position, { what, strike }] of acts.entries()) {
    const open = (await openTasks()).length;
    if (open < leastOpen) throw new Error(`only ${open} tasks are open before ${what}`);
    await release(stack, cueText(what));
    for (let each = 0; each < perAct; each += 1) {
      newcomers.push(submitStubbornly(taskCount + position * perAct + each, 'slow=300'));
    }
    await strike();
  }
  await release(stack, cueText('outage'));
  await pause(10_000); // as long as it is to be away
  await act(stack, 'postgres', 'start');
  await untilAllReady(stack);
  await release(stack, cueText('afterwards'));
  return Promise.all(newcomers);
}

/** SIGKILL; resolves when it serves again, as another process. */
async function crash(name: string): Promise<void> {
  const restarts = async () => (await processes(stack)).find((entry) => entry.name === name)?.restarts ?? 0;
  const before = await restarts();
  await act(stack, name, 'kill');
  await eventually(async () => expect(await restarts()).toBeGreaterThan(before), { timeoutMs: 30_000 });
  await untilAllReady(stack);
}

/** Twenty at a time. */
async function submitAll(count: number): Promise<Submitted[]> {
  const indices = Array.from({ length: count }, (_, index) => index).values();
  const submitted: Submitted[] = [];
  const work = async () => {
    for (const index of indices) submitted.push(await submitStubbornly(index, 'until-released'));
  };
  await Promise.all(Array.from({ length: 20 }, work));
  return submitted;
}

/** Submits until it is accepted, as a client library would, under one key: an answer that was lost is asked for again. */
async function submitStubbornly(index: number, script: string): Promise<Submitted> {
  const prompt = `${promptOf(index, script)} ${cueText(cueOf(index))}`;
  const request = { model: 'sandbox-video', resolution: '240p', duration: 1, prompt, callback_url: receiver.url() };
  const taskId = await eventually(
    async () => {
      const { status, body } = await customer.create(request, { 'idempotency-key': `storm-${index}` });
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body.task_id;
    },
    { timeoutMs: 90_000, intervalMs: 300 },
  );
  return { taskId, isDoomed: isDoomed(index) };
}

function openTasks(): Promise<{ id: string; state: string }[]> {
  const text = 'SELECT id, state FROM task WHERE account_id = $1 AND is_open';
  return query(stack, 'orchestrator', text, [customer.accountId]);
}

async function countOf(state: string): Promise<number> {
  return (await openTasks()).filter((task) => task.state === state).length;
}

function failures(): Promise<{ id: string; code: string }[]> {
  const text = `SELECT id, error->>'code' AS code FROM task WHERE account_id = $1 AND state = 'failed' ORDER BY id`;
  return query(stack, 'orchestrator', text, [customer.accountId]);
}

/**
 * Tasks for which the provider was made to render more or less than once. The sandbox finds a render by our reference, so
 * none may be made twice, and a submit that was certainly never made (no worker took it) leaves none behind.
 */
async function rendersOtherThanOne(taskIds: readonly string[]): Promise<object[]> {
  const attempts = await query<{ id: string; taskId: string; state: string }>(
    stack,
    'orchestrator',
    'SELECT id, task_id AS "taskId", state FROM attempt WHERE task_id = ANY($1)',
    [taskIds],
  );
  const renders = Map.groupBy(await rendersSince(stack, startedAt), (render) => render.clientReference);
  const ofTask = Map.groupBy(attempts, (attempt) => attempt.taskId);
  return taskIds
    .map((taskId) => {
      const tried = ofTask.get(taskId) ?? [];
      return { taskId, tried, renders: tried.flatMap(({ id }) => renders.get(id) ?? []).map(({ id }) => id) };
    })
    .filter((task) => task.renders.length !== 1);
}

/** What the receiver has heard of each task. A delivery that is repeated has the id and the bytes of the first. */
function told(): Map<string, string> {
  const byId = Map.groupBy(receiver.received, ({ headers }) => String(headers['webhook-id']));
  for (const copies of byId.values()) expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
  const messages = [...byId.values()].map(([first]) => JSON.parse(first?.body ?? ''));
  expect(new Set(messages.map(({ data }) => data.task_id)).size).toBe(messages.length);
  return new Map(messages.map(({ type, data }) => [data.task_id, type]));
}
