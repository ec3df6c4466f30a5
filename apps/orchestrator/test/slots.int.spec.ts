import { jest } from '@jest/globals';
import { inTransaction, sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { auditSlots } from '../src/dispatch/upkeep.js';
import { Script } from './neighbours.js';
import { type Stage, startStage } from './stage.js';
import { type World } from './world.js';

let stage: Stage;
let world: World;
beforeAll(async () => {
  stage = await startStage(1);
  ({ world } = stage);
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});

/** What has been sent to a channel in this test; jobs of earlier ones may still arrive. */
const submitsTo = (channelId: string) => world.script.submits.filter(({ order }) => order.channel.id === channelId);

describe('the slot audit', () => {
  const taken = async () => (await stage.occupancy(['leaky']))[0]?.in_use;

  it('gives back slots that nobody holds, and the tasks behind them start', async () => {
    world.script.submit = () => 'silence';
    await sql(world.source, `UPDATE provider_slot SET in_use = slot_limit WHERE channel_id = 'leaky'`);
    const waiting = await stage.create('leaky-only');
    await eventually(async () => {
      const leaked = `UPDATE flow SET inflight = 1, cap = 1 WHERE channel_id = 'leaky' RETURNING 1`;
      expect(await sql(world.source, leaked)).toHaveLength(1);
    });
    expect(submitsTo('leaky')).toEqual([]);

    await Promise.all(stage.dispatchers.map((dispatcher) => dispatcher.audit()));
    await eventually(() => expect(submitsTo('leaky').map(({ order }) => order.taskId)).toEqual([waiting.id]));
    expect(await taken()).toBe(1);
    await sql(world.source, `UPDATE flow SET cap = NULL WHERE channel_id = 'leaky'`);
  });

  it('counts slots that are held although the row has forgotten them', async () => {
    world.script.submit = () => 'silence';
    const second = await stage.create('leaky-only');
    await eventually(() => expect(submitsTo('leaky').map(({ order }) => order.taskId)).toEqual([second.id]));
    await stage.shut(['leaky']);
    await sql(world.source, `UPDATE provider_slot SET in_use = 0 WHERE channel_id = 'leaky'`);
    await stage.create('leaky-only');

    const audited = () => inTransaction(world.source, (tx) => auditSlots(tx, 'leaky'));
    expect(await eventually(async () => (await audited()) ?? false)).toEqual({
      channel_id: 'leaky',
      was: 0,
      should_be: 2,
    });
    await stage.open(['leaky']);
    expect(await audited()).toBeUndefined();
    expect(await taken()).toBe(2);
    expect(submitsTo('leaky')).toHaveLength(1);

    // One that was given back while no dispatcher has noticed it yet is not lost.
    const [ending] = submitsTo('leaky');
    await inTransaction(world.source, async (tx) => {
      await sql(tx, `SELECT 1 FROM provider_slot WHERE channel_id = 'leaky' FOR UPDATE`);
      if (ending !== undefined) await stage.report(ending, 'failed');
      await eventually(async () =>
        expect(await stage.occupancy(['leaky'])).toMatchObject([{ occupied: 1, returned: 1 }]),
      );
      expect(await auditSlots(tx, 'leaky')).toBeUndefined();
    });
    await eventually(async () => expect(await stage.occupancy(['leaky'])).toMatchObject([{ in_use: 2, occupied: 2 }]));
  });
});

describe('a channel that is full', () => {
  const dispatcher = () => stage.dispatchers[0]!;

  it('is not looked at for tasks that come, and at once when a slot comes back', async () => {
    world.script.submit = () => 'silence';
    for (const timer of dispatcher()['timers']) clearInterval(timer);
    const looked: string[][] = [];
    const wake = dispatcher().wake.bind(dispatcher());
    jest.spyOn(dispatcher(), 'wake').mockImplementation((channelIds) => {
      looked.push([...channelIds]);
      wake(channelIds);
    });
    const lookedFor = (channelId: string) => looked.filter((channelIds) => channelIds.includes(channelId)).length;
    const holding = await stage.create('brimful-only');
    await eventually(() => expect(submitsTo('brimful').map(({ order }) => order.taskId)).toEqual([holding.id]));
    await eventually(() => expect(dispatcher()['closedUntil'].get('brimful')).toBe(Infinity));
    const before = lookedFor('brimful');

    const waiting = [await stage.create('brimful-only'), await stage.create('brimful-only')];
    expect(lookedFor('brimful')).toBe(before);

    await stage.report(submitsTo('brimful')[0]!, 'failed');
    await eventually(() => expect(submitsTo('brimful')).toHaveLength(2));
    expect(waiting.map(({ id }) => id)).toContain(submitsTo('brimful')[1]!.order.taskId);
    expect(lookedFor('brimful')).toBeGreaterThan(before);
    jest.restoreAllMocks();
  });
});

describe('a channel that somebody else has locked', () => {
  it('is looked at again as soon as it is free: its task does not wait for the tick', async () => {
    world.script.submit = () => 'silence';
    const dispatcher = stage.dispatchers[0]!;
    for (const timer of dispatcher['timers']) clearInterval(timer);
    const serveOnce = dispatcher['serveOnce'].bind(dispatcher);
    const busy = Promise.withResolvers<void>();
    const unlocked = Promise.withResolvers<void>();
    // It looks again a few times only: the lock goes once it was met, however long that takes.
    dispatcher['serveOnce'] = async (channelId) => {
      const result = await serveOnce(channelId);
      if (!result.isBusy) return result;
      busy.resolve();
      await unlocked.promise;
      return result;
    };
    await inTransaction(world.source, async (tx) => {
      await sql(tx, `SELECT 1 FROM provider_slot WHERE channel_id = 'locked' FOR UPDATE`);
      await stage.create('locked-only');
      await busy.promise;
    });
    unlocked.resolve();

    await eventually(() => expect(submitsTo('locked')).toHaveLength(1));
  });
});

describe('a released slot', () => {
  it('is taken by the next task at once: nothing waits for the tick', async () => {
    world.script.submit = (submitting) => {
      void stage.report(submitting, 'failed');
      return 'silence';
    };
    for (const timer of stage.dispatchers.flatMap((dispatcher) => dispatcher['timers'])) clearInterval(timer);
    await stage.shut(['single']);
    const tasks = await Promise.all(Array.from({ length: 25 }, () => stage.create('single-only')));
    await stage.open(['single']);
    for (const { id } of tasks) await world.ended(id, 30_000);

    expect(await stage.mostAtOnce(['single'])).toEqual({ single: 1 });
    const [gap] = await sql<{ median: number }>(
      world.source,
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::float8 AS median FROM (
         SELECT extract(epoch FROM created_at - lag(ended_at) OVER (ORDER BY created_at)) * 1000 AS ms
         FROM attempt WHERE channel_id = 'single') AS gap`,
    );
    expect(gap?.median).toBeLessThan(1_000);
  });
});
