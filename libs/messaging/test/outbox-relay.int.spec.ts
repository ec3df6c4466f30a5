import { type INestApplicationContext } from '@nestjs/common';
import { DeliverPolicy } from '@nats-io/jetstream';
import {
  claimInbox,
  insertOutbox,
  inTransaction,
  messagingTables,
  migrate,
  type OutboxMessage,
  type Retention,
  sql,
} from '@videoapi/database';
import { bootstrapStreams, eventMessage, Nats, OutboxRelay } from '@videoapi/messaging';
import { eventually, freshDatabase, type NatsServer, startNats } from '@videoapi/testing';
import { DataSource } from 'typeorm';
import { inboxRetention } from '../src/inbox-retention.js';
import { captureLogs, happened, startSender, stop, stopAll } from './apps.js';

let server: NatsServer;
let databaseUrl: string;
const logs = captureLogs();

beforeAll(async () => {
  server = await startNats();
  databaseUrl = await freshDatabase('relay');
  await migrate({ url: databaseUrl, schema: 'app', role: 'videoapi_relay_test', migrations: [messagingTables] });
  // As the service would connect; here the superuser stands in, who has the same search path once it is set.
  databaseUrl += '?options=-csearch_path%3Dapp';
});
beforeEach(() => server.wipe());
afterEach(stopAll);
afterAll(() => server.stop());

function startRelay(): Promise<INestApplicationContext> {
  return startSender({ app: 'relaying', url: server.url }, databaseUrl);
}

/** Rows `from` … `from + count - 1` over so many keys; the payload says which key and which place in it. */
function rows(prefix: string, count: number, keys: number): OutboxMessage[] {
  return Array.from({ length: count }, (_, n) =>
    eventMessage(happened, {
      id: `${prefix}:${n % keys}:${Math.floor(n / keys)}`,
      key: `${prefix}-${n % keys}`,
      data: { n: Math.floor(n / keys) },
      occurredAt: new Date(),
    }),
  );
}

async function write(app: INestApplicationContext, messages: readonly OutboxMessage[]): Promise<void> {
  await inTransaction(app.get(DataSource), (tx) => insertOutbox(tx, messages));
  app.get(OutboxRelay).nudge();
}

/** Ids in the order in which the stream holds them. */
async function stored(app: INestApplicationContext): Promise<string[]> {
  const { jetstream, manager } = app.get(Nats);
  const { messages } = (await manager.streams.info('EVENTS')).state;
  if (messages === 0) return [];
  const consumer = await jetstream.consumers.get('EVENTS', { deliver_policy: DeliverPolicy.All });
  const ids: string[] = [];
  for await (const message of await consumer.fetch({ max_messages: messages, expires: 5_000 }))
    ids.push(message.headers?.get('Nats-Msg-Id') ?? '');
  return ids;
}

async function waiting(app: INestApplicationContext): Promise<number> {
  const [row] = await sql<{ count: number }>(app.get(DataSource), 'SELECT count(*)::int AS count FROM outbox');
  return row?.count ?? -1;
}

/** Per key, the places in the order of the stream. */
function places(ids: readonly string[]): number[][] {
  const byKey = Map.groupBy(ids, (id) => id.split(':').slice(0, 2).join(':'));
  return [...byKey.values()].map((chain) => chain.map((id) => Number(id.split(':')[2])));
}

it('publishes what a commit left, soon after the nudge', async () => {
  const app = await startRelay();
  await bootstrapStreams(app.get(Nats).connection);
  await write(app, rows('warm', 1, 1));
  await eventually(async () => expect(await waiting(app)).toBe(0));
  const took: number[] = [];
  for (const turn of [1, 2, 3]) {
    const begun = performance.now();
    await write(app, rows(`soon-${turn}`, 3, 3));
    await eventually(async () => expect(await stored(app)).toHaveLength(1 + 3 * turn), { intervalMs: 5 });
    took.push(performance.now() - begun);
  }
  // The best of three: a machine may stand still in one.
  expect(Math.min(...took)).toBeLessThan(250);
});

it('keeps the order of each key and loses nothing when NATS is restarted under load', async () => {
  const app = await startRelay();
  await bootstrapStreams(app.get(Nats).connection);
  const batches = 40;
  const load = (async () => {
    for (let batch = 0; batch < batches; batch += 1) await write(app, rows(`b${batch}`, 100, 10));
  })();
  await eventually(async () => expect((await stored(app)).length).toBeGreaterThan(200));
  await server.kill();
  await load;
  await server.start();
  await eventually(async () => expect(await waiting(app)).toBe(0));
  const ids = await stored(app);
  expect(new Set(ids).size).toBe(batches * 100);
  expect(ids).toHaveLength(batches * 100);
  for (const chain of places(ids)) expect(chain).toEqual([...chain.keys()]);
});

