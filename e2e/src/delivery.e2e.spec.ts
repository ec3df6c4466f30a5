import { eventually } from '@videoapi/testing';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { newCustomer } from './customer.js';
import { entriesOf, entryCount, imbalances, wallet } from './ledger.js';
import { Receiver } from './receiver.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.open();
});
afterEach(() => receiver.close());

describe('a task whose customer never polls', () => {
  it('completes, settles and delivers one webhook that the stock libraries verify', async () => {
    const customer = await newCustomer(stack, 100);
    expect(await wallet(stack, customer.accountId)).toEqual({ granted: 100, settled: 0, reserved: 0, available: 100 });
    const secret = await customer.call<{ secret: string }>('POST', '/api/webhooks/secret/rotate', { json: {} });

    const taskId = await customer.submit({ callback_url: receiver.url('/done?order=7') });

    await eventually(() => expect(receiver.received).toHaveLength(1), { timeoutMs: 60_000 });
    const [delivery] = receiver.received;
    if (delivery === undefined) throw new Error('nothing arrived');
    expect(delivery.path).toBe('/done?order=7');
    const headers = Object.fromEntries(Object.entries(delivery.headers).map(([name, value]) => [name, String(value)]));
    const verified = new Webhook(secret.body.secret).verify(delivery.body, headers);
    expect(verified).toMatchObject({
      type: 'video.completed',
      data: { task_id: taskId, status: 'completed', credits_charged: 10 },
    });
    const client = new OpenAI({ apiKey: 'unused', webhookSecret: secret.body.secret });
    expect(await client.webhooks.unwrap(delivery.body, headers)).toMatchObject({ type: 'video.completed' });

    const holds = await query(stack, 'billing', 'SELECT status FROM hold WHERE id = $1', [taskId]);
    expect(holds).toEqual([{ status: 'settled' }]);
    expect(await entriesOf(stack, taskId)).toEqual([
      { kind: 'hold', amount: 10 },
      { kind: 'settle', amount: 10 },
    ]);
    expect(await wallet(stack, customer.accountId)).toEqual({ granted: 100, settled: 10, reserved: 0, available: 90 });
    expect(await entryCount(stack, customer.accountId)).toBe(3);
    expect(await imbalances(stack)).toEqual([]);
  });

  it('hears of a failure too, on an endpoint of the account', async () => {
    const customer = await newCustomer(stack, 100);
    const endpoint = await customer.call<{ id: string; secret: string }>('POST', '/api/webhooks/endpoints', {
      json: { url: receiver.url(), event_types: ['video.failed'] },
    });
    expect(endpoint.status).toBe(201);

    const taskId = await customer.submit({ prompt: 'doomed [[sim:fail]]' });

    await eventually(() => expect(receiver.received).toHaveLength(1), { timeoutMs: 60_000 });
    const [delivery] = receiver.received;
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({
      type: 'video.failed',
      data: { task_id: taskId, credits_refunded: true, error: { code: 'provider_error' } },
    });
    expect(await entriesOf(stack, taskId)).toEqual([
      { kind: 'hold', amount: 10 },
      { kind: 'release', amount: 10 },
    ]);
    expect(await wallet(stack, customer.accountId)).toEqual({ granted: 100, settled: 0, reserved: 0, available: 100 });
  });

  it('is told again after an error, with the same id and the same bytes', async () => {
    const customer = await newCustomer(stack, 100);
    receiver.close();
    let calls = 0;
    receiver = await Receiver.open(() => (calls++ === 0 ? 500 : 200));

    await customer.submit({ callback_url: receiver.url() });

    await eventually(() => expect(receiver.received).toHaveLength(2), { timeoutMs: 60_000 });
    const [first, second] = receiver.received;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
  });
});
