import { randomUUID } from 'node:crypto';
import { attemptUnknown, callbackReceived, type EventData, type Observation, type Task } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { checkFolds } from '../src/read/check-folds.js';
import { defaultCatalog } from './catalog.js';
import { Script } from './neighbours.js';
import { startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  // Its provider calls back, names the render, and has no look-up.
  const channels = defaultCatalog.channels.map((channel) =>
    channel.id === 'first' ? { ...channel, provider: 'dream-machine', lane: 'simulator' } : channel,
  );
  world = await startWorld({ ...defaultCatalog, channels });
  await world.replica();
});
afterAll(() => world.stop());
beforeEach(async () => {
  Object.assign(world.script, new Script(), { holds: world.script.holds, submit: () => 'unknown' });
  // Each lost answer is a fault of the channel; five in a row would shut it for whoever comes next.
  await sql(
    world.source,
    `UPDATE provider_slot SET breaker = 'closed', breaker_opens = 0, faults_in_row = 0, window_calls = 0, window_faults = 0`,
  );
});
afterEach(async () => {
  expect((await checkFolds(world.source)).mismatches).toEqual([]);
});

const provider = 'dream-machine';

const patience = { timeoutMs: 20_000 };
const endOf = (taskId: string) => world.ended(taskId, patience.timeoutMs);

interface Attempt {
  readonly id: string;
  readonly state: string;
  readonly handle: unknown;
  readonly named_ids: readonly string[];
  readonly slot_returned: boolean;
}

async function attemptOf(taskId: string, state: string): Promise<Attempt> {
  return eventually(async () => {
    const [attempt] = await sql<Attempt>(
      world.source,
      'SELECT id, state, handle, named_ids, slot_returned FROM attempt WHERE task_id = $1',
      [taskId],
    );
    if (attempt?.state !== state) throw new Error(`the attempt is ${attempt?.state}`);
    return attempt;
  }, patience);
}

function create(model = 'quick'): Promise<Task> {
  const plain = world.submission();
  return world.create({ ...plain, request: { ...plain.request, model } });
}

/** A name for each attempt's own: one render belongs to one attempt. */
async function callBack(attemptId: string, changes: Partial<EventData<typeof callbackReceived>> = {}): Promise<void> {
  await world.publisher.publishEvent(callbackReceived, {
    id: randomUUID(),
    data: { callbackId: randomUUID(), provider, attemptId, trust: 'hint', upstreamId: attemptId, ...changes },
  });
}

const readBackOf = (taskId: string) =>
  world.script.adoptions.filter((order) => order.taskId === taskId).map((order) => order.upstreamId);
const alarms = (taskId: string) =>
  world.lines.filter((line) => line['taskId'] === taskId && line['level'] === 'warn').map((line) => line['event']);

/** Callbacks and reports are handled in order: once a later task has ended, those before have been. */
async function othersGoOn(): Promise<void> {
  const { id } = await create();
  await callBack((await attemptOf(id, 'unknown')).id);
  await world.ended(id);
}

