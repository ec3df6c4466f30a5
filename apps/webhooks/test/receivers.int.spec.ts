import { type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { createEndpoint, listDeliveries, listDeliveryAttempts } from '@videoapi/contracts';
import { eventually, freePort } from '@videoapi/testing';
import { finish } from '../src/delivery/finish.js';
import { type Finished } from '../src/delivery/finish.store.js';
import { Sweeper } from '../src/delivery/sweeper.js';
import { newUuid } from '../src/id.js';
import { type Behaviour, Receiver } from './receiver.js';
import { newAccount, newTask, rows, startWorld, type World } from './world.js';

let world: World;
let receiver: Receiver;
let accountId: string;
beforeAll(async () => {
  // The second rung is out of reach: one attempt, and what is planned after it.
  world = await startWorld({ ladderMs: [600_000, 600_000] });
});
afterAll(() => world.stop());
beforeEach(async () => {
  accountId = newAccount();
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

async function attempted(url: string, timeoutMs = 30_000) {
  await world.publish('completed', newTask(accountId), url);
  return eventually(
    async () => {
      const { deliveries } = await world.call(listDeliveries, { accountId });
      const [delivery] = deliveries;
      if (delivery === undefined || delivery.state === 'leased') throw new Error('not finished yet');
      const { attempts } = await world.call(listDeliveryAttempts, { accountId, deliveryId: delivery.id });
      const [attempt] = attempts;
      if (attempt === undefined) throw new Error('no attempt yet');
      return { delivery, attempt, waitMs: Date.parse(delivery.nextAttemptAt ?? '') - Date.parse(attempt.startedAt) };
    },
    { timeoutMs },
  );
}

const within = (low: number, high: number) => (value: number) => value >= low && value <= high;
const ladder = within(480_000, 725_000);

describe('a receiver that', () => {
  it.each<[string, Behaviour, object, (waitMs: number) => boolean]>([
    [
      'redirects to metadata',
      (r) => r.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      { status: 302 },
      ladder,
    ],
    ['answers 400', 400, { status: 400, error: 'http_400' }, ladder],
    ['answers 500', 500, { status: 500, error: 'http_500' }, ladder],
    ['resets', (r) => r.socket?.resetAndDestroy(), { status: null, error: 'reset' }, ladder],
    ['hangs up', (r) => r.destroy(), { status: null, error: 'reset' }, ladder],
    [
      'answers 429 with seconds',
      (r) => r.writeHead(429, { 'retry-after': '1800' }).end(),
      { status: 429 },
      within(1_795_000, 1_805_000),
    ],
    [
      'answers 503 with a date',
      (r) => r.writeHead(503, { 'retry-after': new Date(Date.now() + 1_800_000).toUTCString() }).end(),
      { status: 503 },
      within(1_795_000, 1_805_000),
    ],
    [
      'asks for too much patience',
      (r) => r.writeHead(429, { 'retry-after': '999999' }).end(),
      { status: 429 },
      within(3_590_000, 3_605_000),
    ],
    ['talks nonsense', (r) => r.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'), { status: null, error: 'protocol' }, ladder],
  ])('%s', async (_, behaviour, attempt, wait) => {
    receiver.behave = () => behaviour;
    const seen = await attempted(receiver.url());
    expect(seen).toMatchObject({ delivery: { state: 'pending', attempts: 1 }, attempt });
    expect([seen.waitMs, wait(seen.waitMs)]).toEqual([seen.waitMs, true]);
    expect(receiver.received).toHaveLength(1);
  });

  it.each<[string, Behaviour, number]>([
    ['answers 204', 204, 0],
    ['sends 100 MB', (r) => flood(r.writeHead(200)), 4_096],
    ['sends a body nobody can decode', (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'), 8],
  ])('%s has taken it', async (_, behaviour, kept) => {
    receiver.behave = () => behaviour;
    const { delivery, attempt } = await attempted(receiver.url());
    expect(delivery).toMatchObject({ state: 'delivered' });
    expect(attempt.responseHead).toHaveLength(kept);
  });

  it('is not there', async () => {
    const { attempt } = await attempted(`http://127.0.0.1:${await freePort()}/`);
    expect(attempt).toMatchObject({ status: null, error: 'refused' });
  });

  it('has no address', async () => {
    const { attempt, delivery } = await attempted('https://nowhere.invalid/hook');
    expect(attempt).toMatchObject({ status: null, error: 'dns' });
    expect(delivery.state).toBe('pending');
  });

  it('stands where nobody may go', async () => {
    const { attempt, delivery } = await attempted('http://10.1.2.3/hook');
    expect(attempt).toMatchObject({ status: null, error: 'blocked_address' });
    expect(delivery).toMatchObject({ state: 'discarded', nextAttemptAt: null });
  });

  it('speaks no TLS', async () => {
    const { attempt } = await attempted(receiver.url().replace('http:', 'https:'));
    expect(attempt).toMatchObject({ status: null, error: 'tls' });
  });

  it.each<[string, Behaviour]>([
    ['never answers', () => undefined],
    ['trickles', (r) => trickle(r.writeHead(200))],
  ])(
    '%s is given 15 s and then the slow lane',
    async (_, behaviour) => {
      receiver.behave = () => behaviour;
      const { attempt, waitMs } = await attempted(receiver.url(), 60_000);
      expect(attempt).toMatchObject({ status: null, error: 'timeout' });
      expect(attempt.durationMs).toBeGreaterThanOrEqual(14_900);
      expect(attempt.durationMs).toBeLessThan(30_000);
      expect([waitMs, within(480_000, 745_000)(waitMs)]).toEqual([waitMs, true]);
      const [queue] = await rows(
        world,
        `SELECT lane, cap, timeouts_in_row, in_flight FROM endpoint_queue JOIN endpoint ON id = endpoint_id
       WHERE account_id = $1`,
        [accountId],
      );
      expect(queue).toEqual({ lane: 'slow', cap: 1, timeouts_in_row: 1, in_flight: 0 });
    },
    30_000,
  );

  it('never accepts the connection', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    server.maxConnections = 0;
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { attempt } = await attempted(`http://127.0.0.1:${port}/`);
    expect(attempt).toMatchObject({ status: null, error: 'reset' });
    server.close();
  });
});

describe('the ring', () => {
  it('has at most two in flight to a new receiver and five to a known one, and none of them twice', async () => {
    const waiting: (() => void)[] = [];
    receiver.behave = () => (response) => waiting.push(() => response.writeHead(200).end());
    for (let count = 0; count < 20; count += 1) await world.publish('completed', newTask(accountId), receiver.url());
    await eventually(() => expect(waiting).toHaveLength(2));
    await neverMore(() => waiting.length, 2);

    waiting.splice(0).forEach((answer) => answer());
    await eventually(() => expect(waiting).toHaveLength(5));
    await neverMore(() => waiting.length, 5);
    receiver.behave = () => 200;
    waiting.splice(0).forEach((answer) => answer());
    await eventually(async () => {
      const { deliveries } = await world.call(listDeliveries, { accountId, state: 'delivered', limit: 100 });
      expect(deliveries).toHaveLength(20);
    });
    expect(receiver.mostOpen).toBeLessThanOrEqual(5);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(20);
    expect(receiver.received).toHaveLength(20);
  });

  it('does not let a receiver that hangs delay another one', async () => {
    receiver.behave = () => () => undefined;
    for (let count = 0; count < 30; count += 1) await world.publish('completed', newTask(accountId), receiver.url());
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(0));
    const healthy = await Receiver.start();
    const other = newAccount();
    const before = receiver.received.length;
    await world.publish('completed', newTask(other), healthy.url());
    await eventually(() => expect(healthy.received).toHaveLength(1));
    // Nobody has lost patience with the first ones yet.
    expect(receiver.received).toHaveLength(before);
    await healthy.stop();
  });

  it('opens a breaker, postpones what waits without using its attempts, and lets one through later', async () => {
    receiver.behave = () => 500;
    for (let count = 0; count < 14; count += 1) {
      await world.publish('completed', newTask(accountId), receiver.url(`/${count}`));
      if (count < 10) await eventually(() => expect(receiver.received.length).toBe(count + 1));
    }
    const [{ id } = { id: '' }] = await rows<{ id: string }>(world, 'SELECT id FROM endpoint WHERE account_id = $1', [
      accountId,
    ]);
    await neverMore(() => receiver.received.length, 10);
    const waiting = () =>
      rows<{ n: string }>(
        world,
        `SELECT count(*) AS n FROM delivery WHERE endpoint_id = $1 AND attempt = 0 AND state = 'pending'`,
        [id],
      );
    await eventually(async () => expect(await waiting()).toEqual([{ n: '4' }]));

    receiver.behave = () => 200;
    await rows(world, 'UPDATE endpoint_queue SET breaker_until = now() WHERE endpoint_id = $1', [id]);
    await eventually(() => expect(receiver.received.length).toBe(14));
    const [queue] = await rows(world, 'SELECT breaker_until, cap FROM endpoint_queue WHERE endpoint_id = $1', [id]);
    expect(queue).toEqual({ breaker_until: null, cap: 5 });
  });
});

describe('a lease whose process died', () => {
  it('is taken again, uncounted, and the late finish of the first holder changes nothing', async () => {
    const { endpoint } = await world.call(createEndpoint, { accountId, url: receiver.url() });
    // Nobody else claims while the endpoint looks full.
    await rows(world, `INSERT INTO endpoint_queue (endpoint_id, in_flight) VALUES ($1, 2)`, [endpoint.id]);
    await world.publish('completed', newTask(accountId));
    await eventually(async () => {
      expect((await world.call(listDeliveries, { accountId })).deliveries).toHaveLength(1);
    });
    expect(receiver.received).toHaveLength(0);
    const token = newUuid();
    const [lost] = await rows<{ id: string }>(
      world,
      `UPDATE delivery SET state = 'leased', lease_token = $2, lease_until = now() - interval '1 s'
       WHERE endpoint_id = $1 RETURNING id`,
      [endpoint.id, token],
    );
    await world.running.app.get(Sweeper).recoverLeases();

    await eventually(() => expect(receiver.received).toHaveLength(1));
    await eventually(async () => {
      const [delivery] = (await world.call(listDeliveries, { accountId })).deliveries;
      expect(delivery).toMatchObject({ state: 'delivered', attempts: 1 });
    });
    const before = await standing(endpoint.id);
    expect(before).toMatchObject({ in_flight: 0, state: 'delivered', attempt: 1 });

    const late: Finished = {
      delivery: { id: lost?.id ?? '', endpointId: endpoint.id, attempt: 0 },
      token,
      attempted: {
        outcome: { kind: 'timeout', code: 'timeout' },
        startedAt: new Date(),
        durationMs: 15_000,
        wire: undefined,
        responseHead: undefined,
      },
      verdict: { state: 'pending', delayMs: 0, counted: true },
    };
    await finish(world.source, [late], new Date());
    expect(await standing(endpoint.id)).toEqual(before);
    // Nor while somebody else holds it.
    await rows(world, `UPDATE delivery SET state = 'leased', lease_token = $2 WHERE endpoint_id = $1`, [
      endpoint.id,
      newUuid(),
    ]);
    await finish(world.source, [late], new Date());
    expect(await standing(endpoint.id)).toMatchObject({ state: 'leased', attempt: 1 });
  });

  it('a ring that forgot what waits is put right', async () => {
    const { endpoint } = await world.call(createEndpoint, { accountId, url: receiver.url() });
    await rows(world, `INSERT INTO endpoint_queue (endpoint_id, in_flight) VALUES ($1, 2)`, [endpoint.id]);
    await world.publish('completed', newTask(accountId));
    await eventually(async () => {
      expect((await world.call(listDeliveries, { accountId })).deliveries).toHaveLength(1);
    });
    await rows(world, `UPDATE endpoint_queue SET next_due_at = NULL WHERE endpoint_id = $1`, [endpoint.id]);
    await world.running.app.get(Sweeper).repairRing();
    await eventually(() => expect(receiver.received).toHaveLength(1));
  });
});

describe('a process that stops', () => {
  it('gives back, uncounted, what a receiver has not answered in time', async () => {
    const stopping = await startWorld({ config: { slots: { fast: 4, slow: 4 } } });
    receiver.behave = () => () => undefined;
    await stopping.publish('completed', newTask(accountId), receiver.url());
    await eventually(() => expect(receiver.received).toHaveLength(1));
    await stopping.running.close();

    const [delivery] = await rows<{ next_attempt_at: Date }>(stopping, 'SELECT * FROM delivery');
    expect(delivery).toMatchObject({ state: 'pending', attempt: 0, last_error: 'shutdown', lease_token: null });
    const waitMs = (delivery?.next_attempt_at.getTime() ?? 0) - Date.now();
    expect(waitMs).toBeLessThan(5_000);
    expect(await rows(stopping, 'SELECT in_flight FROM endpoint_queue')).toEqual([{ in_flight: 0 }]);

    receiver.behave = () => 200;
    await stopping.another();
    await eventually(() => expect(receiver.received).toHaveLength(2), { timeoutMs: 30_000 });
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    await stopping.stop();
  });
});

async function standing(endpointId: string): Promise<unknown> {
  const [row] = await rows(
    world,
    `SELECT q.in_flight, q.next_due_at, d.state, d.attempt, d.next_attempt_at
     FROM endpoint_queue q JOIN delivery d USING (endpoint_id)
     WHERE endpoint_id = $1`,
    [endpointId],
  );
  return row;
}

/** Watches for a second of ticks that a number does not rise. */
async function neverMore(count: () => number, most: number): Promise<void> {
  for (let look = 0; look < 20; look += 1) {
    expect(count()).toBeLessThanOrEqual(most);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 'x');
  let left = 1_600;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write('.'), 200);
  response.on('close', () => clearInterval(timer));
}
