import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePortRange, tempDir } from '@videoapi/testing';
import { Client } from 'pg';
import { Launcher } from '../src/launcher.js';
import { standInRoot, standIns } from './stand-ins.js';

const control = { 'x-videoapi-control': 'test' };
let launcher: Launcher;
let home: string;
let told: string[];

beforeEach(() => {
  told = [];
  home = tempDir('videoapi-home');
  process.env['STAND_IN_LOG'] = join(home, 'stand-in.log');
});

afterEach(async () => {
  await launcher.stop();
  delete process.env['STAND_IN_LOG'];
});

it('starts everything, survives what chaos does to it, and resumes with the data kept', async () => {
  const portBase = await freePortRange(40);
  launcher = new Launcher(options(portBase));
  const first = await launcher.start();

  expect(read('dev.json')).toMatchObject({
    gateway: `http://127.0.0.1:${portBase}`,
    nats: `nats://127.0.0.1:${portBase + 11}`,
    databases: { gateway: expect.stringContaining(`videoapi_gateway`) },
    keys: {
      live: expect.stringMatching(/^vga_live_/),
      aistudios: { appId: 'acct_demo', userKey: first.demo.keys.live },
    },
  });
  expect(statSync(join(home, 'dev.json')).mode & 0o077).toBe(0);
  expect(standInLog()).toEqual([
    'migrate /videoapi videoapi_gateway 43',
    'migrate /videoapi videoapi_answers 43',
    `rpc.orchestrator.v1.apply_catalog http://127.0.0.1:${portBase + 3}/simulator`,
    'rpc.billing.v1.grant seed:acct_demo',
  ]);
  expect(Object.keys(read('pids.json')).sort()).toEqual(['answers', 'gateway', 'nats', 'postgres', 's3']);

  await query('create table kept(x int); insert into kept values (7)');
  const killed = pid('gateway');
  expect(await act('gateway', 'kill')).toMatchObject({ status: 200 });
  await eventually(async () => (await stateOf('gateway')) === 'ready' && pid('gateway') !== killed);
  expect(isAlive(killed)).toBe(false);

  expect(await act('postgres', 'stop')).toMatchObject({ status: 200 });
  await expect(query('select 1')).rejects.toThrow();
  expect(await act('postgres', 'start')).toMatchObject({ status: 200 });
  expect(await act('nats', 'wipe')).toMatchObject({ status: 200 });
  expect(await stateOf('nats')).toBe('ready');
  expect((await act('postgres', 'wipe')).status).toBe(500);
  expect((await fetch(`${launcher.stack.urls.control}/processes/nats/kill`, { method: 'POST' })).status).toBe(403);

  const pids = Object.values(read('pids.json')).map(Number);
  await launcher.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(home, 'dev.json'))).toBe(false);

  launcher = new Launcher(options(portBase));
  const second = await launcher.start();
  expect(second.demo).toEqual(first.demo);
  expect(await query('select x from kept')).toEqual([{ x: 7 }]);
}, 120_000);

it('says which service does not start and what it said, and leaves nothing running', async () => {
  launcher = new Launcher({ ...options(await freePortRange(40)), root: standInRoot({ broken: true }) });
  await expect(launcher.start()).rejects.toThrow(/^gateway: exited before it was ready\n[^]*no such table: account/);
  const pids = Object.values(read('pids.json')).map(Number);
  await launcher.stop();
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(isAlive)).toEqual([]);
});

it('refuses a port that is in use before it starts anything', async () => {
  const portBase = await freePortRange(40);
  launcher = new Launcher(options(portBase));
  await launcher.start();
  const other = new Launcher({ ...options(portBase), settings: { home: tempDir(), portBase, outside: {} } });
  await expect(other.start()).rejects.toThrow(new RegExp(`port ${portBase + 13} is in use`));
});

function options(portBase: number): ConstructorParameters<typeof Launcher>[0] {
  return {
    settings: { home, portBase, outside: {} },
    services: standIns,
    root: standInRoot(),
    tell: (line) => told.push(line),
  };
}

async function act(name: string, action: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${launcher.stack.urls.control}/processes/${name}/${action}`, {
    method: 'POST',
    headers: control,
  });
  return { status: answer.status, body: await answer.json() };
}

async function stateOf(name: string): Promise<string | undefined> {
  const answer = await fetch(`${launcher.stack.urls.control}/processes`);
  const all = (await answer.json()) as { name: string; state: string }[];
  return all.find((one) => one.name === name)?.state;
}

async function query(text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: launcher.stack.postgresUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function read(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(home, name), 'utf8'));
}

function standInLog(): string[] {
  return readFileSync(join(home, 'stand-in.log'), 'utf8').trim().split('\n');
}

function pid(name: string): number {
  return Number(read('pids.json')[name] ?? 0);
}

/** A zombie, which nobody has reaped yet, is dead. */
function isAlive(of: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${of}/status`, 'utf8'));
  } catch {
    return false;
  }
}