describe('a callback about a submit whose answer was lost', () => {
  it('finds its render: the task completes, charged once', async () => {
    const { id } = await create();
    const attempt = await attemptOf(id, 'unknown');
    await callBack(attempt.id, { trust: 'signed' });

    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    expect(await attemptOf(id, 'succeeded')).toMatchObject({
      handle: { id: attempt.id },
      named_ids: [attempt.id],
      slot_returned: true,
    });
    expect(world.script.adoptions).toMatchObject([
      { taskId: id, epoch: 1, upstreamId: attempt.id, upstreamModel: 'up', channel: { id: 'first', provider } },
    ]);
    expect(world.script.submits.filter(({ order }) => order.taskId === id)).toHaveLength(1);
  });

  it('may come before anybody knows that the answer is lost', async () => {
    world.script.submit = () => 'silence';
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'submitting');
    await callBack(attemptId);
    await eventually(async () => expect((await attemptOf(id, 'submitting')).named_ids).toEqual([attemptId]));
    await eventually(() => expect(world.script.submits.some(({ order }) => order.taskId === id)).toBe(true));
    expect(readBackOf(id)).toEqual([]);

    const data = { attemptId, taskId: id, epoch: 1, reason: 'lost' };
    await world.publisher.publishEvent(attemptUnknown, { id: randomUUID(), data });
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });

  it('changes nothing when it comes often, to several replicas, and its report as well', async () => {
    world.script.copies = 3;
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await Promise.all(Array.from({ length: 20 }, () => callBack(attemptId)));

    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    await othersGoOn();
    expect(await attemptOf(id, 'succeeded')).toMatchObject({ named_ids: [attemptId] });
    expect(alarms(id)).toEqual([]);
    const ends = await sql<{ count: string }>(
      world.source,
      `SELECT count(*) FROM task_event WHERE task_id = $1 AND type = 'accepted'`,
      [id],
    );
    expect(ends).toEqual([{ count: '1' }]);
  });

  it('that names what is not there leaves it unknown, until the deadline gives the credits back', async () => {
    world.script.readBack = () => 'gone';
    const { id } = await create('hasty');
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await callBack(attemptId);
    await eventually(() => expect(readBackOf(id)).toEqual([attemptId]));

    expect(await world.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'timeout' },
      creditsCharged: '0',
      creditsRefunded: true,
    });
    expect(await attemptOf(id, 'abandoned')).toMatchObject({ handle: null, slot_returned: true });
    expect(world.script.submits.filter(({ order }) => order.taskId === id)).toHaveLength(1);
  });

  it('that names what cannot be read yet is followed up by the timer', async () => {
    world.script.readBack = () => 'silence';
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await callBack(attemptId);
    await eventually(() => expect(readBackOf(id)).toEqual([attemptId]));
    world.script.readBack = () => 'there';
    await sql(world.source, 'UPDATE timer SET due_at = now() WHERE task_id = $1', [id]);

    expect(await world.ended(id)).toMatchObject({ status: 'completed' });
    expect(readBackOf(id)).toEqual([attemptId, attemptId]);
  });

  it('names nothing under the address of another provider', async () => {
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await callBack(attemptId, { provider: 'hailuo' });
    await othersGoOn();

    expect(readBackOf(id)).toEqual([]);
    await callBack(attemptId);
    expect((await world.ended(id)).status).toBe('completed');
  });
});

describe('two callbacks with two names', () => {
  it('the first one that is read back wins; the other is told of, and nobody pays for it', async () => {
    world.script.readBack = (upstreamId) => (upstreamId === 'wrong' ? 'gone' : 'there');
    world.script.poll = () => ({ state: 'running', progress: 10 });
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await callBack(attemptId, { upstreamId: 'wrong' });
    await eventually(() => expect(readBackOf(id)).toEqual(['wrong']));
    await callBack(attemptId, { upstreamId: 'right' });
    await attemptOf(id, 'running');
    await Promise.all([callBack(attemptId, { upstreamId: 'second' }), callBack(attemptId, { upstreamId: 'second' })]);
    await eventually(() => expect(alarms(id)).toEqual(['second_render']));

    world.script.poll = new Script().poll;
    await callBack(attemptId, { upstreamId: 'right' });
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    expect(await attemptOf(id, 'succeeded')).toMatchObject({ handle: { id: 'right' } });
    expect(readBackOf(id)).toEqual(['wrong', 'right', 'second']);
    expect(alarms(id)).toEqual(['second_render']);
  });
});

describe('a callback after the end', () => {
  it('finds what came of it, for the books: never charged', async () => {
    const { id } = await create('hasty');
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ status: 'failed', creditsRefunded: true });
    const { id: attemptId } = await attemptOf(id, 'abandoned');
    world.script.cancel = () => 'too_late';
    const succeeded: Observation = new Script().poll('', 0);
    world.script.poll = () => succeeded;
    await callBack(attemptId);

    expect(await attemptOf(id, 'late_success')).toMatchObject({ handle: { id: attemptId } });
    expect(alarms(id)).toContain('late_success');
    expect(await world.read(id)).toEqual(ended);
    expect(world.script.holds.get(id)?.status).toBe('released');
  });
});

