import { jest } from '@jest/globals';
import { type Task } from '@videoapi/contracts';
import { inTransaction, sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { auditSlots } from '../src/dispatch/upkeep.js';
import { checkFolds } from '../src/read/check-folds.js';
import { Script, type Submitting } from './neighbours.js';
import { type Occupancy, type Stage, startStage } from './stage.js';
import { type World } from './world.js';

jest.setTimeout(120_000);

let stage: Stage;
let world: World;
beforeAll(async () => {
  stage = await startStage(4);
  ({ world } = stage);
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});

describe('four stage.dispatchers on the same channels', () => {
  const channelIds = ['wide', 'narrow'];

  it('never exceed the slots and start no task twice', async () => {
    world.script.submit = (submitting) => {
      setTimeout(() => void stage.report(submitting, Math.random() < 0.5 ? 'succeeded' : 'failed'), Math.random() * 60);
      return 'silence';
    };
    await stage.shut(channelIds);
    const tasks = await Promise.all(
      Array.from({ length: 160 }, (_, n) => stage.create(n % 4 === 0 ? 'narrow-only' : 'either', `acc_${n % 5}`)),
    );
    const ids = tasks.map((task) => task.id);
    const samples: Occupancy[] = [];
    await stage.open(channelIds);
    await eventually(
      async () => {
        for (const dispatcher of stage.dispatchers) dispatcher.wake(channelIds);
        samples.push(...(await stage.occupancy(channelIds)));
        const [left] = await sql<{ count: number }>(
          world.source,
          `SELECT count(*)::int AS count FROM task WHERE id = ANY($1) AND is_open`,
          [ids],
        );
        expect(left?.count).toBe(0);
      },
      { timeoutMs: 60_000, intervalMs: 25 },
    );

    for (const sample of samples) {
      expect(sample.occupied).toBeLessThanOrEqual(sample.slot_limit);
      expect(sample.in_use).toBe(sample.occupied + sample.returned);
    }
    // Full, and not fuller, at any moment.
    expect(await stage.mostAtOnce(channelIds)).toEqual({ wide: 7, narrow: 3 });
    const attempts = await sql<{ task_id: string }>(
      world.source,
      'SELECT task_id FROM attempt WHERE task_id = ANY($1)',
      [ids],
    );
    expect(attempts.map((attempt) => attempt.task_id).toSorted()).toEqual(ids.toSorted());
    const started = world.script.submits.map(({ order, permit }) => `${order.taskId} ${permit}`);
    expect(started.toSorted()).toEqual(ids.map((id) => `${id} go`).toSorted());
    await eventually(async () => {
      for (const { in_use: inUse } of await stage.occupancy(channelIds)) expect(inUse).toBe(0);
    });
    for (const channelId of channelIds) {
      expect(await inTransaction(world.source, (tx) => auditSlots(tx, channelId))).toBeUndefined();
    }
    expect((await checkFolds(world.source)).mismatches).toEqual([]);
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
      await stage.report(ending, 'failed');
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

    await stage.shut(['crowded']);
    await multiply(await stage.create('crowded-only', 'acc_flood'), queuedByFlood);
    for (const other of others) await multiply(await stage.create('crowded-only', other), 5);
    await stage.open(['crowded']);
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
    await stage.shut(['crowded']);
    for (const newcomer of newcomers) await multiply(await stage.create('crowded-only', newcomer), 20);
    await stage.open(['crowded']);
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
