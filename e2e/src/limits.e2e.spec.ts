import { randomUUID } from 'node:crypto';
import { eventually } from '@videoapi/testing';
import { type Answer, Customer, smallVideo } from './customer.js';
import { holds, wallet } from './ledger.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
const admin = new Customer(stack, stack.keys.admin);

/** Renders until it is told to stop, so that nothing ends behind a spec's back. */
const endless = { ...smallVideo, prompt: 'never ends [[sim:hang]]' };

interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** An account with these limits and 1,000 credits. */
async function newAccount(limits: object): Promise<string> {
  const json = { name: `e2e ${randomUUID()}`, ...limits };
  const { body } = await admin.call<{ id: string }>('POST', '/api/admin/accounts', { json });
  const grant = { amount: 1_000, key: randomUUID() };
  const granted = await admin.call('POST', `/api/admin/accounts/${body.id}/grants`, { json: grant });
  expect(granted.status).toBe(200);
  return body.id;
}

async function newKey(accountId: string, limits: object = {}): Promise<Customer & MadeKey> {
  const path = `/api/admin/accounts/${accountId}/keys`;
  const { status, body } = await admin.call<MadeKey>('POST', path, { json: { name: 'e2e', ...limits } });
  expect([status, body]).toEqual([201, expect.objectContaining(limits)]);
  return Object.assign(new Customer(stack, body.key), { id: body.id });
}

function createMany(customer: Customer, count: number): ReturnType<Customer['create']>[] {
  return Array.from({ length: count }, () => customer.create(endless));
}

type Created = Awaited<ReturnType<Customer['create']>>;

function taskIdsOf(answers: readonly Created[]): string[] {
  return answers.filter(({ status }) => status === 200).map(({ body }) => body.task_id);
}

function expectRefusal({ status, headers, body }: Answer, code: string): void {
  expect([status, body]).toEqual([429, { error: expect.objectContaining({ code, type: 'rate_limit_error' }) }]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

async function taskIdsIn(accountId: string): Promise<string[]> {
  const text = `SELECT id FROM task WHERE account_id = $1 UNION ALL SELECT id FROM reservation WHERE account_id = $1`;
  return (await query<{ id: string }>(stack, 'orchestrator', text, [accountId])).map(({ id }) => id).toSorted();
}

/** Ends them, whatever state they are in; a render that has just begun takes its cancel a moment later. */
async function end(customer: Customer, taskIds: readonly string[]): Promise<void> {
  for (const taskId of taskIds) {
    await eventually(
      async () => {
        await customer.call('POST', `/v1/video/generations/${taskId}/cancel`, { json: {} });
        expect((await customer.task(taskId)).status).toBe('failed');
      },
      { timeoutMs: 40_000, intervalMs: 200 },
    );
  }
}

it('a key has as many unfinished tasks as it may, its account as many as all of its keys may', async () => {
  const accountId = await newAccount({ max_queued: 5 });
  const limited = await newKey(accountId, { max_concurrent: 3 });
  const free = await newKey(accountId);

  const ofLimited = await Promise.all(createMany(limited, 20));
  const ofFree = await Promise.all(createMany(free, 6));

  const accepted = [...taskIdsOf(ofLimited), ...taskIdsOf(ofFree)];
  try {
    const refused = ofLimited.filter(({ status }) => status !== 200);
    expect([taskIdsOf(ofLimited).length, refused.length]).toEqual([3, 17]);
    for (const answer of refused) expectRefusal(answer, 'concurrency_limited');
    expect(taskIdsOf(ofFree).length).toBe(2);
    for (const answer of ofFree.filter(({ status }) => status !== 200)) expectRefusal(answer, 'queue_full');

    expect(await taskIdsIn(accountId)).toEqual(accepted.toSorted());
    expect(await holds(stack, accountId)).toEqual({ open: 5 });
    expect(await wallet(stack, accountId)).toMatchObject({ available: 950, reserved: 50 });
  } finally {
    await end(limited, accepted);
  }
  await eventually(
    async () => expect(await wallet(stack, accountId)).toMatchObject({ available: 1_000, reserved: 0 }),
    { timeoutMs: 40_000, intervalMs: 200 },
  );
});

it('room comes back when a task ends, and when an administrator gives more', async () => {
  const accountId = await newAccount({});
  const customer = await newKey(accountId, { max_concurrent: 1 });
  const path = `/api/admin/accounts/${accountId}/keys/${customer.id}`;
  const taskIds: string[] = [];
  try {
    taskIds.push(await customer.submit(endless));
    expectRefusal(await customer.create(endless), 'concurrency_limited');

    await end(customer, taskIds.splice(0));
    taskIds.push(await customer.submit(endless));
    expectRefusal(await customer.create(endless), 'concurrency_limited');

    const changed = await admin.call('PATCH', path, { json: { max_concurrent: 2 } });
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining({ max_concurrent: 2 })]);
    await eventually(async () => taskIds.push(await customer.submit(endless)), { timeoutMs: 40_000, intervalMs: 200 });
    expectRefusal(await customer.create(endless), 'concurrency_limited');
  } finally {
    await end(customer, taskIds);
  }
});
