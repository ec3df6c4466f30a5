import { randomUUID } from 'node:crypto';
import {
  attemptAccepted,
  attemptRefused,
  beginSubmit,
  cancelTask,
  holdResolved,
  mediaStored,
  type Task,
} from '@videoapi/contracts';
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
  await eventually(async () => {
    const taken = `SELECT channel_id, in_use FROM provider_slot WHERE in_use <> (
      SELECT count(*) FROM attempt WHERE attempt.channel_id = provider_slot.channel_id AND NOT slot_returned)`;
    expect(await sql(world.source, taken)).toEqual([]);
  });
});

function create(model = 'quick'): Promise<Task> {
  const plain = world.submission();
  return world.create({ ...plain, request: { ...plain.request, model } });
}

async function cancel(taskId: string): Promise<Task> {
  return (await world.rpc.call(cancelTask, { accountId: account, taskId }, { timeoutMs: 20_000 })).task;
}

interface Row {
  readonly state: string;
  readonly cancel_requested_at: Date | null;
  readonly attempt_id: string;
}

function inState(taskId: string, state: string): Promise<Row> {
  return eventually(async () => {
    const [row] = await sql<Row>(
      world.source,
      'SELECT state, cancel_requested_at, attempt_id FROM task WHERE id = $1',
      [taskId],
    );
    if (row?.state !== state) throw new Error(`${row?.state} instead of ${state}`);
    return row;
  });
}

async function attemptsOf(taskId: string) {
  return sql<{ state: string; slot_returned: boolean }>(
    world.source,
    'SELECT state, slot_returned FROM attempt WHERE task_id = $1 ORDER BY number',
    [taskId],
  );
}

/** Nothing starts until it is called off. */
async function noRoom(channelId: string): Promise<() => Promise<void>> {
  const set = (until: string) =>
    sql(world.source, `UPDATE provider_slot SET not_before = now() + $2::interval WHERE channel_id = $1`, [
      channelId,
      until,
    ]);
  await set('1 h');
  return async () => void (await set('0'));
}

async function fireTimers(taskId: string): Promise<void> {
  await sql(world.source, 'UPDATE timer SET due_at = now() WHERE task_id = $1', [taskId]);
}

async function expectCancelled(taskId: string): Promise<void> {
  expect(await world.ended(taskId)).toMatchObject({
    status: 'failed',
    error: { code: 'cancelled' },
    creditsCharged: '0',
    creditsRefunded: true,
  });
  expect(world.script.holds.get(taskId)?.status).toBe('released');
}

async function expectRefused(taskId: string): Promise<void> {
  await expect(cancel(taskId)).rejects.toMatchObject({ code: 'not_cancellable' });
}

const stillRunning = () => ({ state: 'running', progress: 10 }) as const;

