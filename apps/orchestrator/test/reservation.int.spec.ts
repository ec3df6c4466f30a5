import { assetBudget, createTask, getTaskStates, type TaskSubmission } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { checkFolds } from '../src/read/check-folds.js';
import { Script } from './neighbours.js';
import { newTaskId, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.replica();
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});
afterEach(async () => {
  expect((await checkFolds(world.source)).mismatches).toEqual([]);
  expect(await count('reservation')).toBe(0);
});

async function count(table: 'reservation' | 'task', taskId?: string): Promise<number> {
  const text = `SELECT count(*)::int AS count FROM ${table} WHERE $1::text IS NULL OR id = $1`;
  const [row] = await sql<{ count: number }>(world.source, text, [taskId ?? null]);
  return row?.count ?? 0;
}

/** Its hold is placed, and nobody here has heard of it. */
async function lostAnswer(submission: TaskSubmission): Promise<void> {
  world.script.loseHoldAnswers = 1;
  await expect(world.create(submission)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('Idempotency-Key'),
  });
}

async function retryNow(taskId: string): Promise<void> {
  await sql(world.source, 'UPDATE reservation SET retry_at = now() WHERE id = $1', [taskId]);
}

async function stateOf(taskId: string): Promise<string | undefined> {
  const { states } = await world.rpc.call(getTaskStates, { taskIds: [taskId] }, { timeoutMs: 20_000 });
  return states[0]?.state;
}

describe('a reservation', () => {
  it('goes on by itself when the answer to place_hold was lost', async () => {
    const one = world.submission();
    await lostAnswer(one);
    expect(world.script.holds.get(one.taskId)?.status).toBe('open');
    expect(await count('task', one.taskId)).toBe(0);

    await retryNow(one.taskId);
    expect(await world.ended(one.taskId)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });

  it('gives a repeat of the submission the same task', async () => {
    const one = world.submission();
    await lostAnswer(one);
    expect(await world.create(one)).toMatchObject({ id: one.taskId, status: 'pending' });
    await world.ended(one.taskId);
  });

  it('counts as alive, so that billing leaves its hold alone', async () => {
    const one = world.submission();
    await lostAnswer(one);
    expect(await stateOf(one.taskId)).toBe('alive');
    await retryNow(one.taskId);
    await world.ended(one.taskId);
  });

  it('leaves nothing behind when billing refuses', async () => {
    const one = world.submission();
    world.script.verdict = (taskId) => ({ verdict: 'insufficient', taskId, required: '10', available: '3' });
    await expect(world.create(one)).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect(await count('task', one.taskId)).toBe(0);
    expect(await stateOf(one.taskId)).toBe('unknown');
  });

  it('ends as a failed task, its hold released, when billing stays silent for longer than a task may wait', async () => {
    const anHourAgo = newTaskId().replace(/\d{13}/, String(Date.now() - 3_600_000));
    const one = world.submission({ taskId: anHourAgo });
    await lostAnswer(one);
    world.script.loseHoldAnswers = 1;
    await retryNow(one.taskId);
    expect(await world.ended(one.taskId)).toMatchObject({ status: 'failed', creditsRefunded: true });
    expect(world.script.holds.get(one.taskId)?.status).toBe('released');
  });

  it('is made into one task by two replicas that get the same submission at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const one = world.submission();
      const made = await Promise.all(Array.from({ length: 12 }, () => world.create(one)));
      expect(new Set(made.map((task) => task.id))).toEqual(new Set([one.taskId]));
      expect(await world.ended(one.taskId)).toMatchObject({ creditsCharged: '10' });
      expect(world.script.submits.filter((entry) => entry.order.taskId === one.taskId)).toHaveLength(1);
    }
  });

  it('is never shown to another account', async () => {
    const one = world.submission();
    await lostAnswer(one);
    const stranger = { ...one, accountId: 'acc_stranger' };
    await expect(world.create(stranger)).rejects.toMatchObject({ code: 'conflict' });
    await retryNow(one.taskId);
    await world.ended(one.taskId);
    await expect(world.create(stranger)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('releases a hold that is placed after the reservation is gone', async () => {
    const one = world.submission();
    world.script.beforeHoldAnswer = () => sql(world.source, 'DELETE FROM reservation WHERE id = $1', [one.taskId]);
    await expect(world.create(one)).rejects.toMatchObject({ code: 'unavailable' });
    await eventually(() => {
      expect(world.script.holds.get(one.taskId)?.status).toBe('released');
    });
    expect(await count('task', one.taskId)).toBe(0);
  });
});

describe('a submission whose assets nobody looks at', () => {
  it('is told so while its caller still waits, with nothing begun', async () => {
    const gate = Promise.withResolvers<void>();
    world.script.look = () => gate.promise;
    const plain = world.submission();
    const one = { ...plain, request: { ...plain.request, images: ['https://a.example/a.png'], prompt: '@Image1' } };
    const answer = await world.rpc.call(createTask, { tasks: [one] }, { timeoutMs: assetBudget.createMs });
    gate.resolve();
    expect(answer.results).toMatchObject([{ error: { code: 'unavailable' } }]);
    expect(world.script.holds.has(one.taskId)).toBe(false);
    expect(await stateOf(one.taskId)).toBe('unknown');
  });
});