describe("another attempt's render", () => {
  it('is refused, however it is spelled: the attempt stays unknown', async () => {
    const owner = await create();
    const { id: render } = await attemptOf(owner.id, 'unknown');
    await callBack(render);
    expect((await endOf(owner.id)).status).toBe('completed');
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await callBack(attemptId, { upstreamId: render.toUpperCase() });
    await eventually(() => expect(alarms(id)).toContain('taken_render'), patience);

    expect(await attemptOf(id, 'unknown')).toMatchObject({ handle: null, slot_returned: false });
    expect(await world.read(id)).toMatchObject({ status: 'processing', creditsCharged: null });
    expect(await world.read(owner.id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });

  it('is refused where the provider named it in its own answer, and does not keep the right one away', async () => {
    const render = randomUUID();
    world.script.submit = () => ({ accepted: { id: `some/app/${render}` } });
    expect((await world.ended((await create()).id)).status).toBe('completed');
    world.script.submit = () => 'unknown';
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'unknown');
    await callBack(attemptId, { upstreamId: render });
    await eventually(() => expect(alarms(id)).toContain('taken_render'), patience);
    await callBack(attemptId);

    expect(await endOf(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    expect(await attemptOf(id, 'succeeded')).toMatchObject({ handle: { id: attemptId } });
  });

  it('is not cancelled for an attempt that was given up on', async () => {
    const owner = await create();
    const { id: render } = await attemptOf(owner.id, 'unknown');
    world.script.poll = () => ({ state: 'running', progress: 10 });
    await callBack(render);
    await attemptOf(owner.id, 'running');
    const { id } = await create('hasty');
    await endOf(id);
    const { id: attemptId } = await attemptOf(id, 'abandoned');
    await callBack(attemptId, { upstreamId: render });
    await eventually(() => expect(alarms(id)).toContain('taken_render'), patience);

    expect(await attemptOf(id, 'abandoned')).toMatchObject({ handle: null });
    expect(world.script.cancels).toEqual([]);
    world.script.poll = new Script().poll;
    await callBack(render);
    expect((await endOf(owner.id)).status).toBe('completed');
  });

  it('goes to one of many who name it at once, on two replicas, and another of their batch gets its own', async () => {
    const render = randomUUID();
    const named = await Promise.all(Array.from({ length: 3 }, () => create()));
    const others = [await create()];
    const attempts = await Promise.all([...named, ...others].map(({ id }) => attemptOf(id, 'unknown')));
    await Promise.all(
      attempts.map(({ id }, index) => callBack(id, index < named.length ? { upstreamId: render } : {})),
    );

    for (const { id } of others) expect((await endOf(id)).status).toBe('completed');
    await eventually(
      () => expect(named.filter(({ id }) => alarms(id).includes('taken_render'))).toHaveLength(named.length - 1),
      patience,
    );
    const holders = await sql<{ task_id: string }>(
      world.source,
      `SELECT task_id FROM attempt WHERE handle ->> 'id' = $1`,
      [render],
    );
    expect(holders).toHaveLength(1);
    expect((await endOf(holders[0]?.task_id ?? '')).status).toBe('completed');
  });

  it("does not stand in the way of the provider's own answer, which is told of", async () => {
    const render = randomUUID();
    const { id: thief } = await create();
    await callBack((await attemptOf(thief, 'unknown')).id, { upstreamId: render });
    await endOf(thief);
    world.script.submit = () => ({ accepted: { id: render } });
    const { id } = await create();

    expect(await endOf(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    await eventually(() => expect(alarms(id)).toEqual(['taken_render']), patience);
  });
});
