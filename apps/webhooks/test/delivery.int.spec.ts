import {
  createEndpoint,
  deleteEndpoint,
  getAccountSecret,
  listDeliveries,
  listDeliveryAttempts,
  listEndpoints,
  redeliver,
  rotateAccountSecret,
  rotateEndpointSecret,
  testEndpoint,
  updateEndpoint,
  walletLow,
} from '@videoapi/contracts';
import { Publisher } from '@videoapi/messaging';
import { eventually } from '@videoapi/testing';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { Reconciler } from '../src/event/reconciler.js';
import { Receiver } from './receiver.js';
import { newAccount, newTask, rows, startWorld, type World } from './world.js';

let world: World;
let receiver: Receiver;
let accountId: string;
beforeAll(async () => {
  world = await startWorld({ ladderMs: [100, 200, 300] });
});
afterAll(() => world.stop());
beforeEach(async () => {
  accountId = newAccount();
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

async function endpoint(eventTypes: readonly string[] = [], url = receiver.url()) {
  const { endpoint: made, secret } = await world.call(createEndpoint, { accountId, url, eventTypes });
  return { id: made.id, secret };
}
async function deliveries(query: object = {}) {
  return (await world.call(listDeliveries, { accountId, ...query })).deliveries;
}
async function settled(count = 1) {
  return eventually(
    async () => {
      const found = await deliveries();
      expect(found.filter(({ state }) => state !== 'pending' && state !== 'leased')).toHaveLength(count);
      return found;
    },
    { timeoutMs: 30_000 },
  );
}
const verify = (secret: string | null, { body, headers } = receiver.received[0] ?? { body: '', headers: {} }) =>
  new Webhook(secret ?? '').verify(body, headers);

describe('a callback URL', () => {
  it('hears of the end, once, in a form that the stock libraries verify', async () => {
    const task = newTask(accountId);
    const started = newTask(accountId, { id: task.id, version: 3, status: 'processing' });
    await world.publish('queued', started, receiver.url('/done'));
    await world.publish('started', { ...started, version: 4 }, receiver.url('/done'));
    await world.publish('completed', task, receiver.url('/done?order=7'));

    await settled();
    expect(receiver.received).toHaveLength(1);
    const [delivery] = receiver.received;
    const { secret } = await world.call(getAccountSecret, { accountId, reveal: true });
    expect(delivery?.path).toBe('/done?order=7');
    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'VideoAPI-Webhooks/1.0',
    });
    expect(verify(secret)).toMatchObject({
      type: 'video.completed',
      data: { task_id: task.id, url: 'https://api.example.com/media/med_1/signature.mp4', metadata: task.metadata },
    });
    const client = new OpenAI({ apiKey: 'unused', webhookSecret: secret });
    expect(await client.webhooks.unwrap(delivery?.body ?? '', delivery?.headers)).toMatchObject({
      type: 'video.completed',
    });
  });

  it('hears in its own format, beside an endpoint that hears in ours', async () => {
    const task = newTask(accountId);
    const own = await Receiver.start();
    const { secret } = await endpoint();
    await world.publish('completed', task, { url: own.url('/project'), format: 'aistudios' });

    const told = await settled(2);
    expect(receiver.received).toHaveLength(1);
    expect(verify(secret)).toMatchObject({ type: 'video.completed', data: { task_id: task.id } });
    const [delivery, ...others] = own.received;
    const account = await world.call(getAccountSecret, { accountId, reveal: true });
    expect(others).toEqual([]);
    expect(verify(account.secret, delivery)).toEqual({
      progress: 100,
      credit: Number(task.creditsCharged),
      backendTaskId: task.id,
      projectId: task.id,
      download_url: 'https://api.example.com/media/med_1/signature.mp4',
    });
    expect(delivery?.headers['webhook-id']).not.toBe(receiver.received[0]?.headers['webhook-id']);
    expect(told.map(({ type, taskId }) => [type, taskId])).toEqual(Array(2).fill(['video.completed', task.id]));
    await own.stop();
  });

  it('hears once, however often the fact is told and by whomever', async () => {
    const task = newTask(accountId, { completedAt: new Date(Date.now() - 30_000).toISOString() });
    for (const copy of ['a', 'b', 'c']) await world.publish('completed', task, receiver.url(), `${task.id}:${copy}`);
    await settled();
    const { prompt: _, ...view } = task;
    world.finished.push({ task: view, callback: { url: receiver.url(), format: 'native' } });
    await rows(world, `UPDATE reconciliation SET claimed_at = '-infinity'`);
    await world.running.app.get(Reconciler).reconcile(new Date());

    expect(await deliveries()).toHaveLength(1);
    expect(receiver.received).toHaveLength(1);
  });

  it('hears of an end that no message told of', async () => {
    const { prompt: _, ...view } = newTask(accountId, { completedAt: new Date(Date.now() - 20_000).toISOString() });
    world.finished.push({ task: view, callback: { url: receiver.url(), format: 'native' } });
    await rows(world, `UPDATE reconciliation SET claimed_at = '-infinity'`);
    await world.running.app.get(Reconciler).reconcile(new Date());

    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(receiver.received[0]?.body).toContain(view.id);
  });

  it('is one endpoint per origin, which nobody sees in the list', async () => {
    for (const path of ['/1', '/2', '/3']) await world.publish('completed', newTask(accountId), receiver.url(path));
    await settled(3);

    const found = await rows<{ url: string }>(world, 'SELECT url FROM endpoint WHERE account_id = $1', [accountId]);
    expect(found).toEqual([{ url: new URL(receiver.url()).origin }]);
    expect((await world.call(listEndpoints, { accountId })).endpoints).toEqual([]);
    expect((await deliveries())[0]).toMatchObject({ endpointId: null });
  });

  it('goes on hearing of other tasks after one URL answered 410', async () => {
    receiver.behave = ({ path }) => (path === '/gone' ? 410 : 200);
    await world.publish('completed', newTask(accountId), receiver.url('/gone'));
    await settled();
    await world.publish('completed', newTask(accountId), receiver.url('/there'));
    const found = await settled(2);
    expect(found.map(({ state }) => state)).toEqual(['delivered', 'discarded']);
  });
});

