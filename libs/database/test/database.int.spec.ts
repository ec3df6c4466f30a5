import { Logger } from '@nestjs/common';
import { eventually, freshDatabase, sharedPostgres, startPostgres } from '@videoapi/testing';
import { Column, type DataSource, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';
import {
  Batcher,
  bigintColumn,
  claimInbox,
  CommitUnknownError,
  createDataSource,
  DatabaseModule,
  insertOutbox,
  inTransaction,
  isUniqueViolation,
  messagingTables,
  migrate,
  pruneInbox,
  sql,
  sqlState,
} from '../src/index.js';
import { startCommitCutter } from './commit-cutter.js';

@Entity('coin')
class CoinRow {
  @PrimaryColumn('text')
  id: string;

  @Column(bigintColumn)
  amount: bigint;
}

class Coins implements MigrationInterface {
  readonly name = '0001-coins-and-their-owners';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE coin (id text PRIMARY KEY, amount bigint NOT NULL)`);
    await runner.query(`CREATE TABLE entry (id bigserial PRIMARY KEY, note text NOT NULL)`);
    await runner.query(`REVOKE UPDATE, DELETE ON entry FROM videoapi_mint`);
    await runner.query(`CREATE FUNCTION minted() RETURNS bigint LANGUAGE sql AS 'SELECT sum(amount) FROM coin'`);
  }
  async down(): Promise<void> {}
}

class LaterTable implements MigrationInterface {
  readonly name = '0002-later';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE later (id bigserial PRIMARY KEY)`);
  }
  async down(): Promise<void> {}
}

