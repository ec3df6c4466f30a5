import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { attemptObserved, type catalog, type Task } from '@videoapi/contracts';
import { inTransaction, sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { type z } from 'zod';
import { Dispatcher } from '../src/dispatch/dispatcher.service.js';
import { auditSlots } from '../src/dispatch/upkeep.js';
import { checkFolds } from '../src/read/check-folds.js';
import { Script, type Submitting } from './neighbours.js';
import { startWorld, type World } from './world.js';

jest.setTimeout(120_000);

const address = { provider: 'simulator', baseUrl: 'http://127.0.0.1:1' };
const model = {
  name: 'Model',
  capabilities: {
    types: ['text-to-video' as const],
    resolutions: ['240p'],
    durations: { min: 1, max: 60 },
    aspectRatios: ['16:9'],
  },
  defaults: { resolution: '240p', duration: 5, aspectRatio: '16:9' },
  price: { mode: 'per_call' as const, credits: 10 },
  // Nobody polls within a test: what providers say comes from the test alone.
  p50Seconds: 60,
};
const routeTo = (channel: string, priority = 0) => ({ channel, upstreamModel: 'up', priority });

/** A model or two for each test, so that none meets the tasks of another. */
const narrow: z.input<typeof catalog> = {
  sandboxChannel: 'sandbox',
  channels: [
    { id: 'sandbox', ...address },
    { id: 'wide', ...address, slots: 7 },
    { id: 'narrow', ...address, slots: 3 },
    { id: 'single', ...address, slots: 1 },
    { id: 'leaky', ...address, slots: 2 },
    { id: 'crowded', ...address, slots: 4 },
  ],
  models: [
    { ...model, id: 'either', routes: [routeTo('wide'), routeTo('narrow')] },
    { ...model, id: 'narrow-only', routes: [routeTo('narrow')] },
    { ...model, id: 'single-only', routes: [routeTo('single')] },
    { ...model, id: 'leaky-only', routes: [routeTo('leaky')] },
    { ...model, id: 'crowded-only', routes: [routeTo('crowded')] },
  ],
};

let world: World;
let dispatchers: Dispatcher[];
beforeAll(async () => {
  world = await startWorld(narrow);
  const others = await Promise.all([world.replica(), world.replica(), world.replica()]);
  dispatchers = [...world.replicas, ...others].map(({ app }) => app.get(Dispatcher));
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});

function create(modelId: string, accountId?: string): Promise<Task> {
  const plain = world.submission(accountId === undefined ? {} : { accountId });
  return world.create({ ...plain, request: { ...plain.request, model: modelId } });
}

/** What the provider says of an attempt that holds a slot. */
async function report({ order, epoch }: Submitting, state: 'succeeded' | 'failed'): Promise<void> {
  const { attemptId, taskId } = order;
  const observation =
    state === 'succeeded'
      ? { state, outputs: [{ kind: 'url' as const, url: 'http://127.0.0.1:1/v.mp4' }], usage: {} }
      : { state, failure: { code: 'content_rejected' as const, message: 'No.' } };
  const data = { attemptId, taskId, epoch, look: 1, observation };
  await world.publisher.publishEvent(attemptObserved, { id: randomUUID(), data });
}

async function shut(channelIds: readonly string[]): Promise<void> {
  await sql(world.source, `UPDATE provider_slot SET not_before = now() + interval '1 h' WHERE channel_id = ANY($1)`, [
    channelIds,
  ]);
}

async function open(channelIds: readonly string[]): Promise<void> {
  await sql(world.source, `UPDATE provider_slot SET not_before = now() WHERE channel_id = ANY($1)`, [channelIds]);
  for (const dispatcher of dispatchers) dispatcher.wake(channelIds);
}

interface Occupancy {
  readonly channel_id: string;
  readonly slot_limit: number;
  readonly in_use: number;
  readonly occupied: number;
  /** Given back, and not read by a dispatcher yet. */
  readonly returned: number;
}

/** One snapshot: between two statements a slot may change hands. */
function occupancy(channelIds: readonly string[]): Promise<Occupancy[]> {
  return sql(
    world.source,
    `SELECT channel_id, slot_limit, in_use,
       (SELECT count(*)::int FROM attempt a WHERE a.channel_id = s.channel_id AND NOT slot_returned) AS occupied,
       (SELECT count(*)::int FROM channel_note n WHERE n.channel_id = s.channel_id AND kind = 'returned') AS returned
     FROM provider_slot s WHERE channel_id = ANY($1) ORDER BY channel_id`,
    [channelIds],
  );
}

/** From the attempts' own times: the most that ever held a slot in the same moment. */
async function mostAtOnce(channelIds: readonly string[]): Promise<Record<string, number>> {
  const rows = await sql<{ channel_id: string; most: number }>(
    world.source,
    `SELECT channel_id, max(held)::int AS most FROM (
       SELECT channel_id, sum(step) OVER (PARTITION BY channel_id ORDER BY at, step) AS held FROM (
         SELECT channel_id, created_at AS at, 1 AS step FROM attempt
         UNION ALL SELECT channel_id, ended_at, -1 FROM attempt WHERE slot_returned) AS edge) AS swept
     WHERE channel_id = ANY($1) GROUP BY channel_id`,
    [channelIds],
  );
  return Object.fromEntries(rows.map((row) => [row.channel_id, row.most]));
}

describe('four dispatchers on the same channels', () => {
  const channelIds = ['wide', 'narrow'];

  it('never exceed the slots and start no task twice', async () => {
    world.script.submit = (submitting) => {
      setTimeout(() => void report(submitting, Math.random() < 0.5 ? 'succeeded' : 'failed'), Math.random() * 60);
      return 'silence';
    };
    await shut(channelIds);
    const tasks = await Promise.all(
      Array.from({ length: 240 }, (_, n) => create(n % 4 === 0 ? 'narrow-only' : 'either', `acc_${n % 5}`)),
    );
    const ids = tasks.map((task) => task.id);
    const samples: Occupancy[] = [];
    await open(channelIds);
    await eventually(
      async () => {
        for (const dispatcher of dispatchers) dispatcher.wake(channelIds);
        samples.push(...(await occupancy(channelIds)));
        const [left] = await sql<{ count: number }>(
          world.source,
          `SELECT count(*)::int AS count FROM task WHERE id = ANY($1) AND is_open`,
          [ids],
        );
        expect(left?.count).toBe(0);
      },
      { timeoutMs: 60_000, intervalMs: 10 },
    );

    for (const sample of samples) {
      expect(sample.occupied).toBeLessThanOrEqual(sample.slot_limit);
      expect(sample.in_use).toBe(sample.occupied + sample.returned);
    }
    // Full, and not fuller, at any moment.
    expect(await mostAtOnce(channelIds)).toEqual({ wide: 7, narrow: 3 });
    const attempts = await sql<{ task_id: string }>(
      world.source,
      'SELECT task_id FROM attempt WHERE task_id = ANY($1)',
      [ids],
    );
    expect(attempts.map((attempt) => attempt.task_id).toSorted()).toEqual(ids.toSorted());
    const started = world.script.submits.map(({ order, permit }) => `${order.taskId} ${permit}`);
    expect(started.toSorted()).toEqual(ids.map((id) => `${id} go`).toSorted());
    await eventually(async () => {
      for (const { in_use: inUse } of await occupancy(channelIds)) expect(inUse).toBe(0);
    });
    for (const channelId of channelIds) {
      expect(await inTransaction(world.source, (tx) => auditSlots(tx, channelId))).toBeUndefined();
    }
    expect((await checkFolds(world.source)).mismatches).toEqual([]);
  });
});

describe('a released slot', () => {
  it('is taken by the next task long before the tick', async () => {
    world.script.submit = (submitting) => {
      void report(submitting, 'failed');
      return 'silence';
    };
    await shut(['single']);
    const tasks = await Promise.all(Array.from({ length: 25 }, () => create('single-only')));
    await open(['single']);
    for (const { id } of tasks) await world.ended(id, 30_000);

    const [gap] = await sql<{ median: number }>(
      world.source,
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS median FROM (
         SELECT extract(epoch FROM created_at - lag(ended_at) OVER (ORDER BY created_at)) * 1000 AS ms
         FROM attempt WHERE channel_id = 'single') AS gap`,
    );
    expect(await mostAtOnce(['single'])).toEqual({ single: 1 });
    expect(gap?.median).toBeLessThan(100);
  });
});

describe('the slot audit', () => {
  const taken = async () => (await occupancy(['leaky']))[0]?.in_use;

  it('gives back slots that nobody holds, and the tasks behind them start', async () => {
    world.script.submit = () => 'silence';
    await sql(world.source, `UPDATE provider_slot SET in_use = slot_limit WHERE channel_id = 'leaky'`);
    const waiting = await create('leaky-only');
    await eventually(async () => {
      const leaked = `UPDATE flow SET inflight = 1, cap = 1 WHERE channel_id = 'leaky' RETURNING 1`;
      expect(await sql(world.source, leaked)).toHaveLength(1);
    });
    expect(world.script.submits).toEqual([]);

    await Promise.all(dispatchers.map((dispatcher) => dispatcher.audit()));
    await eventually(() => expect(world.script.submits.map(({ order }) => order.taskId)).toEqual([waiting.id]));
    expect(await taken()).toBe(1);
    await sql(world.source, `UPDATE flow SET cap = NULL WHERE channel_id = 'leaky'`);
  });

  it('counts slots that are held although the row has forgotten them', async () => {
    world.script.submit = () => 'silence';
    const second = await create('leaky-only');
    await eventually(() => expect(world.script.submits.map(({ order }) => order.taskId)).toEqual([second.id]));
    await shut(['leaky']);
    await sql(world.source, `UPDATE provider_slot SET in_use = 0 WHERE channel_id = 'leaky'`);
    await create('leaky-only');

    const audited = () => inTransaction(world.source, (tx) => auditSlots(tx, 'leaky'));
    expect(await eventually(async () => (await audited()) ?? false)).toEqual({
      channel_id: 'leaky',
      was: 0,
      should_be: 2,
    });
    await open(['leaky']);
    expect(await audited()).toBeUndefined();
    expect(await taken()).toBe(2);
    expect(world.script.submits).toHaveLength(1);

    // One that was given back while no dispatcher has noticed it yet is not lost.
    const [ending] = world.script.submits;
    await inTransaction(world.source, async (tx) => {
      await sql(tx, `SELECT 1 FROM provider_slot WHERE channel_id = 'leaky' FOR UPDATE`);
      if (ending !== undefined) await report(ending, 'failed');
      await eventually(async () => expect(await occupancy(['leaky'])).toMatchObject([{ occupied: 1, returned: 1 }]));
      expect(await auditSlots(tx, 'leaky')).toBeUndefined();
    });
    await eventually(async () => expect(await occupancy(['leaky'])).toMatchObject([{ in_use: 2, occupied: 2 }]));
  });
});

describe('fairness', () => {
  const queuedByFlood = 10_000;
  const others = Array.from({ length: 20 }, (_, n) => `acc_other_${n}`);

  /** Copies of a queued task. The history is copied too, so that it still folds. */
  async function multiply({ id }: Task, copies: number): Promise<void> {
    const [columns] = await sql<{ names: string }>(
      world.source,
      `SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns
       WHERE table_schema = 'orchestrator' AND table_name = 'task' AND is_generated = 'NEVER' AND column_name <> 'id'`,
    );
    const names = columns?.names ?? '';
    const newId = `left(id, 21) || lpad(to_hex(n), 8, '0')`;
    await sql(
      world.source,
      `INSERT INTO task (id, ${names}) SELECT ${newId}, ${names} FROM task, generate_series(1, $2::int) AS n WHERE id = $1`,
      [id, copies],
    );
    await sql(
      world.source,
      `INSERT INTO task_event SELECT left(task_id, 21) || lpad(to_hex(n), 8, '0'), version, type, data, engine_version, at
       FROM task_event, generate_series(1, $2::int) AS n WHERE task_id = $1`,
      [id, copies],
    );
  }

  it('starts a newcomer within one round and gives it no more than its turn, whatever one account has queued', async () => {
    const starts: Submitting[] = [];
    world.script.submit = (submitting) => {
      starts.push(submitting);
      return 'silence';
    };
    let ended = 0;
    /** One slot comes free, one task starts. @returns whose */
    const turn = async (): Promise<string> => {
      const seen = starts.length;
      const ending = starts[ended];
      if (ending === undefined) throw new Error('no slot is taken');
      ended += 1;
      await report(ending, 'failed');
      return eventually(
        () => {
          const start = starts[seen];
          if (start === undefined) throw new Error('nothing has started');
          return start.order.accountId;
        },
        { intervalMs: 5 },
      );
    };
    const turns = async (count: number): Promise<string[]> => {
      const accounts: string[] = [];
      while (accounts.length < count) accounts.push(await turn());
      return accounts;
    };

    await shut(['crowded']);
    await multiply(await create('crowded-only', 'acc_flood'), queuedByFlood);
    for (const other of others) await multiply(await create('crowded-only', other), 5);
    await open(['crowded']);
    await eventually(() => expect(starts).toHaveLength(4));
    // Far from where the clocks began: who comes late must not have saved up all that time.
    await sql(world.source, `UPDATE flow SET vtime = vtime + 9000 WHERE channel_id = 'crowded'`);
    await sql(world.source, `UPDATE provider_slot SET vclock = vclock + 9000 WHERE channel_id = 'crowded'`);
    await turns(30);

    const newcomers = ['acc_newcomer', 'acc_returning'];
    await sql(
      world.source,
      `INSERT INTO flow (channel_id, account_id, vtime, active) VALUES ('crowded', 'acc_returning', 0, false)`,
    );
    await shut(['crowded']);
    for (const newcomer of newcomers) await multiply(await create('crowded-only', newcomer), 20);
    await open(['crowded']);
    const round = await turns(['acc_flood', ...newcomers, ...others].length);
    expect(round).toEqual(expect.arrayContaining(newcomers));
    // Accounts whose last turn was at the same virtual time may go in either order: one more at the seam of two rounds.
    for (const [account, started] of Map.groupBy(round, (name) => name)) {
      expect([account, started.length <= 2]).toEqual([account, true]);
    }
    const [left] = await sql<{ count: number }>(
      world.source,
      `SELECT count(*)::int AS count FROM task WHERE account_id = 'acc_flood' AND is_queued`,
    );
    expect(left?.count).toBeGreaterThan(queuedByFlood - 10);
  });
});
