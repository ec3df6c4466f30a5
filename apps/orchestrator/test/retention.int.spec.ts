import { deleteTask } from '@videoapi/contracts';
import { createDataSource, Retention, sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { type DataSource } from 'typeorm';
import { checkFolds } from '../src/read/check-folds.js';
import { Script } from './neighbours.js';
import { account, startWorld, type World } from './world.js';

let world: World;
let retention: Retention;
beforeAll(async () => {
  world = await startWorld();
  retention = (await world.replica()).app.get(Retention);
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
});

async function events(taskId: string): Promise<number> {
  return (await sql(world.source, 'SELECT FROM task_event WHERE task_id = $1', [taskId])).length;
}

/** A task that was made so many days ago, and ended then too, unless it still runs. */
async function madeDaysAgo(days: number, { isOver }: { isOver: boolean }): Promise<string> {
  world.script.poll = isOver ? new Script().poll : () => ({ state: 'running', progress: 1 });
  const taskId = world.submission().taskId.replace(/\d{13}/, String(Date.now() - days * 86_400_000));
  await world.create(world.submission({ taskId }));
  if (isOver) {
    await world.ended(taskId);
    const back = `UPDATE task SET completed_at = completed_at - make_interval(days => $2::int) WHERE id = $1`;
    await sql(world.source, back, [taskId, days]);
  } else {
    await eventually(async () => {
      const [task] = await sql<{ state: string }>(world.source, 'SELECT state FROM task WHERE id = $1', [taskId]);
      expect(task?.state).toBe('running');
    });
  }
  return taskId;
}

describe('retention', () => {
  it('forgets the histories of tasks that ended long ago, and keeps the tasks', async () => {
    const old = await Promise.all([31, 45, 400].map((days) => madeDaysAgo(days, { isOver: true })));
    const young = await madeDaysAgo(29, { isOver: true });
    const running = await madeDaysAgo(40, { isOver: false });
    const kept = await Promise.all([young, running].map(events));
    const before = await Promise.all(old.map((id) => world.read(id)));

    expect(await retention.forget()).toBe(old.length);
    expect(await Promise.all(old.map(events))).toEqual([0, 0, 0]);
    expect(await Promise.all([young, running].map(events))).toEqual(kept);
    expect(kept.every((count) => count > 1)).toBe(true);
    expect(await Promise.all(old.map((id) => world.read(id)))).toEqual(before);
    expect(await retention.forget()).toBe(0);
    const attempts = await sql(world.source, 'SELECT FROM attempt WHERE task_id = ANY($1)', [old]);
    expect(attempts).toHaveLength(old.length);
  });

  it('does not hinder the check of histories, which tells a forgotten one from a damaged one', async () => {
    const [gone, damaged] = await Promise.all([40, 3].map((days) => madeDaysAgo(days, { isOver: true })));
    await retention.forget();
    // Deleted by its customer after its history is gone: one more event, without a beginning.
    await world.rpc.call(deleteTask, { accountId: account, taskId: gone ?? '' }, { timeoutMs: 20_000 });
    await sql(world.source, 'DELETE FROM task_event WHERE task_id = $1 AND version = 2', [damaged]);

    const { mismatches, forgotten } = await checkFolds(world.source);
    // What these tests have made older than it is does not fold either: its end lies elsewhere.
    expect(mismatches).toContainEqual({ taskId: damaged, reason: 'version 2 is missing, 3 follows' });
    expect(mismatches.map((mismatch) => mismatch.taskId)).not.toContain(gone);
    expect(forgotten).toBeGreaterThan(0);
  });
});

describe('the service', () => {
  let service: DataSource;
  beforeAll(async () => {
    service = await createDataSource({ ...world.config.database, applicationName: 'test' }).initialize();
  });
  afterAll(() => service.destroy());

  it('cannot forget what is younger than a week', async () => {
    await expect(sql(service, 'SELECT forget_histories(6, 1)')).rejects.toMatchObject({ code: 'P0001' });
    await expect(sql(service, 'SELECT forget_histories(-1, 1)')).rejects.toMatchObject({ code: 'P0001' });
  });

  it('cannot talk the function into other tables', async () => {
    const id = await madeDaysAgo(41, { isOver: false });
    const count = await events(id);
    const runner = service.createQueryRunner();
    try {
      await runner.query(`CREATE TEMP TABLE task (id text, completed_at timestamptz)`);
      await runner.query(`INSERT INTO task VALUES ($1, '2000-01-01')`, [id]);
      await runner.query(`SELECT forget_histories(7, 100)`);
    } finally {
      await runner.release();
    }
    expect(await events(id)).toBe(count);
  });

  it('leaves no timer of a task that has ended', async () => {
    const left = `SELECT timer.task_id FROM timer JOIN task ON task.id = timer.task_id WHERE NOT task.is_open`;
    await eventually(async () => expect(await sql(world.source, left)).toEqual([]));
  });
});