it('shares the shards between two relays, and one takes over from the other', async () => {
  const [one, two] = [await startRelay(), await startRelay()];
  await bootstrapStreams(one.get(Nats).connection);
  const shares = async () => {
    const owners = await sql<{ count: number }>(
      one.get(DataSource),
      'SELECT count(*)::int AS count FROM outbox_lease WHERE until > now() GROUP BY owner',
    );
    return owners.map(({ count }) => count);
  };
  await eventually(async () => expect(await shares()).toEqual([8, 8]));
  await write(one, rows('shared', 1_000, 50));
  await eventually(async () => expect(await waiting(one)).toBe(0));
  const ids = await stored(one);
  expect(ids).toHaveLength(1_000);
  for (const chain of places(ids)) expect(chain).toEqual([...chain.keys()]);
  await stop(two);
  await eventually(async () => expect(await shares()).toEqual([16]));
});

it('says so when a message is refused, keeps it, and lets the other keys pass', async () => {
  const app = await startRelay();
  await bootstrapStreams(app.get(Nats).connection);
  logs.length = 0;
  const homeless = { ...rows('homeless', 1, 1)[0]!, subject: 'nowhere.v1.at_all' };
  await write(app, [homeless, ...rows('homeless', 2, 1).slice(1), ...rows('fine', 20, 20)]);
  await eventually(async () => expect(await stored(app)).toHaveLength(20));
  await eventually(async () => expect(await waiting(app)).toBe(2));
  expect(logs.filter(({ event }) => event === 'outbox_publish_failed')[0]).toMatchObject({
    subject: 'nowhere.v1.at_all',
  });
  await eventually(() => expect(app.get(OutboxRelay).oldestAgeMs).toBeGreaterThan(500));
  await sql(app.get(DataSource), `UPDATE outbox SET subject = $1 WHERE subject <> $1`, [happened.subject]);
  await eventually(async () => expect(await waiting(app)).toBe(0));
  const homecoming = (await stored(app)).filter((id) => id.startsWith('homeless'));
  expect(homecoming).toEqual(['homeless:0:0', 'homeless:0:1']);
});

it('makes the streams anew when they are gone', async () => {
  const app = await startRelay();
  await write(app, rows('first', 10, 10));
  await eventually(async () => expect(await stored(app)).toHaveLength(10));
});

it('moves thousands of rows a second', async () => {
  const app = await startRelay();
  await bootstrapStreams(app.get(Nats).connection);
  const count = 20_000;
  const messages = rows('many', count, 2_000);
  for (let from = 0; from < count; from += 1_000)
    await inTransaction(app.get(DataSource), (tx) => insertOutbox(tx, messages.slice(from, from + 1_000)));
  const left = await waiting(app);
  const begun = performance.now();
  await eventually(async () => expect(await waiting(app)).toBe(0), { timeoutMs: 60_000, intervalMs: 20 });
  const perSecond = Math.round((left / (performance.now() - begun)) * 1_000);
  process.stdout.write(`outbox relay: ${perSecond} rows/s (${left} rows)\n`);
  // A floor for a busy machine, which may stand still at times; not the target.
  expect(perSecond).toBeGreaterThan(500);
});

it('forgets what the inbox remembers once no stream can bring it back, and not a day before', async () => {
  const app = await startRelay();
  const source = app.get(DataSource);
  await inTransaction(source, (tx) => claimInbox(tx, 'relaying-thing', ['fresh', 'replayable', 'gone']));
  const age = `UPDATE inbox SET received_at = now() - make_interval(days => $2::int) WHERE message_id = $1`;
  // A dead letter is kept 30 days, an event 7.
  await sql(source, age, ['replayable', 37]);
  await sql(source, age, ['gone', 39]);
  const retention: Retention = app.get(inboxRetention.provide);
  expect(await retention.forget()).toBe(1);
  const left = await sql<{ message_id: string }>(source, 'SELECT message_id FROM inbox ORDER BY message_id');
  expect(left.map((row) => row.message_id)).toEqual(['fresh', 'replayable']);
});
