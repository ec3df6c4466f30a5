import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Customer, newCustomer } from './customer.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
const home = dirname(process.env['E2E_DEV_FILE'] ?? '');
const admin = new Customer(stack, stack.keys.admin);
const path = '/api/admin/channels/sim-jimeng/credentials';
const jimeng = { model: 'jimeng-3.0', resolution: '720p', duration: 5 };
/** The simulator knows every access key, and which secret goes with it. */
const accessKey = `ak-entered-${randomUUID()}`;
const good = { accessKey, secretKey: `secret-of-${accessKey}` };
const wrong = { secretKey: `wrong-${randomUUID()}` };

interface Shown {
  readonly credentials: readonly {
    readonly name: string;
    readonly reference: string | null;
    readonly entered: { readonly last_four: string } | null;
  }[];
}
const put = (credentials: Record<string, string | null>) => admin.call<Shown>('PUT', path, { json: { credentials } });

afterAll(() => put({ accessKey: null, secretKey: null }));

it('credentials that an operator enters are used from the next task on, and are nowhere to be read', async () => {
  const customer = await newCustomer(stack, 1_000);
  const before = await admin.call<Shown>('GET', path);
  expect(before.body.credentials.map(({ name, entered }) => [name, entered])).toEqual([
    ['accessKey', null],
    ['secretKey', null],
  ]);

  // A wrong one takes the channel out. What was entered is really used, then.
  expect((await put(wrong)).status).toBe(200);
  const refused = await customer.finished(await customer.submit(jimeng));
  expect(refused).toMatchObject({
    status: 'failed',
    error: { code: 'provider_unavailable', message: 'No provider could take the task.' },
    credits_refunded: true,
  });
  const breaker = await query(stack, 'orchestrator', `SELECT breaker FROM provider_slot WHERE channel_id = $1`, [
    'sim-jimeng',
  ]);
  expect(breaker).toEqual([{ breaker: 'open' }]);
  expect(logsOf('orchestrator')).toMatch(/"event":"channel_alarm".*"channelId":"sim-jimeng","alarm":"credentials"/);

  // The right ones bring it back at once.
  const { body } = await put(good);
  expect(body.credentials.map(({ name, entered }) => [name, entered?.last_four])).toEqual([
    ['accessKey', accessKey.slice(-4)],
    ['secretKey', accessKey.slice(-4)],
  ]);
  const taskId = await customer.submit(jimeng);
  expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', error: null });

  const secrets = [wrong.secretKey, good.secretKey, accessKey];
  for (const [place, text] of await everythingKept()) {
    for (const secret of secrets) {
      for (const spelled of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), hexOf(secret)]) {
        expect([place, text.includes(spelled)]).toEqual([place, false]);
      }
    }
  }
  const audit = await admin.call<{ data: { action: string; detail: unknown }[] }>('GET', '/api/admin/audit?limit=2');
  expect(audit.body.data).toMatchObject([
    { action: 'channel.credentials', detail: { names: ['accessKey', 'secretKey'] } },
    { action: 'channel.credentials', detail: { names: ['secretKey'] } },
  ]);

  expect((await put({ accessKey: null, secretKey: null })).body.credentials).toMatchObject([
    { name: 'accessKey', reference: 'env:SIMULATOR_ACCESS_KEY', entered: null },
    { name: 'secretKey', reference: 'env:SIMULATOR_SECRET_KEY', entered: null },
  ]);
  expect(await customer.finished(await customer.submit(jimeng))).toMatchObject({ status: 'completed' });
});

/** Every table of every service, every log, and what JetStream has on disk; by the place where it stands. */
async function everythingKept(): Promise<[string, string][]> {
  const services = Object.keys(stack.databases);
  const tables = await Promise.all(services.map(tablesOf));
  const logs = readdirSync(join(home, 'logs'))
    .filter((name) => !name.startsWith('simulator'))
    .map((name): [string, string] => [name, readFileSync(join(home, 'logs', name), 'latin1')]);
  const streams = readdirSync(join(home, 'nats'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1')]);
  const kept = [...tables.flat(), ...logs, ...streams];
  expect(kept.length).toBeGreaterThan(50);
  return kept;
}

async function tablesOf(service: string): Promise<[string, string][]> {
  const names = await query<{ name: string }>(
    stack,
    service,
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = current_schema()`,
  );
  return Promise.all(
    names.map(async ({ name }): Promise<[string, string]> => {
      const rows = await query<{ row: string }>(stack, service, `SELECT t::text AS row FROM ${name} t`);
      return [`${service}.${name}`, rows.map(({ row }) => row).join('\n')];
    }),
  );
}

function logsOf(service: string): string {
  return readFileSync(join(home, 'logs', `${service}.log`), 'utf8');
}

function hexOf(secret: string): string {
  return Buffer.from(secret).toString('hex');
}
