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
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds, submit: () => 'unknown' });
});
afterEach(async () => {
  expect((await checkFolds(world.source)).mismatches).toEqual([]);
});

const provider = 'dream-machine';

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
  });
}

function create(model = 'quick'): Promise<Task> {
  const plain = world.submission();
  return world.create({ ...plain, request: { ...plain.request, model } });
}

async function callBack(attemptId: string, changes: Partial<EventData<typeof callbackReceived>> = {}): Promise<void> {
  await world.publisher.publishEvent(callbackReceived, {
    id: randomUUID(),
    data: { callbackId: randomUUID(), provider, attemptId, trust: 'hint', upstreamId: 'r1', ...changes },
  });
}

const readBackOf = (taskId: string) =>
  world.script.adoptions.filter((order) => order.taskId === taskId).map((order) => order.upstreamId);
const alarms = (taskId: string) =>
  world.lines.filter((line) => line['taskId'] === taskId && line['level'] === 'warn').map((line) => line['event']);

/** Callbacks and reports are handled in order: once a later task has ended, those before have been. */
async function othersGoOn(): Promise<void> {
  const { id } = await create();
  await callBack((await attemptOf(id, 'unknown')).id, { upstreamId: 'other' });
  await world.ended(id);
}

describe('a callback about a submit whose answer was lost', () => {
  it('finds its render: the task completes, charged once', async () => {
    const { id } = await create();
    const attempt = await attemptOf(id, 'unknown');
    await callBack(attempt.id, { trust: 'signed' });

    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    expect(await attemptOf(id, 'succeeded')).toMatchObject({
      handle: { id: 'r1' },
      named_ids: ['r1'],
      slot_returned: true,
    });
    expect(world.script.adoptions).toMatchObject([
      { taskId: id, epoch: 1, upstreamId: 'r1', upstreamModel: 'up', channel: { id: 'first', provider } },
    ]);
    expect(world.script.submits.filter(({ order }) => order.taskId === id)).toHaveLength(1);
  });

  it('may come before anybody knows that the answer is lost', async () => {
    world.script.submit = () => 'silence';
    const { id } = await create();
    const { id: attemptId } = await attemptOf(id, 'submitting');
    await callBack(attemptId);
    await eventually(async () => expect((await attemptOf(id, 'submitting')).named_ids).toEqual(['r1']));
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
    expect(await attemptOf(id, 'succeeded')).toMatchObject({ named_ids: ['r1'] });
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
    await eventually(() => expect(readBackOf(id)).toEqual(['r1']));

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
    await callBack((await attemptOf(id, 'unknown')).id);
    await eventually(() => expect(readBackOf(id)).toEqual(['r1']));
    world.script.readBack = () => 'there';
    await sql(world.source, 'UPDATE timer SET due_at = now() WHERE task_id = $1', [id]);

    expect(await world.ended(id)).toMatchObject({ status: 'completed' });
    expect(readBackOf(id)).toEqual(['r1', 'r1']);
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

    expect(await attemptOf(id, 'late_success')).toMatchObject({ handle: { id: 'r1' } });
    expect(alarms(id)).toContain('late_success');
    expect(await world.read(id)).toEqual(ended);
    expect(world.script.holds.get(id)?.status).toBe('released');
  });
});
