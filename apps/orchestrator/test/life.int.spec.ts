import { randomUUID } from 'node:crypto';
import {
  cancelTask,
  createTask,
  deleteTask,
  getTaskStates,
  listFinished,
  listTasks,
  type Task,
  type TaskRequest,
  type TaskSubmission,
} from '@videoapi/contracts';
import { createDataSource, sql, sqlState } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { checkFolds } from '../src/read/check-folds.js';
import { Script } from './neighbours.js';
import { account, newTaskId, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});
afterEach(async () => {
  const { mismatches } = await checkFolds(world.source);
  expect(mismatches).toEqual([]);
});

function submission(request: Partial<TaskRequest> = {}, overrides: Partial<TaskSubmission> = {}): TaskSubmission {
  const plain = world.submission(overrides);
  return { ...plain, request: { ...plain.request, ...request } };
}

const isRunning = (taskId: string) => untilState(taskId, 'running');

async function untilState(taskId: string, state: string): Promise<void> {
  await eventually(async () => {
    const [row] = await sql<{ state: string }>(world.source, 'SELECT state FROM task WHERE id = $1', [taskId]);
    expect(row?.state).toBe(state);
  });
}

async function attemptsOf(taskId: string) {
  return sql<{ channel_id: string; state: string; slot_returned: boolean }>(
    world.source,
    'SELECT channel_id, state, slot_returned FROM attempt WHERE task_id = $1 ORDER BY number',
    [taskId],
  );
}

const stillRunning = () => ({ state: 'running', progress: 10 }) as const;

describe('the life of a task', () => {
  it('goes from submit to completed, stored and settled', async () => {
    const created = await world.create(submission({ metadata: { run: 'happy' } }));
    expect(created).toMatchObject({ status: 'pending', creditsReserved: '10', creditsCharged: null });

    const task = await world.ended(created.id);
    expect(task).toMatchObject({ status: 'completed', progress: 100, creditsCharged: '10', creditsRefunded: false });
    expect(task.outputs).toHaveLength(1);
    expect(world.script.holds.get(created.id)?.status).toBe('settled');
    expect(world.script.resolutions).toMatchObject([
      { resolution: { action: 'settle', usage: { durationMs: 5_000 } } },
    ]);
    expect(await attemptsOf(created.id)).toEqual([{ channel_id: 'first', state: 'succeeded', slot_returned: true }]);
    const [timers] = await sql<{ count: string }>(world.source, 'SELECT count(*) FROM timer WHERE task_id = $1', [
      created.id,
    ]);
    expect(timers?.count).toBe('0');
  });

  it('never touches billing in test mode and goes to the sandbox', async () => {
    const created = await world.create(submission({}, { mode: 'test' }));
    const task = await world.ended(created.id);

    expect(task).toMatchObject({
      status: 'completed',
      creditsReserved: '0',
      creditsCharged: '0',
      creditsRefunded: false,
    });
    expect(world.script.holds.has(created.id)).toBe(false);
    expect(world.script.resolutions).toEqual([]);
    expect((await attemptsOf(created.id))[0]?.channel_id).toBe('sandbox');
  });

  it('fails what the provider refuses for its content, and gives the credits back first', async () => {
    world.script.submit = () => ({ refused: { code: 'content_rejected', message: 'No.' } });
    const created = await world.create(submission());
    const task = await world.ended(created.id);

    expect(task).toMatchObject({
      status: 'failed',
      error: { code: 'content_rejected', message: 'No.' },
      creditsCharged: '0',
      creditsRefunded: true,
    });
    expect(world.script.holds.get(created.id)?.status).toBe('released');
  });

  it('shows progress that never falls', async () => {
    const steps = [10, 40, 30, 80];
    world.script.poll = (_, look) => {
      const progress = steps[look - 1];
      if (progress !== undefined) return { state: 'running', progress };
      return { state: 'succeeded', outputs: [{ kind: 'url', url: 'http://127.0.0.1:1/v.mp4' }], usage: {} };
    };
    const created = await world.create(submission());
    await world.ended(created.id);

    const events = await sql<{ progress: number }>(
      world.source,
      `SELECT (data->>'progress')::int AS progress FROM task_event WHERE task_id = $1 AND type = 'progressed' ORDER BY version`,
      [created.id],
    );
    expect(events.map((event) => event.progress)).toEqual([10, 40, 80]);
  });

  it('fails a result that cannot be fetched any more', async () => {
    world.script.store = () => 'gone';
    const created = await world.create(submission());
    expect(await world.ended(created.id)).toMatchObject({
      status: 'failed',
      error: { code: 'storage_error' },
      creditsRefunded: true,
      outputs: [],
    });
  });
});

