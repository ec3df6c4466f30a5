import { randomUUID } from 'node:crypto';
import {
  attemptAccepted,
  attemptObserved,
  attemptRefused,
  beginSubmit,
  callbackReceived,
  holdResolved,
  mediaStored,
  type Observation,
  type TaskRequest,
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
});

const succeeded: Observation = {
  state: 'succeeded',
  outputs: [{ kind: 'url', url: 'http://127.0.0.1:1/v.mp4' }],
  usage: {},
};
const stillRunning = () => ({ state: 'running', progress: 10 }) as const;

function create(request: Partial<TaskRequest> = {}) {
  const plain = world.submission();
  return world.create({ ...plain, request: { ...plain.request, ...request } });
}

interface Row {
  readonly state: string;
  readonly version: number;
  readonly attempt_id: string;
}

async function rowOf(taskId: string): Promise<Row> {
  const [row] = await sql<Row>(world.source, 'SELECT state, version, attempt_id FROM task WHERE id = $1', [taskId]);
  if (row === undefined) throw new Error(`no task ${taskId}`);
  return row;
}

async function inState(taskId: string, state: string): Promise<Row> {
  return eventually(async () => {
    const row = await rowOf(taskId);
    expect(row.state).toBe(state);
    return row;
  });
}

/** Reports travel in order: once a later task has ended, the ones before have been handled. */
async function othersGoOn(): Promise<void> {
  world.script.submit = new Script().submit;
  world.script.poll = new Script().poll;
  await world.ended((await create()).id);
}

/** Everything whose time has not come yet is due now. */
async function fireTimers(taskId: string): Promise<void> {
  await sql(world.source, 'UPDATE timer SET due_at = now() WHERE task_id = $1', [taskId]);
}

describe('messages that come twice, late or in the wrong order', () => {
  it('counts every report once', async () => {
    world.script.copies = 3;
    const tasks = await Promise.all(Array.from({ length: 10 }, () => create()));
    for (const { id } of tasks) {
      expect(await world.ended(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
    }
    await eventually(async () => {
      const [slots] = await sql<{ in_use: number }>(
        world.source,
        `SELECT in_use FROM provider_slot WHERE channel_id = 'first'`,
      );
      expect(slots?.in_use).toBe(0);
    });
  });

  it('takes a success that overtakes its acceptance', async () => {
    world.script.submit = () => 'silence';
    const { id } = await create();
    const attemptId = await eventually(() => {
      const seen = world.script.submits.find((entry) => entry.order.taskId === id);
      if (seen === undefined) throw new Error('not submitted');
      return seen.order.attemptId;
    });
    const ref = { attemptId, taskId: id, epoch: 1 };
    await world.publisher.publishEvent(attemptObserved, {
      id: randomUUID(),
      data: { ...ref, look: 1, observation: succeeded },
    });
    expect((await world.ended(id)).status).toBe('completed');
    await world.publisher.publishEvent(attemptAccepted, { id: randomUUID(), data: { ...ref, handle: {} } });
    await world.publisher.publishEvent(mediaStored, {
      id: randomUUID(),
      data: { taskId: id, accountId: account, attemptId, outputs: [outputOf('other')] },
    });
    const { version } = await rowOf(id);
    await othersGoOn();
    expect(await rowOf(id)).toMatchObject({ state: 'completed', version });
  });

  it('never applies a report made under an older permit', async () => {
    world.script.submit = () => 'silence';
    const { id } = await create();
    const { attempt_id: attemptId } = await inState(id, 'submitting');
    await eventually(() => expect(world.script.submits.some((entry) => entry.order.taskId === id)).toBe(true));
    const again = await world.rpc.call(
      beginSubmit,
      { attempts: [{ attemptId, absentEpoch: 1 }] },
      { timeoutMs: 20_000 },
    );
    expect(again.permits).toEqual([{ attemptId, permit: 'go', epoch: 2 }]);

    const failure = { code: 'content_rejected', message: 'late' } as const;
    await world.publisher.publishEvent(attemptRefused, {
      id: randomUUID(),
      data: { attemptId, taskId: id, epoch: 1, failure },
    });
    await world.publisher.publishEvent(attemptAccepted, {
      id: randomUUID(),
      data: { attemptId, taskId: id, epoch: 2, handle: { upstreamId: 'u' } },
    });
    expect((await world.ended(id)).status).toBe('completed');
  });

  it('records a success after the end, and never charges it', async () => {
    world.script.poll = stillRunning;
    const { id } = await create({ model: 'hasty' });
    const { attempt_id: attemptId } = await inState(id, 'running');
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'timeout' }, creditsRefunded: true });

    const data = { attemptId, taskId: id, epoch: 1, look: 99, observation: succeeded };
    await world.publisher.publishEvent(attemptObserved, { id: randomUUID(), data });
    await eventually(async () => {
      const [attempt] = await sql<{ state: string }>(world.source, 'SELECT state FROM attempt WHERE id = $1', [
        attemptId,
      ]);
      expect(attempt?.state).toBe('late_success');
    });
    await world.publisher.publishEvent(holdResolved, {
      id: randomUUID(),
      data: {
        taskId: id,
        accountId: account,
        outcome: 'settled',
        held: '10',
        charged: '10',
        returned: '0',
        reason: null,
      },
    });
    await othersGoOn();
    expect(await world.read(id)).toEqual(ended);
    await fireTimers(id);
    await eventually(async () => {
      const left = await sql(world.source, 'SELECT kind FROM timer WHERE task_id = $1', [id]);
      expect(left).toEqual([]);
    });
  });
});

