import { randomUUID } from 'node:crypto';
import { beginSubmit, holdResolved, mediaStored, type Task } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { checkFolds } from '../src/read/check-folds.js';
import { outputOf, Script } from './neighbours.js';
import { account, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});
afterEach(async () => {
  expect((await checkFolds(world.source)).mismatches).toEqual([]);
  const lost = `SELECT a.id FROM attempt a JOIN task t ON t.id = a.task_id WHERE NOT t.is_open AND NOT a.slot_returned`;
  expect(await sql(world.source, lost)).toEqual([]);
});

function create(model: string): Promise<Task> {
  const plain = world.submission();
  return world.create({ ...plain, request: { ...plain.request, model } });
}

interface Attempt {
  readonly id: string;
  readonly channel_id: string;
  readonly state: string;
  readonly slot_returned: boolean;
}

function attemptsOf(taskId: string): Promise<Attempt[]> {
  return sql(
    world.source,
    'SELECT id, channel_id, state, slot_returned FROM attempt WHERE task_id = $1 ORDER BY number',
    [taskId],
  );
}

async function inState(taskId: string, state: string): Promise<void> {
  await eventually(async () => {
    const [row] = await sql<{ state: string }>(world.source, 'SELECT state FROM task WHERE id = $1', [taskId]);
    expect(row?.state).toBe(state);
  });
}

async function expectFailed(taskId: string, code: string): Promise<void> {
  expect(await world.ended(taskId)).toMatchObject({
    status: 'failed',
    error: { code },
    creditsCharged: '0',
    creditsRefunded: true,
  });
  expect(world.script.holds.get(taskId)?.status).toBe('released');
}

describe('the deadline', () => {
  it('of the queue expires a task that nobody has room for', async () => {
    await sql(world.source, `UPDATE provider_slot SET not_before = now() + interval '1 h'`);
    const { id } = await create('impatient');
    await expectFailed(id, 'expired');
    expect((await world.read(id))?.startedAt).toBeNull();
    await sql(world.source, `UPDATE provider_slot SET not_before = now()`);
  });

  it('of the submit call gives the slot back when no worker has taken the task', async () => {
    const { id } = await create('unserved');
    await expectFailed(id, 'expired');
    expect(await attemptsOf(id)).toMatchObject([{ channel_id: 'unserved', state: 'refused', slot_returned: true }]);
  });

  it('of the submit call moves the task on to the next route, and the first worker may no longer call', async () => {
    const { id } = await create('unserved-first');
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    const attempts = await attemptsOf(id);
    expect(attempts).toMatchObject([
      { channel_id: 'unserved', state: 'refused', slot_returned: true },
      { channel_id: 'second', state: 'succeeded', slot_returned: true },
    ]);
    const late = attempts.slice(0, 1).map((attempt) => ({ attemptId: attempt.id }));
    const { permits } = await world.rpc.call(beginSubmit, { attempts: late }, { timeoutMs: 20_000 });
    expect(permits.map(({ permit }) => permit)).toEqual(['stop']);
  });

  it('of the generation gives up on a provider that does not finish', async () => {
    world.script.poll = () => ({ state: 'unreadable', reason: 'garbage' });
    const { id } = await create('hasty');
    await expectFailed(id, 'timeout');
    expect(await attemptsOf(id)).toMatchObject([{ slot_returned: true }]);
  });

  it('of the whole task ends one that runs, although its generation had more time', async () => {
    world.script.poll = () => ({ state: 'running', progress: 50 });
    const { id } = await create('brief');
    await inState(id, 'running');
    await expectFailed(id, 'timeout');
  });

  it('of the whole task ends one whose result cannot be stored, and what is stored later changes nothing', async () => {
    world.script.store = () => 'silence';
    const { id } = await create('brief');
    await inState(id, 'storing');
    const attemptId = (await attemptsOf(id))[0]?.id ?? '';
    await expectFailed(id, 'storage_error');
    const data = { taskId: id, accountId: account, attemptId, outputs: [outputOf(attemptId)] };
    await world.publisher.publishEvent(mediaStored, { id: randomUUID(), data });
    world.script.store = new Script().store;
    await world.ended((await create('quick')).id);
    expect(await world.read(id)).toMatchObject({ status: 'failed', outputs: [] });
  });

  it('of the whole task does not hurry credits: they are resolved, however long it takes', async () => {
    world.script.resolve = () => 'silence';
    const { id } = await create('brief');
    await inState(id, 'settling');
    await eventually(async () => {
      const [row] = await sql<{ is_over: boolean }>(
        world.source,
        'UPDATE timer SET due_at = now() FROM task WHERE task.id = $1 AND timer.task_id = $1 RETURNING deadline_at < now() AS is_over',
        [id],
      );
      expect(row?.is_over).toBe(true);
    });
    await eventually(async () => {
      const [timer] = await sql<{ due_at: Date }>(world.source, 'SELECT due_at FROM timer WHERE task_id = $1', [id]);
      expect(timer?.due_at.getTime()).toBeGreaterThan(Date.now());
    });
    expect((await world.read(id))?.status).toBe('processing');
    const hold = { outcome: 'settled', held: '10', charged: '10', returned: '0', reason: null } as const;
    const data = { taskId: id, accountId: account, ...hold };
    await world.publisher.publishEvent(holdResolved, { id: randomUUID(), data });
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });
});

describe('before acceptance', () => {
  it('a task goes past a full channel to the next route', async () => {
    await sql(world.source, `UPDATE provider_slot SET slot_limit = 1 WHERE channel_id = 'first'`);
    world.script.poll = () => ({ state: 'running', progress: 10 });
    const holding = await create('quick');
    await inState(holding.id, 'running');
    const held = (await attemptsOf(holding.id))[0]?.id;
    const usual = new Script().poll;
    world.script.poll = (attemptId, look) =>
      attemptId === held ? { state: 'running', progress: 10 } : usual(attemptId, look);
    const { id } = await create('two-routes');
    expect((await world.ended(id)).status).toBe('completed');
    expect(await attemptsOf(id)).toMatchObject([{ channel_id: 'second', state: 'succeeded' }]);
    await sql(world.source, `UPDATE provider_slot SET slot_limit = 100 WHERE channel_id = 'first'`);
    world.script.poll = usual;
    await world.ended(holding.id);
  });

  it('a channel without balance is left at once, by this task and by those after it', async () => {
    world.script.submit = ({ order }) =>
      order.channel.id === 'first'
        ? { refused: { code: 'channel_balance', message: 'top up' } }
        : { accepted: { upstreamId: 'x' } };
    const one = await create('two-routes');
    expect((await world.ended(one.id)).status).toBe('completed');
    expect((await attemptsOf(one.id)).map((attempt) => attempt.channel_id)).toEqual(['first', 'second']);
    const next = await create('two-routes');
    expect((await world.ended(next.id)).status).toBe('completed');
    expect((await attemptsOf(next.id)).map((attempt) => attempt.channel_id)).toEqual(['second']);
    await sql(world.source, `UPDATE provider_slot SET breaker = 'closed' WHERE channel_id = 'first'`);
  });
});