describe('an endpoint', () => {
  it('hears of what it asked for', async () => {
    const { secret } = await endpoint(['video.failed']);
    await world.publish('completed', newTask(accountId));
    const task = newTask(accountId, { status: 'failed', error: { code: 'provider_error', message: 'no' } });
    await world.publish('failed', task);

    await settled();
    expect(verify(secret)).toMatchObject({ type: 'video.failed', data: { task_id: task.id } });
    expect(receiver.received).toHaveLength(1);
  });

  it('hears of everything but progress when it asked for nothing in particular', async () => {
    await endpoint();
    const task = newTask(accountId);
    const facts = ['queued', 'started', 'progressed', 'completed'] as const;
    for (const [index, fact] of facts.entries()) await world.publish(fact, { ...task, version: index + 1 });
    await new Publisher(world.connection).publishEvent(walletLow, {
      id: `low:${accountId}`,
      occurredAt: new Date(),
      data: { accountId, available: '5', lowWater: '10' },
    });

    await settled(3);
    const types = receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types.toSorted()).toEqual(['credits.low', 'video.completed', 'video.queued']);
  });

  it('hears of progress at most every 15 s, the latest, and never after the end', async () => {
    await endpoint(['*']);
    const task = newTask(accountId, { status: 'processing', progress: 1 });
    await world.publish('started', { ...task, version: 1 });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    for (const version of [2, 3, 5]) await world.publish('progressed', { ...task, version, progress: version });
    await eventually(async () => {
      const last = 'SELECT FROM event WHERE producer_key = $1';
      expect(await rows(world, last, [`${task.id}:5`])).toHaveLength(1);
      expect((await deliveries()).filter(({ state }) => state === 'pending')).toHaveLength(1);
    });
    const [latest, ...earlier] = await deliveries();

    expect(latest).toMatchObject({ state: 'pending' });
    expect(Date.parse(latest?.nextAttemptAt ?? '') - (receiver.received[0]?.at ?? 0)).toBeGreaterThan(13_000);
    expect(earlier.at(-1)).toMatchObject({ state: 'delivered' });
    const told = earlier.length + 1;
    await world.publish('completed', { ...task, version: 6, status: 'completed', progress: 100 });
    await settled(told + 1);
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.body).toContain('video.completed');
    await world.publish('progressed', { ...task, version: 4 }, undefined, `${task.id}:late`);
    await world.publish('completed', newTask(accountId));
    await settled(told + 2);
    expect(await deliveries()).toHaveLength(told + 2);
  });

  it('gets the same bytes and the same id again, with a new time and signature, and its attempts are listed', async () => {
    const { secret } = await endpoint();
    receiver.behave = (_, nth) =>
      nth < 3 ? (response) => response.writeHead(500, { 'x-why': 'x' }).end(`no\0 ${nth}`) : 204;
    await world.publish('completed', newTask(accountId));
    const [delivery] = await settled();

    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([delivery?.webhookId]),
    );
    for (const received of receiver.received) expect(verify(secret, received)).toBeDefined();
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 3, lastStatus: 204, nextAttemptAt: null });
    const { attempts } = await world.call(listDeliveryAttempts, { accountId, deliveryId: delivery?.id });
    expect(attempts.map(({ attempt, status, error }) => [attempt, status, error])).toEqual([
      [1, 500, 'http_500'],
      [2, 500, 'http_500'],
      [3, 204, null],
    ]);
    expect(attempts[0]?.responseHead).toBe('no\uFFFD 1');
  });

  it('is given up on at the end of the ladder, and told once more when asked', async () => {
    await endpoint();
    receiver.behave = () => 500;
    await world.publish('completed', newTask(accountId));
    const [delivery] = await settled();
    expect(delivery).toMatchObject({ state: 'exhausted', attempts: 4 });
    const gaps = receiver.received.slice(1).map(({ at }, index) => at - (receiver.received[index]?.at ?? 0));
    for (const [index, rung] of [100, 200, 300].entries()) expect(gaps[index]).toBeGreaterThanOrEqual(rung * 0.8 - 5);

    receiver.behave = () => 200;
    const again = await world.call(redeliver, { accountId, deliveryId: delivery?.id });
    expect(again.delivery.state).toBe('pending');
    await eventually(async () => expect((await deliveries())[0]).toMatchObject({ state: 'delivered', attempts: 5 }));
    expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id']);
  });

  it('is signed for with both keys while a rotation overlaps', async () => {
    const { id, secret } = await endpoint();
    const rotated = await world.call(rotateEndpointSecret, { accountId, endpointId: id, overlapSeconds: 3_600 });
    await world.publish('completed', newTask(accountId));
    await settled();
    expect(rotated.secret).not.toBe(secret);
    for (const each of [secret, rotated.secret]) expect(verify(each)).toBeDefined();

    const last = await world.call(rotateEndpointSecret, { accountId, endpointId: id, overlapSeconds: 0 });
    await world.publish('completed', newTask(accountId));
    await settled(2);
    expect(verify(last.secret, receiver.received[1])).toBeDefined();
    for (const each of [secret, rotated.secret]) expect(() => verify(each, receiver.received[1])).toThrow();
  });

  it('keeps at most five keys alive', async () => {
    const { id } = await endpoint();
    const secrets = [];
    for (let round = 0; round < 6; round += 1) {
      secrets.push((await world.call(rotateEndpointSecret, { accountId, endpointId: id })).secret);
    }
    await world.publish('completed', newTask(accountId));
    await settled();
    expect(receiver.received[0]?.headers['webhook-signature']?.split(' ')).toHaveLength(5);
    for (const each of secrets.slice(1)) expect(verify(each)).toBeDefined();
  });

  it('is sent nothing unsigned: without a readable key its deliveries wait, uncounted', async () => {
    const { id } = await endpoint();
    await rows(world, `UPDATE endpoint_secret SET sealed = sealed || '\\x00' WHERE owner_id = $1`, [id]);
    await world.publish('completed', newTask(accountId));
    await eventually(async () => {
      const [delivery] = await deliveries();
      const { attempts } = await world.call(listDeliveryAttempts, { accountId, deliveryId: delivery?.id });
      expect(attempts).toMatchObject([{ error: 'no_signing_key' }]);
      expect(delivery).toMatchObject({ state: 'pending', attempts: 0 });
    });
    expect(receiver.received).toHaveLength(0);
  });

  it('is disabled by a 410: what waits and what comes is kept as discarded, and can be sent after it is enabled', async () => {
    const { id } = await endpoint();
    const other = await Receiver.start();
    await endpoint(['endpoint.disabled'], other.url());
    receiver.behave = () => 410;
    await world.publish('completed', newTask(accountId));
    await eventually(async () => {
      const { endpoints } = await world.call(listEndpoints, { accountId });
      expect(endpoints.find((each) => each.id === id)).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    });
    await world.publish('completed', newTask(accountId));
    // It also misses the word of its own end.
    const missed = await eventually(async () => {
      const found = await deliveries({ endpointId: id });
      const ends = found.filter(({ type }) => type === 'video.completed');
      expect([ends.length, found.length]).toEqual([2, 3]);
      return ends;
    });
    expect(missed.map(({ state }) => state)).toEqual(['discarded', 'discarded']);
    expect(receiver.received).toHaveLength(1);
    await eventually(() => expect(other.received).toHaveLength(1));
    expect(JSON.parse(other.received[0]?.body ?? '')).toMatchObject({
      type: 'endpoint.disabled',
      data: { endpoint_id: id, reason: 'gone' },
    });
    await other.stop();

    const deliveryId = missed[0]?.id;
    await expect(world.call(redeliver, { accountId, deliveryId })).rejects.toMatchObject({ code: 'conflict' });
    receiver.behave = () => 200;
    const { endpoint: enabled } = await world.call(updateEndpoint, { accountId, endpointId: id, state: 'enabled' });
    expect(enabled).toMatchObject({ state: 'enabled', disabledReason: null });
    await world.call(redeliver, { accountId, deliveryId });
    await eventually(() => expect(receiver.received).toHaveLength(2));
  });

  it('is tested at once, and enabled again by a test that it passes', async () => {
    const { id, secret } = await endpoint();
    await world.call(updateEndpoint, { accountId, endpointId: id, state: 'disabled' });
    receiver.behave = () => 503;
    expect(await world.call(testEndpoint, { accountId, endpointId: id })).toEqual({
      delivered: false,
      status: 503,
      error: 'http_503',
    });
    receiver.behave = () => 202;
    expect(await world.call(testEndpoint, { accountId, endpointId: id })).toEqual({
      delivered: true,
      status: 202,
      error: null,
    });
    expect(verify(secret, receiver.received[1])).toMatchObject({ type: 'webhook.test' });
    const { endpoints } = await world.call(listEndpoints, { accountId });
    expect(endpoints[0]).toMatchObject({ state: 'enabled', lastSuccessAt: expect.any(String) });
    expect(await deliveries()).toMatchObject([{ state: 'delivered' }, { state: 'exhausted' }]);
    expect(await rows(world, 'SELECT in_flight FROM endpoint_queue WHERE endpoint_id = $1', [id])).toEqual([
      { in_flight: 0 },
    ]);
  });

  it('is not called after it was deleted', async () => {
    const { id } = await endpoint();
    // Its ladder is over in half a second; this keeps the delivery waiting.
    receiver.behave = () => (response) => response.writeHead(503, { 'retry-after': '600' }).end();
    await world.publish('completed', newTask(accountId));
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(0));
    await world.call(deleteEndpoint, { accountId, endpointId: id });
    await world.publish('completed', newTask(accountId));
    const [delivery] = await settled();
    expect(delivery).toMatchObject({ state: 'discarded' });
    expect((await world.call(listEndpoints, { accountId })).endpoints).toEqual([]);
    expect(await rows(world, 'SELECT 1 FROM endpoint_secret WHERE owner_id = $1', [id])).toEqual([]);
    await expect(world.call(deleteEndpoint, { accountId, endpointId: id })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('belongs to its account alone', async () => {
    const { id } = await endpoint();
    const stranger = { accountId: newAccount(), endpointId: id };
    for (const rpc of [updateEndpoint, deleteEndpoint, rotateEndpointSecret, testEndpoint]) {
      await expect(world.call(rpc, stranger)).rejects.toMatchObject({ code: 'not_found' });
    }
    await world.publish('completed', newTask(accountId));
    const [delivery] = await settled();
    const foreign = { accountId: stranger.accountId, deliveryId: delivery?.id };
    await expect(world.call(redeliver, foreign)).rejects.toMatchObject({ code: 'not_found' });
    await expect(world.call(listDeliveryAttempts, foreign)).rejects.toMatchObject({ code: 'not_found' });
    expect((await world.call(listDeliveries, { accountId: stranger.accountId })).deliveries).toEqual([]);
  });

  it.each([
    'ftp://example.com/',
    'https://user:pass@example.com/',
    'http://169.254.169.254/',
    'https://10.0.0.1/',
    'x',
  ])('may not be %s', async (url) => {
    await expect(endpoint([], url)).rejects.toMatchObject({ code: 'invalid_field', param: 'url' });
  });

  it('is one of at most fifty', async () => {
    for (let made = 0; made < 50; made += 1) await endpoint();
    await expect(endpoint()).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the account secret', () => {
  it('is made once, hidden unless asked for, and rotates with an overlap', async () => {
    const [first, second] = await Promise.all([
      world.call(getAccountSecret, { accountId, reveal: true }),
      world.call(getAccountSecret, { accountId, reveal: true }),
    ]);
    expect(first.secret).toBe(second.secret);
    const hidden = await world.call(getAccountSecret, { accountId });
    expect(hidden).toEqual({ secret: null, hint: first.hint });
    const rotated = await world.call(rotateAccountSecret, { accountId });
    await world.publish('completed', newTask(accountId), receiver.url());
    await settled();
    for (const each of [first.secret, rotated.secret]) expect(verify(each)).toBeDefined();
  });

  it('is nowhere in the database in the clear', async () => {
    const { secret } = await world.call(getAccountSecret, { accountId, reveal: true });
    const key = Buffer.from((secret ?? '').slice('whsec_'.length), 'base64');
    const [row] = await rows<{ sealed: Buffer }>(world, 'SELECT sealed FROM endpoint_secret WHERE owner_id = $1', [
      accountId,
    ]);
    expect(row?.sealed.length).toBeGreaterThan(key.length);
    expect(row?.sealed.includes(key)).toBe(false);
  });
});

describe('the list of deliveries', () => {
  it('is paged and filtered, newest first', async () => {
    await endpoint();
    const tasks = [newTask(accountId), newTask(accountId), newTask(accountId)];
    for (const task of tasks) {
      await world.publish('completed', task);
      await eventually(async () => expect((await deliveries({ taskId: task.id })).length).toBe(1));
    }
    await settled(3);
    const first = await world.call(listDeliveries, { accountId, limit: 2 });
    expect(first.hasMore).toBe(true);
    expect(first.deliveries.map(({ taskId }) => taskId)).toEqual([tasks[2]?.id, tasks[1]?.id]);
    const rest = await world.call(listDeliveries, { accountId, limit: 2, after: first.deliveries[1]?.id });
    expect(rest).toMatchObject({ hasMore: false, deliveries: [{ taskId: tasks[0]?.id }] });
    expect(await deliveries({ state: 'exhausted' })).toEqual([]);
    expect(await deliveries({ type: 'video.completed' })).toHaveLength(3);
  });
});