describe('permits', () => {
  it('are given once, however many ask', async () => {
    world.script.submit = () => 'silence';
    await sql(world.source, `UPDATE provider_slot SET not_before = now() + interval '1 h'`);
    const { id } = await create();
    const attemptId = randomUUID();
    await sql(
      world.source,
      `INSERT INTO attempt (id, task_id, account_id, number, channel_id, provider, lane, upstream_model, state, created_at)
       VALUES ($1, $2, 'a', 99, 'first', 'simulator', 'simulator', 'up', 'submitting', now())`,
      [attemptId, id],
    );
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        world.rpc.call(
          beginSubmit,
          { attempts: index % 3 === 0 ? [{ attemptId }, { attemptId }] : [{ attemptId }] },
          { timeoutMs: 20_000 },
        ),
      ),
    );
    const permits = answers.flatMap((answer) => answer.permits.map((entry) => entry.permit));
    expect(permits.filter((permit) => permit === 'go')).toHaveLength(1);
    expect(permits.filter((permit) => permit === 'look_up')).toHaveLength(permits.length - 1);
    await sql(world.source, `UPDATE provider_slot SET not_before = now()`);
    await sql(world.source, `DELETE FROM attempt WHERE id = $1`, [attemptId]);
  });

  it('are refused to an attempt that is no longer wanted', async () => {
    const { id } = await create();
    await world.ended(id);
    const { attempt_id: attemptId } = await rowOf(id);
    const { permits } = await world.rpc.call(
      beginSubmit,
      { attempts: [{ attemptId }, { attemptId: randomUUID() }] },
      { timeoutMs: 20_000 },
    );
    expect(permits.map((entry) => entry.permit)).toEqual(['stop', 'stop']);
  });
});

describe('an outcome that nobody knows', () => {
  it('keeps slot and task until a look-up finds the render', async () => {
    world.script.submit = ({ permit }) => (permit === 'go' ? 'unknown' : { accepted: { upstreamId: 'found' } });
    const { id } = await create();
    await eventually(async () => {
      const [attempt] = await sql<{ state: string; slot_returned: boolean }>(
        world.source,
        'SELECT state, slot_returned FROM attempt WHERE task_id = $1',
        [id],
      );
      expect(attempt).toEqual({ state: 'unknown', slot_returned: false });
    });
    expect((await world.read(id))?.status).toBe('processing');
    await fireTimers(id);
    expect((await world.ended(id)).status).toBe('completed');
    expect(world.script.submits.filter((entry) => entry.order.taskId === id).map((entry) => entry.permit)).toEqual([
      'go',
      'look_up',
    ]);
  });

  it('is looked up at once when the provider calls back', async () => {
    world.script.submit = ({ permit }) => (permit === 'go' ? 'unknown' : { accepted: { upstreamId: 'found' } });
    const { id } = await create();
    const attemptId = await eventually(async () => {
      const [attempt] = await sql<{ id: string; state: string }>(
        world.source,
        'SELECT id, state FROM attempt WHERE task_id = $1',
        [id],
      );
      expect(attempt?.state).toBe('unknown');
      return attempt?.id ?? '';
    });
    await world.publisher.publishEvent(callbackReceived, {
      id: randomUUID(),
      data: { callbackId: 'c', provider: 'simulator', attemptId, trust: 'hint' },
    });
    expect((await world.ended(id)).status).toBe('completed');
  });

  it('ends at the deadline with the credits back and the slot free, and no second render', async () => {
    world.script.submit = () => 'unknown';
    const { id } = await create({ model: 'hasty' });
    expect(await world.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'timeout' },
      creditsRefunded: true,
    });
    const permits = world.script.submits.filter((entry) => entry.order.taskId === id).map((entry) => entry.permit);
    expect(permits.filter((permit) => permit === 'go')).toHaveLength(1);
    const [attempt] = await sql<{ state: string; slot_returned: boolean }>(
      world.source,
      'SELECT state, slot_returned FROM attempt WHERE task_id = $1',
      [id],
    );
    expect(attempt).toEqual({ state: 'abandoned', slot_returned: true });
  });
});

