import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { Customer, newCustomer, smallVideo } from './customer.js';
import { holds } from './ledger.js';
import { losingFirstAnswer } from './losing-proxy.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();

async function tasksOf(accountId: string): Promise<string[]> {
  const rows = await query<{ id: string }>(stack, 'orchestrator', 'SELECT id FROM task WHERE account_id = $1', [
    accountId,
  ]);
  return rows.map((row) => row.id);
}

describe('one wish, one task', () => {
  it('the same Idempotency-Key twenty times in parallel', async () => {
    const customer = await newCustomer(stack, 1000);
    const headers = { 'idempotency-key': randomUUID() };

    const answers = await Promise.all(Array.from({ length: 20 }, () => customer.create(smallVideo, headers)));

    expect(await tasksOf(customer.accountId)).toHaveLength(1);
    expect(Object.values(await holds(stack, customer.accountId))).toEqual([1]);
    const [only] = await tasksOf(customer.accountId);
    for (const answer of answers) {
      if (answer.status === 200) expect(answer.body.task_id).toBe(only);
      else expect([answer.status, answer.body.error?.code]).toEqual([409, 'idempotency_in_progress']);
    }
    const replay = await customer.create(smallVideo, headers);
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.task_id]).toEqual([
      200,
      'true',
      only,
    ]);
    const other = await customer.create({ ...smallVideo, prompt: 'something else' }, headers);
    expect([other.status, other.body.error?.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('a 402 is not remembered: after a top-up the same key makes the task', async () => {
    const customer = await newCustomer(stack, 0);
    const headers = { 'idempotency-key': randomUUID() };
    expect((await customer.create(smallVideo, headers)).status).toBe(402);

    await grant(customer.accountId, 10);

    expect((await customer.create(smallVideo, headers)).status).toBe(200);
  });

  it("the stock openai package's own retry of a 503, which carries no key", async () => {
    const customer = await newCustomer(stack, 1000);
    const proxy = await losingFirstAnswer(stack.gateway);
    const client = new OpenAI({ apiKey: customer.key, baseURL: `${proxy.url}/v1`, maxRetries: 2 });

    const created: { task_id: string } = await client.post('/video/generations', { body: smallVideo });

    proxy.close();
    expect(proxy.requests()).toBe(2);
    expect(await tasksOf(customer.accountId)).toEqual([created.task_id]);
  });
});

async function grant(accountId: string, amount: number): Promise<void> {
  const admin = new Customer(stack, stack.keys.admin);
  await admin.call('POST', `/api/admin/accounts/${accountId}/grants`, { json: { amount, key: randomUUID() } });
}