describe('failover', () => {
  it('moves on to the next route when the first is busy, under the same hold', async () => {
    world.script.submit = ({ order }) =>
      order.channel.id === 'first'
        ? { refused: { code: 'rate_limited', message: 'slow down', retryAfterMs: 50 } }
        : { accepted: { upstreamId: 'x' } };
    const created = await world.create(submission({ model: 'two-routes' }));
    const task = await world.ended(created.id);

    expect(task.status).toBe('completed');
    expect(await attemptsOf(created.id)).toEqual([
      { channel_id: 'first', state: 'refused', slot_returned: true },
      { channel_id: 'second', state: 'succeeded', slot_returned: true },
    ]);
  });

  it('asks every route again, later, when all refused for a reason that passes', async () => {
    let calls = 0;
    world.script.submit = () => {
      calls += 1;
      return calls <= 2
        ? { refused: { code: 'rate_limited', message: 'busy', retryAfterMs: 10 } }
        : { accepted: { upstreamId: 'x' } };
    };
    const created = await world.create(submission({ model: 'two-routes' }));
    const seen: Task['status'][] = [];
    await eventually(
      async () => {
        const task = await world.read(created.id);
        if (task !== undefined) seen.push(task.status);
        expect(task?.status).toBe('completed');
      },
      { timeoutMs: 30_000 },
    );

    expect(await attemptsOf(created.id)).toHaveLength(3);
    const order = seen.map((status) => ['pending', 'processing', 'completed'].indexOf(status));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });

  it('tries another route after acceptance where the first allows it', async () => {
    world.script.poll = (attemptId) =>
      world.script.submits.find((entry) => entry.order.attemptId === attemptId)?.order.channel.id === 'first'
        ? { state: 'failed', failure: { code: 'provider_error', message: 'boom' } }
        : { state: 'succeeded', outputs: [{ kind: 'url', url: 'http://127.0.0.1:1/v.mp4' }], usage: {} };
    const created = await world.create(submission({ model: 'two-routes' }));
    expect((await world.ended(created.id)).status).toBe('completed');
    expect((await attemptsOf(created.id)).map((attempt) => attempt.state)).toEqual(['failed', 'succeeded']);
  });

  it('does not where it does not', async () => {
    world.script.poll = () => ({ state: 'failed', failure: { code: 'provider_error', message: 'boom' } });
    const created = await world.create(submission());
    expect(await world.ended(created.id)).toMatchObject({ status: 'failed', error: { code: 'provider_error' } });
  });
});

