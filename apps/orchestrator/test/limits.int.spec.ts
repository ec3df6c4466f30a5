import { type TaskSubmission } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { Script } from './neighbours.js';
import { RefusedError, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
  world.script.poll = () => ({ state: 'running', progress: 10 });
});

type Limits = Pick<TaskSubmission, 'accountId'> & Partial<Pick<TaskSubmission, 'maxQueued' | 'maxConcurrent'>>;

/** Many at once. @returns how many got in, and why the others did not. */
async function submit(count: number, limits: Limits): Promise<{ accepted: number; refusals: Set<string | undefined> }> {
  const answers = await Promise.all(
    Array.from({ length: count }, () =>
      world.create(world.submission(limits)).then(
        () => 'accepted' as const,
        (error: unknown) => error,
      ),
    ),
  );
  const refusals = answers.filter((answer) => answer !== 'accepted');
  return {
    accepted: count - refusals.length,
    refusals: new Set(refusals.map((error) => (error instanceof RefusedError ? error.code : String(error)))),
  };
}

async function open(accountId: string): Promise<number> {
  const text = `SELECT count(*)::int AS count FROM task WHERE account_id = $1 AND is_open`;
  const [row] = await sql<{ count: number }>(world.source, text, [accountId]);
  return row?.count ?? -1;
}

describe('the limits of an account', () => {
  it('are exact where one replica takes submissions, also while its count is believed', async () => {
    const limits = { accountId: 'acc_alone', maxQueued: 20 };
    expect(await submit(8, limits)).toEqual({ accepted: 8, refusals: new Set() });
    expect(await submit(100, limits)).toEqual({ accepted: 12, refusals: new Set(['queue_full']) });
    expect(await open(limits.accountId)).toBe(20);
    const concurrent = { accountId: 'acc_concurrent', maxConcurrent: 3 };
    expect(await submit(50, concurrent)).toEqual({ accepted: 3, refusals: new Set(['concurrency_limited']) });
  });

  it('leave other accounts alone', async () => {
    const [full, other] = await Promise.all([
      submit(60, { accountId: 'acc_full', maxQueued: 5 }),
      submit(60, { accountId: 'acc_other', maxQueued: 100 }),
    ]);
    expect([full.accepted, other.accepted]).toEqual([5, 60]);
  });

  it('make room again when tasks end', async () => {
    const limits = { accountId: 'acc_again', maxConcurrent: 4 };
    expect((await submit(10, limits)).accepted).toBe(4);
    world.script.poll = new Script().poll;
    await eventually(async () => expect(await open(limits.accountId)).toBe(0));
    world.script.poll = () => ({ state: 'running', progress: 10 });
    expect((await submit(10, limits)).accepted).toBe(4);
  });

  it('hold while billing does not answer: what waits for its credits is counted', async () => {
    world.script.loseHoldAnswers = Infinity;
    const limits = { accountId: 'acc_waiting', maxQueued: 4 };
    expect((await submit(4, limits)).refusals).toEqual(new Set(['unavailable']));
    expect(await open(limits.accountId)).toBe(0);
    const { accepted, refusals } = await submit(10, limits);
    expect([accepted, ...refusals]).toEqual([0, 'queue_full']);
    world.script.loseHoldAnswers = 0;
    await sql(world.source, `UPDATE reservation SET retry_at = now()`);
    await eventually(async () => expect(await open(limits.accountId)).toBe(4));
  });

  it('are passed once for each further replica at most, and then no more', async () => {
    await world.replica();
    const limits = { accountId: 'acc_shared', maxQueued: 20 };
    const { accepted, refusals } = await submit(300, limits);
    expect(accepted).toBeGreaterThanOrEqual(20);
    expect(accepted).toBeLessThanOrEqual(40);
    expect([...refusals]).toEqual(['queue_full']);
    expect(await open(limits.accountId)).toBe(accepted);
    expect((await submit(50, limits)).accepted).toBe(0);
  });
});
