import { createEndpoint, getAccountSecret } from '@videoapi/contracts';
import { eventually } from '@videoapi/testing';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { Receiver } from './receiver.js';
import { newAccount, newTask, startWorld, type World } from './world.js';

let world: World;
let receiver: Receiver;
beforeAll(async () => {
  world = await startWorld({ ladderMs: [100, 200, 300] });
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

describe('a callback URL', () => {
  it('hears of the end, once, in a form that the stock libraries verify', async () => {
    const accountId = newAccount();
    const task = newTask(accountId);
    await world.publish(
      'started',
      newTask(accountId, { id: task.id, version: 3, status: 'processing' }),
      receiver.url(),
    );
    await world.publish('completed', task, receiver.url('/done?order=7'));

    await eventually(() => expect(receiver.received).toHaveLength(1));
    const [delivery] = receiver.received;
    const { secret } = await world.call(getAccountSecret, { accountId, reveal: true });
    expect(delivery?.path).toBe('/done?order=7');
    expect(new Webhook(secret ?? '').verify(delivery?.body ?? '', delivery?.headers ?? {})).toMatchObject({
      type: 'video.completed',
      data: { task_id: task.id, url: 'https://api.example.com/media/med_1/signature.mp4' },
    });
    const client = new OpenAI({ apiKey: 'unused', webhookSecret: secret });
    expect(await client.webhooks.unwrap(delivery?.body ?? '', delivery?.headers)).toMatchObject({
      type: 'video.completed',
    });
  });
});

describe('an endpoint', () => {
  it('hears of what it asked for', async () => {
    const accountId = newAccount();
    const { secret } = await world.call(createEndpoint, {
      accountId,
      url: receiver.url(),
      eventTypes: ['video.failed'],
    });
    await world.publish('completed', newTask(accountId));
    const task = newTask(accountId, { status: 'failed', error: { code: 'provider_error', message: 'no' } });
    await world.publish('failed', task);

    await eventually(() => expect(receiver.received).toHaveLength(1));
    const [delivery] = receiver.received;
    const body: unknown = new Webhook(secret).verify(delivery?.body ?? '', delivery?.headers ?? {});
    expect(body).toMatchObject({ type: 'video.failed', data: { task_id: task.id } });
  });
});