describe('callbacks', () => {
  it('bring the next look forward, once a second at most', async () => {
    let looks = 0;
    world.script.poll = () => {
      looks += 1;
      return { state: 'queued' };
    };
    const { id } = await create({ model: 'slow' });
    const { attempt_id: attemptId } = await inState(id, 'running');
    await sql(
      world.source,
      `UPDATE timer SET due_at = now() + interval '1 h', wait_ms = 3600000, max_wait_ms = 3600000 WHERE task_id = $1 AND kind = 'poll'`,
      [id],
    );
    /** When it was looked at last, and how many seconds later the next look is due, or was. */
    const look = async (since: string | null) => {
      const [row] = await sql<{ at: string; next: number }>(
        world.source,
        `SELECT claimed_at::text AS at, extract(epoch FROM
           CASE WHEN claimed_at > $2::timestamptz THEN claimed_at ELSE due_at END - coalesce($2::timestamptz, claimed_at))::float8 AS next
         FROM timer WHERE task_id = $1 AND kind = 'poll'`,
        [id, since],
      );
      if (row === undefined) throw new Error('nobody looks');
      return row;
    };
    const call = () =>
      world.publisher.publishEvent(callbackReceived, {
        id: randomUUID(),
        data: { callbackId: randomUUID(), provider: 'simulator', attemptId, trust: 'hint' },
      });
    await Promise.all([call(), call(), call()]);
    await eventually(() => expect(looks).toBeGreaterThanOrEqual(1));
    const { at } = await look(null);
    await call();
    const next = await eventually(async () => {
      const seen = await look(at);
      expect(seen.next).toBeLessThan(1_800);
      return seen.next;
    });
    expect(next).toBeGreaterThanOrEqual(1);

    world.script.poll = () => succeeded;
    await call();
    expect((await world.ended(id)).status).toBe('completed');
  });
});

describe('JetStream vanishes', () => {
  it('loses no task: every state sends its message again', async () => {
    const script = world.script;
    script.submit = () => 'silence';
    const submitting = await create();
    await inState(submitting.id, 'submitting');
    await eventually(() => expect(script.submits).toHaveLength(1));
    script.submit = () => ({ accepted: { upstreamId: 'x' } });

    script.poll = stillRunning;
    const running = await create();
    await inState(running.id, 'running');

    script.poll = () => succeeded;
    script.store = () => 'silence';
    const storing = await create();
    await inState(storing.id, 'storing');

    script.store = () => 'stored';
    script.resolve = () => 'silence';
    const settling = await create();
    await inState(settling.id, 'settling');

    await world.nats.wipe();
    script.resolve = () => 'resolve';
    const tasks = [submitting, running, storing, settling];
    await eventually(
      async () => {
        await sql(world.source, 'UPDATE timer SET due_at = least(due_at, now())');
        for (const { id } of tasks)
          expect(await world.read(id)).toMatchObject({ status: 'completed', creditsCharged: '10' });
      },
      { timeoutMs: 75_000, intervalMs: 1_500 },
    );
    expect(tasks.map(({ id }) => script.holds.get(id)?.status)).toEqual(['settled', 'settled', 'settled', 'settled']);
    expect(
      script.submits.filter((entry) => entry.order.taskId === submitting.id).map((entry) => entry.permit),
    ).toContain('look_up');
  });
});

describe('two replicas', () => {
  it('share the work and do none of it twice', async () => {
    const second = await world.replica();
    const tasks = await Promise.all(Array.from({ length: 200 }, () => create()));
    for (const { id } of tasks) expect((await world.ended(id, 30_000)).status).toBe('completed');
    const ids = new Set(tasks.map((task) => task.id));
    const starts = world.script.submits.filter((entry) => ids.has(entry.order.taskId) && entry.permit === 'go');
    expect(starts).toHaveLength(200);
    await second.close();
  });
});
