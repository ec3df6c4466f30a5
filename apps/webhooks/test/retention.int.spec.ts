import { createDataSource, migrate, sql } from '@videoapi/database';
import { freshDatabase } from '@videoapi/testing';
import { type DataSource } from 'typeorm';
import { migrations } from '../src/db/migrations/index.js';
import { deliveryRetention } from '../src/retention.js';

let source: DataSource;
beforeAll(async () => {
  const url = await freshDatabase('retention');
  await migrate({ url, schema: 'webhooks', role: 'videoapi_retention_test', migrations });
  const options = { url: `${url}?options=-csearch_path%3Dwebhooks`, poolSize: 2, applicationName: 'test' };
  source = await createDataSource(options).initialize();
});
afterAll(() => source.destroy());

/** What happened so many days ago: a callback, and an event with its delivery and one attempt. */
async function happened(name: string, daysAgo: number, state = 'delivered'): Promise<void> {
  const at = new Date(Date.now() - daysAgo * 86_400_000);
  await sql(
    source,
    `INSERT INTO inbound_callback (id, provider, attempt_id, method, query, headers, body, digest, source_ip, trust, state, received_at)
     VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'POST', '', '{}', '\\x00', 'd', '::1', 'hint', 'accepted', $2)`,
    [name, at],
  );
  await sql(
    source,
    `INSERT INTO event (id, account_id, type, producer_key, occurred_at, body, created_at) VALUES ($1, 'acc', 't', $1, $2, '{}', $2)`,
    [name, at],
  );
  await sql(
    source,
    `INSERT INTO delivery (id, event_id, endpoint_id, account_id, type, state, created_at) VALUES ($1, $1, 'e', 'acc', 't', $3, $2)`,
    [name, at, state],
  );
  await sql(source, `INSERT INTO delivery_attempt (delivery_id, started_at, n, duration_ms) VALUES ($1, $2, 1, 1)`, [
    name,
    at,
  ]);
}

async function names(text: string): Promise<string[]> {
  return (await sql<{ name: string }>(source, `${text} ORDER BY 1`)).map((row) => row.name);
}

it('keeps bodies, attempts and callbacks 30 days and the list of deliveries 90', async () => {
  await happened('a-today', 0);
  await happened('b-29-days', 29);
  await happened('c-31-days', 31);
  await happened('d-89-days', 89);
  await happened('e-92-days', 92);
  await happened('f-92-days-and-waiting', 92, 'pending');
  await deliveryRetention(source).forget();

  const young = ['a-today', 'b-29-days'];
  expect(await names('SELECT provider AS name FROM inbound_callback')).toEqual(young);
  expect(await names('SELECT delivery_id AS name FROM delivery_attempt')).toEqual(young);
  expect(await names('SELECT id AS name FROM event WHERE body IS NOT NULL')).toEqual(young);
  expect(await names('SELECT id AS name FROM event')).toEqual([...young, 'c-31-days', 'd-89-days']);
  expect(await names('SELECT id AS name FROM delivery')).toEqual([
    ...young,
    'c-31-days',
    'd-89-days',
    'f-92-days-and-waiting',
  ]);
});