describe('submission', () => {
  it('makes one task of twenty identical calls in parallel', async () => {
    const one = submission();
    const tasks = await Promise.all(Array.from({ length: 20 }, () => world.create(one)));

    expect(new Set(tasks.map((task) => task.id))).toEqual(new Set([one.taskId]));
    await world.ended(one.taskId);
    expect(await attemptsOf(one.taskId)).toHaveLength(1);
    expect((await world.create(one)).status).toBe('completed');
  });

  it('keeps another account away from an id that is taken', async () => {
    const one = submission();
    await world.create(one);
    await expect(world.create({ ...one, accountId: 'acc_2' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await world.read(one.taskId)).toMatchObject({ accountId: account });
  });

  it('leaves no trace of what was refused', async () => {
    const one = submission();
    world.script.verdict = (taskId) => ({ verdict: 'insufficient', taskId, required: '10', available: '3' });
    await expect(world.create(one)).rejects.toMatchObject({
      code: 'insufficient_credits',
      details: { required: 10, available: 3 },
    });
    expect(await world.read(one.taskId)).toBeUndefined();
    const [left] = await sql<{ count: string }>(world.source, 'SELECT count(*) FROM timer WHERE task_id = $1', [
      one.taskId,
    ]);
    expect(left?.count).toBe('0');

    world.script.verdict = () => undefined;
    expect((await world.create(one)).status).toBe('pending');
  });

  it('answers every refusal of one call for itself', async () => {
    const over = submission({ maxCredits: '5' });
    const { results } = await world.rpc.call(
      createTask,
      { tasks: [submission(), over, submission({ model: 'nope' }), submission({ model: 'unrouted' })] },
      { timeoutMs: 20_000 },
    );
    expect(results).toMatchObject([
      { task: { status: 'pending' } },
      { error: { code: 'max_credits_exceeded', details: { required: 10 } } },
      { error: { code: 'model_not_found', param: 'model' } },
      { error: { code: 'no_provider_configured' } },
    ]);
  });

  it('names the asset that cannot be used, before anything is reserved', async () => {
    world.script.assetsRefused = true;
    const one = submission({ images: ['http://169.254.169.254/'], prompt: '@Image1' });
    await expect(world.create(one)).rejects.toMatchObject({ code: 'asset_blocked', param: 'images[0]' });
    expect(world.script.holds.has(one.taskId)).toBe(false);
  });

  it('bounds the unfinished tasks of an account', async () => {
    world.script.poll = stillRunning;
    const limits = { accountId: 'acc_full', maxQueued: 2 };
    const accepted = [await world.create(submission({}, limits)), await world.create(submission({}, limits))];
    await expect(world.create(submission({}, limits))).rejects.toMatchObject({ code: 'queue_full' });
    await expect(world.create(submission({}, { accountId: 'acc_full', maxConcurrent: 1 }))).rejects.toMatchObject({
      code: 'concurrency_limited',
    });
    expect(accepted).toHaveLength(2);
  });
});

describe('delete', () => {
  it('answers 404 for somebody else’s task', async () => {
    const created = await world.create(submission());
    const foreign = { accountId: 'acc_2', taskId: created.id };
    await expect(world.rpc.call(cancelTask, foreign, { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'task_not_found',
    });
    await expect(world.rpc.call(deleteTask, foreign, { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'task_not_found',
    });
  });

  it('deletes what has ended, with its media', async () => {
    world.script.poll = stillRunning;
    const created = await world.create(submission());
    const own = { accountId: account, taskId: created.id };
    await expect(world.rpc.call(deleteTask, own, { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'task_not_terminal',
    });
    world.script.poll = new Script().poll;
    const task = await world.ended(created.id);

    await world.rpc.call(deleteTask, own, { timeoutMs: 20_000 });
    expect(world.script.deletedMedia).toEqual(task.outputs.map((output) => output.mediaId));
    expect(await world.read(created.id)).toBeUndefined();
  });
});

describe('reads', () => {
  it('lists by time, filters and pages', async () => {
    const tag = randomUUID();
    const made: Task[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.push(await world.create(submission({ metadata: { tag }, endUserId: index < 2 ? 'ann' : 'bob' })));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const ids = made.map((task) => task.id);
    const list = (query: object) =>
      world.rpc.call(listTasks, { accountId: account, metadata: { tag }, ...query }, { timeoutMs: 20_000 });

    const newest = await list({ limit: 2 });
    expect(newest.tasks.map((task) => task.id)).toEqual(ids.toReversed().slice(0, 2));
    expect(newest.hasMore).toBe(true);
    const rest = await list({ limit: 10, after: newest.tasks.at(-1)?.id });
    expect(rest).toMatchObject({
      hasMore: false,
      tasks: ids
        .toReversed()
        .slice(2)
        .map((id) => ({ id })),
    });
    expect((await list({ order: 'asc', endUserId: 'ann' })).tasks.map((task) => task.id)).toEqual(ids.slice(0, 2));
    const after = await list({ order: 'asc', createdAfter: made[3]?.createdAt });
    expect(after.tasks.map((task) => task.id)).toEqual(ids.slice(3));
    await Promise.all(ids.map((id) => world.ended(id)));
    expect((await list({ status: 'completed' })).tasks).toHaveLength(5);
    expect((await list({ status: 'pending' })).tasks).toHaveLength(0);
  });

  it('tells billing which tasks are alive', async () => {
    world.script.poll = stillRunning;
    const alive = await world.create(submission());
    await isRunning(alive.id);
    world.script.submit = () => ({ refused: { code: 'invalid_request', message: 'no' } });
    const failed = await world.ended((await world.create(submission())).id);
    const { states } = await world.rpc.call(
      getTaskStates,
      { taskIds: [alive.id, failed.id, newTaskId()] },
      { timeoutMs: 20_000 },
    );
    expect(states.map((entry) => entry.state)).toEqual(['alive', 'failed', 'unknown']);
    expect(states[0]?.deadlineAt).not.toBeNull();
  });

  it('lists what ended in a window, page by page', async () => {
    const from = new Date(Date.now() - 1_000).toISOString();
    const ids = await Promise.all(
      Array.from({ length: 5 }, async () => (await world.ended((await world.create(submission())).id)).id),
    );
    const to = new Date(Date.now() + 60_000).toISOString();
    const found: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 50; page += 1) {
      const answer = await world.rpc.call(listFinished, { from, to, limit: 2, after }, { timeoutMs: 20_000 });
      found.push(...answer.tasks.map((entry) => entry.task.id));
      after = answer.tasks.at(-1)?.task.id;
      if (!answer.hasMore) break;
    }
    expect(found).toEqual(expect.arrayContaining(ids));
    expect(new Set(found).size).toBe(found.length);
  });
});

describe('the database', () => {
  it('keeps history from being rewritten by the service', async () => {
    const { id } = await world.ended((await world.create(submission())).id);
    const service = await createDataSource({ ...world.config.database, applicationName: 'test' }).initialize();
    try {
      for (const statement of [
        'UPDATE task_event SET type = $2 WHERE task_id = $1',
        'DELETE FROM task_event WHERE task_id = $1 OR type = $2',
      ]) {
        const error: unknown = await sql(service, statement, [id, 'x']).catch((thrown: unknown) => thrown);
        expect(sqlState(error)).toBe('42501');
      }
    } finally {
      await service.destroy();
    }
  });
});
