import { jest } from '@jest/globals';
import { cancelTask, createTask, type TaskSubmission } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { Script } from './neighbours.js';
import { newTaskId, RefusedError, startWorld, type World } from './world.js';

jest.setTimeout(120_000);

const patience = { timeoutMs: 30_000 };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
  world.script.poll = () => ({ state: 'running', progress: 10 });
});

type Sender = Pick<TaskSubmission, 'accountId' | 'apiKeyId'> & Partial<TaskSubmission>;

interface Answers {
  readonly accepted: readonly string[];
  readonly refused: ReadonlyMap<string, unknown>;
}

/** Many at once, each by a call of its own, so that they fall into several batches. */
async function submit(count: number, sender: Sender): Promise<Answers> {
  const refused = new Map<string, unknown>();
  const ids = Array.from({ length: count }, newTaskId);
  const create = (taskId: string) =>
    world.create(world.submission({ ...sender, taskId })).catch((error: unknown) => refused.set(taskId, error));
  await Promise.all(ids.map(create));
  return { accepted: ids.filter((id) => !refused.has(id)), refused };
}

function codesOf({ refused }: Answers): (string | undefined)[] {
  return [...refused.values()].map((error) => (error instanceof RefusedError ? error.code : String(error)));
}

/** Everything that the database has of these ids. */
async function rowsOf(ids: readonly string[]): Promise<number> {
  const [row] = await sql<{ count: number }>(
    world.source,
    `SELECT ((SELECT count(*) FROM task WHERE id = ANY($1)) + (SELECT count(*) FROM reservation WHERE id = ANY($1))
      + (SELECT count(*) FROM task_event WHERE task_id = ANY($1)) + (SELECT count(*) FROM timer WHERE task_id = ANY($1))
      + (SELECT count(*) FROM outbox WHERE key = ANY($1)))::int AS count`,
    [ids],
  );
  return row?.count ?? -1;
}

async function openOf(apiKeyId: string): Promise<number> {
  const text = `SELECT count(*)::int AS count FROM task WHERE api_key_id = $1 AND is_open`;
  const [row] = await sql<{ count: number }>(world.source, text, [apiKeyId]);
  return row?.count ?? -1;
}

describe('the limit of an API key', () => {
  it('lets exactly as many in as it says, however many ask at once; of the others nothing is written', async () => {
    const sender = { accountId: 'acc_many', apiKeyId: 'key_many', keyMaxConcurrent: 3 };
    const answers = await submit(20, sender);
    expect(answers.accepted.length).toBe(3);
    expect([...answers.refused.values()]).toEqual(
      Array.from({ length: 17 }, () =>
        expect.objectContaining({ code: 'concurrency_limited', details: { limit: 3 }, retryAfterMs: 5_000 }),
      ),
    );
    const refused = [...answers.refused.keys()];
    expect([await rowsOf(refused), refused.filter((id) => world.script.holds.has(id))]).toEqual([0, []]);
    expect(await rowsOf(answers.accepted)).toBeGreaterThanOrEqual(9);
    expect(await openOf('key_many')).toBe(3);
  });

  it('counts that key alone, and the limit of the account all of its keys', async () => {
    const first = { accountId: 'acc_two', apiKeyId: 'key_first', keyMaxConcurrent: 3, maxQueued: 8 };
    const second = { ...first, apiKeyId: 'key_second', keyMaxConcurrent: 2 };
    const free = { ...first, apiKeyId: 'key_free', keyMaxConcurrent: null };
    const ofFirst = await submit(10, first);
    const ofSecond = await submit(10, second);
    expect([ofFirst.accepted.length, ofSecond.accepted.length]).toEqual([3, 2]);
    expect(new Set([...codesOf(ofFirst), ...codesOf(ofSecond)])).toEqual(new Set(['concurrency_limited']));
    const ofFree = await submit(10, free);
    expect([ofFree.accepted.length, new Set(codesOf(ofFree))]).toEqual([3, new Set(['queue_full'])]);
    expect(codesOf(await submit(1, first))).toEqual(['concurrency_limited']);
    const narrow = { ...free, maxConcurrent: 8 };
    expect(codesOf(await submit(1, narrow))).toEqual(['concurrency_limited']);
  });

  it('makes room for as many as have ended', async () => {
    const sender = { accountId: 'acc_room', apiKeyId: 'key_room', keyMaxConcurrent: 3 };
    const [taskId = ''] = (await submit(5, sender)).accepted;
    expect((await submit(5, sender)).accepted).toEqual([]);
    await world.rpc.call(cancelTask, { accountId: sender.accountId, taskId }, { timeoutMs: 20_000 });
    await eventually(async () => expect(await openOf('key_room')).toBe(2), patience);
    const next = await submit(10, sender);
    expect([next.accepted.length, new Set(codesOf(next))]).toEqual([1, new Set(['concurrency_limited'])]);
  });

  it('refuses nobody by what it only remembers: what has ended makes room at once', async () => {
    const sender = { accountId: 'acc_past', apiKeyId: 'key_past', keyMaxConcurrent: 3 };
    const [taskId = ''] = (await submit(1, sender)).accepted;
    await world.rpc.call(cancelTask, { accountId: sender.accountId, taskId }, { timeoutMs: 20_000 });
    await eventually(async () => expect(await openOf('key_past')).toBe(0), patience);
    const tasks = Array.from({ length: 3 }, () => world.submission(sender));
    const { results } = await world.rpc.call(createTask, { tasks }, { timeoutMs: 20_000 });
    expect(results).toEqual([0, 1, 2].map(() => ({ task: expect.anything() })));
  });

  it('lets a repeat of an accepted task through', async () => {
    const sender = { accountId: 'acc_repeat', apiKeyId: 'key_repeat', keyMaxConcurrent: 1 };
    const [taskId = ''] = (await submit(1, sender)).accepted;
    expect(await world.create(world.submission({ ...sender, taskId }))).toMatchObject({ id: taskId });
    expect(codesOf(await submit(1, sender))).toEqual(['concurrency_limited']);
  });

  it('counts what waits for its credits, by its key', async () => {
    world.script.loseHoldAnswers = Infinity;
    const sender = { accountId: 'acc_unsure', apiKeyId: 'key_unsure', keyMaxConcurrent: 2 };
    expect(new Set(codesOf(await submit(2, sender)))).toEqual(new Set(['unavailable']));
    expect(await openOf('key_unsure')).toBe(0);
    expect(new Set(codesOf(await submit(3, sender)))).toEqual(new Set(['concurrency_limited']));
    const other = { ...sender, apiKeyId: 'key_other' };
    expect(codesOf(await submit(1, other))).toEqual(['unavailable']);
  });

  it('follows a change at once, up and down', async () => {
    const sender = { accountId: 'acc_change', apiKeyId: 'key_change' };
    expect((await submit(4, { ...sender, keyMaxConcurrent: 4 })).accepted.length).toBe(4);
    expect((await submit(2, { ...sender, keyMaxConcurrent: 2 })).accepted).toEqual([]);
    // Counting for the limit of 2 stopped at 2. Believed now, it would let 8 in.
    expect((await submit(8, { ...sender, keyMaxConcurrent: 10 })).accepted.length).toBe(6);
    expect((await submit(5, { ...sender, keyMaxConcurrent: null })).accepted.length).toBe(5);
    expect((await submit(1, { ...sender, keyMaxConcurrent: 15 })).accepted).toEqual([]);
  });
});