describe('a cancel while the task is', () => {
  it('reserving: finds no task, for nobody has been told of it; once its hold is certain it can be cancelled', async () => {
    world.script.loseHoldAnswers = 1;
    const submission = world.submission();
    await expect(world.create(submission)).rejects.toMatchObject({ code: 'unavailable' });
    const { taskId } = submission;
    await expect(cancel(taskId)).rejects.toMatchObject({ code: 'task_not_found' });

    const goOn = await noRoom('first');
    await sql(world.source, 'UPDATE reservation SET retry_at = now() WHERE id = $1', [taskId]);
    await inState(taskId, 'queued');
    await cancel(taskId);
    await goOn();
    await expectCancelled(taskId);
    expect(await attemptsOf(taskId)).toEqual([]);
  });

  it('queued: ends it at once', async () => {
    const goOn = await noRoom('first');
    const { id } = await create();
    expect((await cancel(id)).status).toBe('processing');
    await goOn();
    await expectCancelled(id);
    expect(await attemptsOf(id)).toEqual([]);
  });

  it('queued again after a refusal: ends it before the next route is tried', async () => {
    const goOn = await noRoom('second');
    world.script.submit = () => ({ refused: { code: 'provider_unavailable', message: 'down' } });
    const { id } = await create('two-routes');
    await eventually(async () => expect(await attemptsOf(id)).toEqual([{ state: 'refused', slot_returned: true }]));
    await inState(id, 'queued');
    await cancel(id);
    await goOn();
    await expectCancelled(id);
    expect(await attemptsOf(id)).toHaveLength(1);
  });

  it('submitting, before any worker has called: ends it at once, and no worker may call any more', async () => {
    const { id } = await create('unserved');
    const { attempt_id: attemptId } = await inState(id, 'submitting');
    await cancel(id);
    await expectCancelled(id);
    expect(await attemptsOf(id)).toEqual([{ state: 'cancelled', slot_returned: true }]);
    const { permits } = await world.rpc.call(beginSubmit, { attempts: [{ attemptId }] }, { timeoutMs: 20_000 });
    expect(permits).toMatchObject([{ permit: 'stop' }]);
  });

  it('submitting, while the call is under way: is passed on as soon as the provider has it', async () => {
    world.script.submit = () => 'silence';
    const { id } = await create();
    await eventually(() => expect(world.script.submits).toHaveLength(1));
    const { attempt_id: attemptId } = await inState(id, 'submitting');
    await cancel(id);
    expect((await inState(id, 'submitting')).cancel_requested_at).not.toBeNull();
    expect(world.script.cancels).toEqual([]);

    const data = { attemptId, taskId: id, epoch: 1, handle: { upstreamId: 'up' } };
    await world.publisher.publishEvent(attemptAccepted, { id: randomUUID(), data });
    await expectCancelled(id);
    expect(world.script.cancels).toMatchObject([{ attemptId, handle: { upstreamId: 'up' } }]);
  });

  it('submitting, and the provider refuses the call: ends it instead of trying the next route', async () => {
    world.script.submit = () => 'silence';
    const { id } = await create('two-routes');
    await eventually(() => expect(world.script.submits).toHaveLength(1));
    const { attempt_id: attemptId } = await inState(id, 'submitting');
    await cancel(id);
    const failure = { code: 'provider_unavailable', message: 'down' } as const;
    const data = { attemptId, taskId: id, epoch: 1, failure };
    await world.publisher.publishEvent(attemptRefused, { id: randomUUID(), data });
    await expectCancelled(id);
    expect(await attemptsOf(id)).toEqual([{ state: 'refused', slot_returned: true }]);
  });

  it('running: is the provider’s to decide, who stops', async () => {
    world.script.poll = stillRunning;
    const { id } = await create();
    await inState(id, 'running');
    await cancel(id);
    await expectCancelled(id);
    expect(world.script.cancels).toHaveLength(1);
    expect(await attemptsOf(id)).toEqual([{ state: 'cancelled', slot_returned: true }]);
  });

  it('running: is the provider’s to decide, who is too late', async () => {
    world.script.cancel = () => 'too_late';
    world.script.poll = stillRunning;
    const { id } = await create();
    await inState(id, 'running');
    await cancel(id);
    await eventually(() => expect(world.script.cancels).toHaveLength(1));
    world.script.poll = new Script().poll;
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });

  it('running: is refused where the provider cannot stop, and the task goes on', async () => {
    world.script.poll = stillRunning;
    const { id } = await create('uncancellable');
    await inState(id, 'running');
    await expectRefused(id);
    world.script.poll = new Script().poll;
    await fireTimers(id);
    expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
  });

  it('storing or settling: is refused, for the render is done and paid', async () => {
    world.script.store = () => 'silence';
    const storing = await create();
    const { attempt_id: attemptId } = await inState(storing.id, 'storing');
    await expectRefused(storing.id);
    world.script.store = new Script().store;
    world.script.resolve = () => 'silence';
    const settling = await create();
    await inState(settling.id, 'settling');
    await expectRefused(settling.id);
    world.script.resolve = new Script().resolve;

    const media = { taskId: storing.id, accountId: account, attemptId, outputs: [outputOf(attemptId)] };
    await world.publisher.publishEvent(mediaStored, { id: randomUUID(), data: media });
    const hold = { outcome: 'settled', held: '10', charged: '10', returned: '0', reason: null } as const;
    const settled = { taskId: settling.id, accountId: account, ...hold };
    await world.publisher.publishEvent(holdResolved, { id: randomUUID(), data: settled });
    for (const { id } of [storing, settling]) {
      expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    }
  });

  it('completed or failed: is refused', async () => {
    const completed = await create();
    await world.ended(completed.id);
    await expectRefused(completed.id);
    world.script.submit = () => ({ refused: { code: 'content_rejected', message: 'No.' } });
    const failed = await create();
    await world.ended(failed.id);
    await expectRefused(failed.id);
  });
});

describe('cancels at any moment', () => {
  it('leave every task ended, charged exactly when it is completed', async () => {
    world.script.cancel = () => (Math.random() < 0.5 ? 'cancelled' : 'too_late');
    const tasks = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const { id } = await create();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
        await cancel(id).catch((error: unknown) => expect(error).toMatchObject({ code: 'not_cancellable' }));
        return id;
      }),
    );
    for (const id of tasks) {
      const { status, error, creditsCharged } = await world.ended(id, 30_000);
      expect(status === 'completed' || error?.code === 'cancelled').toBe(true);
      expect(creditsCharged).toBe(status === 'completed' ? '10' : '0');
      expect(world.script.holds.get(id)?.status).toBe(status === 'completed' ? 'settled' : 'released');
    }
  });
});
