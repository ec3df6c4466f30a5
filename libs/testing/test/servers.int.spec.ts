import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Client } from 'pg';
import {
  eventually,
  freshDatabase,
  type NatsServer,
  sharedNats,
  sharedPostgres,
  startNats,
  startPostgres,
} from '../src/index.js';

describe('startPostgres', () => {
  it('keeps committed rows over a crash, on the same port', async () => {
    const server = await startPostgres({ durable: false, password: 'p@ss/word' });
    try {
      await query(server.adminUrl, 'create table t(x int); insert into t values (7)');
      await server.kill('SIGKILL');
      await expect(query(server.adminUrl, 'select 1')).rejects.toThrow();
      await server.start();
      expect(await query(server.adminUrl, 'select x from t')).toEqual([{ x: 7 }]);
      await expect(query(server.adminUrl.replace('p%40ss', 'wrong'), 'select 1')).rejects.toThrow(/password/);
    } finally {
      await server.stop();
    }
  });

  it('says why there is none, as soon as it knows', async () => {
    const starting = startPostgres({ sharedBuffers: 'plenty' });
    await expect(starting).rejects.toThrow(/PostgreSQL did not start:[^]*invalid value for parameter "shared_buffers"/);
  });
});

describe('sharedPostgres', () => {
  it('is one server, with databases of their own', async () => {
    expect((await sharedPostgres()).port).toBe((await sharedPostgres()).port);
    const [a, b] = await Promise.all([freshDatabase('one'), freshDatabase('one')]);
    await query(a, 'create table t(x int)');
    await expect(query(b, 'select * from t')).rejects.toThrow(/does not exist/);
  });
});

describe('startNats', () => {
  const subjects = { name: 'S', subjects: ['s.>'] };
  it('keeps streams over a kill and loses them in a wipe', async () => {
    const server = await startNats();
    try {
      await withManager(server, (manager) => manager.streams.add(subjects));
      await server.kill();
      await server.start();
      expect(await streamNames(server)).toEqual(['S']);
      await server.wipe();
      expect(await streamNames(server)).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('is shared when asked', async () => {
    expect((await sharedNats()).url).toBe((await sharedNats()).url);
    await eventually(async () => (await connect({ servers: (await sharedNats()).url })).close().then(() => true));
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;

async function withManager<T>(server: NatsServer, work: (manager: Manager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: server.url });
  try {
    return await work(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

async function streamNames(server: NatsServer): Promise<string[]> {
  return withManager(server, async (manager) => {
    const names: string[] = [];
    for await (const info of manager.streams.list()) names.push(info.config.name);
    return names;
  });
}
