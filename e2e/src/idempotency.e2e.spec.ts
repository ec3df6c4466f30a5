import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { Customer, newCustomer, smallVideo } from './customer.js';
import { holds } from './ledger.js';
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

/** Passes everything on, but answers the first request with 503 after it has had its effect. */
async function losingFirstAnswer(target: string): Promise<{ url: string; requests: () => number; close: () => void }> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    const isFirst = count === 1;
    passOn(target, request).then(
      ({ status, body }) => {
        response.writeHead(isFirst ? 503 : status, { 'content-type': 'application/json' });
        response.end(isFirst ? '{"error":{"message":"lost"}}' : body);
      },
      () => response.writeHead(599).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => count, close: () => server.close() };
}

async function passOn(target: string, request: IncomingMessage): Promise<{ status: number; body: string }> {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const answer = await fetch(`${target}${request.url}`, {
    method: request.method ?? 'GET',
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: Buffer.concat(await request.toArray()),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, body: await answer.text() };
}