class Broken implements MigrationInterface {
  readonly name = '0003-broken';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE half_done (id int)`);
    await runner.query(`CREATE TABLE coin (id int)`);
  }
  async down(): Promise<void> {}
}

const mint = { schema: 'mint', role: 'videoapi_mint', password: `it's secret` };
/** Several migrations and servers, on a machine that may be busy. */
const patience = 60_000;
const open: DataSource[] = [];

beforeAll(() => Logger.overrideLogger(false));

afterAll(async () => {
  await Promise.all(open.map((source) => source.destroy()));
});

describe('migrate', () => {
  it(
    'gives the service its rows and nothing else, and runs each migration once, in the order given',
    async () => {
      const url = await freshDatabase('migrate');
      expect(await migrate({ ...mint, url, migrations: [messagingTables, Coins] })).toEqual([
        '0000-messaging-tables',
        '0001-coins-and-their-owners',
      ]);
      expect(await migrate({ ...mint, url, migrations: [messagingTables, Coins] })).toEqual([]);
      expect(await migrate({ ...mint, url, migrations: [messagingTables, Coins, LaterTable] })).toEqual(['0002-later']);

      const source = await connect(url);
      await sql(source, `INSERT INTO coin VALUES ('a', 1)`);
      await sql(source, `INSERT INTO later DEFAULT VALUES`);
      await sql(source, `INSERT INTO entry (note) VALUES ('kept')`);
      expect(await sql(source, `SELECT minted()`)).toEqual([{ minted: '1' }]);
      await expect(sql(source, `DELETE FROM entry`)).rejects.toMatchObject({ code: '42501' });
      await expect(sql(source, `DELETE FROM migration`)).rejects.toMatchObject({ code: '42501' });
      await expect(sql(source, `ALTER TABLE coin ADD note text`)).rejects.toMatchObject({ code: '42501' });
      await expect(sql(source, `CREATE TABLE mine (id int)`)).rejects.toMatchObject({ code: '42501' });
      await expect(sql(source, `TRUNCATE coin`)).rejects.toMatchObject({ code: '42501' });
    },
    patience,
  );

  it(
    'can be started for several services of one database, and in several databases, at the same time',
    async () => {
      const [one, two] = [await freshDatabase('race'), await freshDatabase('race')];
      const services = ['alpha', 'beta', 'gamma'].flatMap((schema) =>
        [one, one, two].map((url) => ({ url, schema, role: `race_${schema}`, password: 'x' })),
      );
      const ran = await Promise.all(services.map((service) => migrate({ ...service, migrations: [messagingTables] })));
      expect(ran.flat()).toHaveLength(6);
    },
    patience,
  );

  it(
    'leaves nothing of a migration that failed',
    async () => {
      const url = await freshDatabase('broken');
      await migrate({ ...mint, url, migrations: [Coins] });
      await expect(migrate({ ...mint, url, migrations: [Coins, Broken] })).rejects.toMatchObject({ code: '42P07' });
      const admin = await connect(url, false);
      expect(await sql(admin, `SELECT to_regclass('mint.half_done') AS found`)).toEqual([{ found: null }]);
      expect(await migrate({ ...mint, url, migrations: [Coins, LaterTable] })).toEqual(['0002-later']);
    },
    patience,
  );
});

describe('a migrated database', () => {
  let url: string;
  let source: DataSource;

  beforeAll(async () => {
    url = await freshDatabase('rows');
    await migrate({ ...mint, url, migrations: [messagingTables, Coins] });
    source = await connect(url);
  }, patience);

  it('gives rows back from every kind of statement', async () => {
    expect(await sql(source, `INSERT INTO coin VALUES ('r1', 7), ('r2', 8) RETURNING id`)).toEqual([
      { id: 'r1' },
      { id: 'r2' },
    ]);
    expect(await sql(source, `UPDATE coin SET amount = 9 WHERE id = $1 RETURNING amount`, ['r1'])).toEqual([
      { amount: '9' },
    ]);
    expect(await sql(source, `DELETE FROM coin WHERE id = $1 RETURNING id`, ['r2'])).toEqual([{ id: 'r2' }]);
  });

  it('prepares a statement once for a connection, and keeps its plan', async () => {
    const text = `SELECT $1::int AS kept`;
    const kept = await inTransaction(source, async (tx) => {
      for (const value of [1, 2, 3]) expect(await sql(tx, text, [value])).toEqual([{ kept: value }]);
      return sql(tx, `SELECT generic_plans AS plans FROM pg_prepared_statements WHERE statement = $1`, [text]);
    });
    expect(kept).toEqual([{ plans: '3' }]);
  });

  it('plans for each question where that is asked for', async () => {
    const source = createDataSource({ url, poolSize: 1, applicationName: 'test', plans: 'fresh' });
    open.push(await source.initialize());
    const mode = await sql(source, `SELECT current_setting('plan_cache_mode') AS mode`);
    expect(mode).toEqual([{ mode: 'force_custom_plan' }]);
  });

  it('carries bigint through a row class without losing a digit', async () => {
    const amount = 9_007_199_254_740_993n;
    await inTransaction(source, (tx) => tx.insert(CoinRow, { id: 'big', amount }));
    expect(await source.manager.findOneByOrFail(CoinRow, { id: 'big' })).toMatchObject({ amount });
  });

  it('commits what work resolved with and rolls back what it threw', async () => {
    await inTransaction(source, async (tx) => {
      await tx.save(CoinRow, { id: 'kept', amount: 1n }); // TypeORM must not commit in the middle
      await sql(tx, `UPDATE coin SET amount = 2 WHERE id = 'kept'`);
    });
    const failure = new Error('business');
    const failing = inTransaction(source, async (tx) => {
      await tx.save(CoinRow, { id: 'gone', amount: 1n });
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await sql(source, `SELECT id, amount FROM coin WHERE id IN ('kept', 'gone')`)).toEqual([
      { id: 'kept', amount: '2' },
    ]);
  });

  it('does not report a transaction as committed when a statement in it failed unseen', async () => {
    const swallowing = inTransaction(source, async (tx) => {
      await sql(tx, `INSERT INTO coin VALUES ('swallowed', 1)`);
      await sql(tx, `SELECT 1 / 0`).catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('rolled back');
    expect(await sql(source, `SELECT FROM coin WHERE id = 'swallowed'`)).toEqual([]);
  });

  it('names the constraint of a unique violation, from sql and from TypeORM', async () => {
    await sql(source, `INSERT INTO coin VALUES ('twice', 1)`);
    const plain = await sql(source, `INSERT INTO coin VALUES ('twice', 1)`).catch((error: unknown) => error);
    const mapped = await source.manager.insert(CoinRow, { id: 'twice', amount: 1n }).catch((error: unknown) => error);
    expect([plain, mapped].map((error) => isUniqueViolation(error, 'coin_pkey'))).toEqual([true, true]);
    expect(isUniqueViolation(plain, 'other_key')).toBe(false);
  });

  it('makes a deadlock a retryable refusal of one of the two', async () => {
    await sql(source, `INSERT INTO coin VALUES ('left', 1), ('right', 1)`);
    // The server looks for deadlocks after a second: nobody may have given up by then.
    const waiting = createDataSource({ url, poolSize: 2, applicationName: 'test', lockTimeoutMs: 20_000 });
    open.push(await waiting.initialize());
    let locked = 0;
    const lock = (first: string, second: string) =>
      inTransaction(waiting, async (tx) => {
        await sql(tx, `SELECT FROM mint.coin WHERE id = $1 FOR UPDATE`, [first]);
        locked += 1;
        await eventually(() => locked === 2, { intervalMs: 5 });
        await sql(tx, `SELECT FROM mint.coin WHERE id = $1 FOR UPDATE`, [second]);
      });
    const outcomes = await Promise.allSettled([lock('left', 'right'), lock('right', 'left')]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
    expect(refused).toMatchObject([{ code: 'overloaded', retryable: true }]);
    expect(refused.map(sqlState)).toEqual(['40P01']);
  });

  it('writes outbox rows in order, one shard per key', async () => {
    const message = (n: number) => ({
      id: `m${n}`,
      subject: 'evt.task.v1.completed',
      key: `task_${n % 3}`,
      payload: { id: `m${n}`, data: { text: `quote " back \\ {brace} ünï ${n}` } },
      ...(n === 0 && { headers: { traceparent: '00-1' } }),
    });
    await inTransaction(source, (tx) =>
      insertOutbox(
        tx,
        Array.from({ length: 100 }, (_, n) => message(n)),
      ),
    );
    await inTransaction(source, (tx) => insertOutbox(tx, []));
    const rows = await sql<{ shard: number; key: string; message_id: string; headers: unknown; payload: unknown }>(
      source,
      `SELECT shard, key, message_id, headers, payload FROM outbox ORDER BY id`,
    );
    expect(rows.map((row) => row.message_id)).toEqual(Array.from({ length: 100 }, (_, n) => `m${n}`));
    expect(rows.map((row) => row.payload)).toEqual(Array.from({ length: 100 }, (_, n) => message(n).payload));
    expect(rows[0]?.headers).toEqual({ traceparent: '00-1' });
    expect(rows[1]?.headers).toBeNull();
    expect(new Set(rows.map((row) => `${row.key} ${row.shard}`)).size).toBe(3);
    expect(rows.every((row) => row.shard >= 0 && row.shard < 16)).toBe(true);
    expect(await sql(source, `SELECT count(*)::int AS leases FROM outbox_lease`)).toEqual([{ leases: 16 }]);
  });

  it('lets each consumer claim an id once, however many try at the same time', async () => {
    // Enough for the claims to overlap; in opposite orders they would meet in the middle and deadlock.
    const ids = Array.from({ length: 5_000 }, (_, n) => `id${n}`);
    const claims = await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        inTransaction(source, (tx) => claimInbox(tx, 'billing-task', n % 2 === 0 ? ids : ids.toReversed())),
      ),
    );
    expect(claims.map((claim) => claim.size).sort((a, b) => a - b)).toEqual([0, 0, 0, 5_000]);
    const other = await inTransaction(source, (tx) => claimInbox(tx, 'webhooks-task', ['id1', 'id1', 'id2']));
    expect(other).toEqual(new Set(['id1', 'id2']));

    expect(await pruneInbox(source, { keepDays: 8, limit: 5_000 })).toBe(0);
    await sql(source, `UPDATE inbox SET received_at = now() - interval '9 days' WHERE consumer = 'billing-task'`);
    expect(await pruneInbox(source, { keepDays: 8, limit: 3_000 })).toBe(3_000);
    expect(await pruneInbox(source, { keepDays: 8, limit: 3_000 })).toBe(2_000);
  });

  it(
    'knows a lost answer to COMMIT from a refused commit, and a batch survives it exactly once',
    async () => {
      const cutter = await startCommitCutter(url);
      const through = await connect(cutter.url);
      cutter.cutNextCommit();
      const lost = inTransaction(through, (tx) => sql(tx, `INSERT INTO coin VALUES ('lost', 1)`));
      await expect(lost).rejects.toBeInstanceOf(CommitUnknownError);
      await eventually(async () => expect(await sql(source, `SELECT FROM coin WHERE id = 'lost'`)).toHaveLength(1));

      const batcher = new Batcher<string, boolean>({
        name: 'coins',
        maxItems: 10,
        workers: 1,
        maxQueued: 10,
        flush: (ids) =>
          inTransaction(through, async (tx) => {
            const fresh = await claimInbox(tx, 'coins', ids);
            for (const id of fresh) await sql(tx, `INSERT INTO coin VALUES ($1, 1)`, [id]);
            return ids.map((id) => fresh.has(id));
          }),
      });
      cutter.cutNextCommit();
      expect(await Promise.all(['b1', 'b2'].map((id) => batcher.submit(id)))).toEqual([false, false]);
      expect(await sql(source, `SELECT FROM coin WHERE id IN ('b1', 'b2')`)).toHaveLength(2);
      await through.destroy();
      open.splice(open.indexOf(through), 1);
      await cutter.stop();
    },
    patience,
  );

  it('reports a session that was ended before COMMIT as unavailable, not as unknown', async () => {
    const ended = inTransaction(source, async (tx) => {
      await sql(tx, `INSERT INTO coin VALUES ('ended', 1)`);
      const [session] = await sql<{ pid: number }>(tx, `SELECT pg_backend_pid() AS pid`);
      await sql(source, `SELECT 1`);
      const admin = await connect(url, false);
      await sql(admin, `SELECT pg_terminate_backend($1)`, [session?.pid]);
      await eventually(() => expect(tx.queryRunner?.isReleased).toBe(true));
    });
    const error = await ended.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(error).not.toBeInstanceOf(CommitUnknownError);
    expect(await sql(source, `SELECT FROM coin WHERE id = 'ended'`)).toEqual([]);
  });
});

describe('a database that goes away', () => {
  it(
    'answers unavailable within seconds and works again when it is back',
    async () => {
      const server = await startPostgres({ durable: false });
      await migrate({ ...mint, url: server.adminUrl, migrations: [Coins] });
      const source = await connect(server.adminUrl, true, 2_500);
      await Promise.all(Array.from({ length: 5 }, () => sql(source, `SELECT pg_sleep(0.05)`)));
      const running = sql(source, `SELECT pg_sleep(4)`).catch((error: unknown) => error);
      await server.stop();
      expect(await running).toMatchObject({ code: 'unavailable' });
      await expect(sql(source, `SELECT 1`)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
      await expect(inTransaction(source, async () => 1)).rejects.toMatchObject({ code: 'unavailable' });
      await server.start();
      await eventually(() => inTransaction(source, (tx) => sql(tx, `INSERT INTO coin VALUES ('back', 1)`)));

      // A session that hangs: nothing answers, so the driver's own limit ends the wait and drops the connection.
      const [session] = await sql<{ pid: number }>(source, `SELECT pg_backend_pid() AS pid`);
      process.kill(session?.pid ?? 0, 'SIGSTOP');
      await expect(sql(source, `SELECT 1`)).rejects.toMatchObject({ code: 'unavailable' });
      expect(await sql(source, `SELECT pg_backend_pid() AS pid`)).not.toEqual([session]);
      process.kill(session?.pid ?? 0, 'SIGCONT');
      await source.destroy();
      open.splice(open.indexOf(source), 1);
      await server.stop();
    },
    patience,
  );
});

describe('DatabaseModule', () => {
  it('is ready when it is provided', async () => {
    const { providers = [] } = DatabaseModule.register({
      url: (await sharedPostgres()).adminUrl,
      poolSize: 1,
      applicationName: 'module',
    });
    const [provider] = providers;
    if (provider === undefined || !('useFactory' in provider)) throw new Error('no factory');
    const source = await provider.useFactory();
    expect(await sql(source, `SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    await new DatabaseModule(source).onApplicationShutdown();
    expect(source.isInitialized).toBe(false);
  });
});

/** As the service's role, or as the owner of `url`. */
async function connect(url: string, asService = true, statementTimeoutMs = 30_000): Promise<DataSource> {
  const own = new URL(url);
  if (asService) {
    own.username = mint.role;
    own.password = encodeURIComponent(mint.password);
  }
  const source = createDataSource({
    url: own.href,
    poolSize: 5,
    applicationName: 'test',
    entities: [CoinRow],
    statementTimeoutMs,
  });
  await source.initialize();
  open.push(source);
  return source;
}
