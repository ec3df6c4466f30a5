import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { DataSource, Migration, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from './data-source.js';
import { sqlState } from './errors.js';

/** A hand-written migration: `name = '0001-ledger'`, `up(runner)`. Its name is its identity: never rename a released one. */
export type MigrationClass = new () => MigrationInterface;

export interface MigrateOptions {
  /** The database, with the role that will own the schema; it needs CREATEROLE and CREATE on the database. */
  readonly url: string;
  readonly schema: string;
  /** The service's own role. It may read and write rows, and owns nothing. */
  readonly role: string;
  /** Set on every run, so that changing it here rotates it. Without it the role's password stays as it is. */
  readonly password?: string;
  /** Oldest first; run in exactly this order, each in a transaction of its own. */
  readonly migrations: readonly MigrationClass[];
}

/**
 * Brings one service's schema up to date and returns the names of the migrations it ran. Repeatable, and safe to start
 * for several services, or twice for one, at the same time.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const source = new DataSource({
    ...dataSourceOptions({ url: options.url, poolSize: 2, applicationName: `migrate-${options.schema}` }),
    schema: options.schema,
    migrationsTableName: 'migration',
    extra: { lock_timeout: 60_000 }, // for the advisory lock; DDL gets a short one below
  });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query(`SELECT pg_advisory_lock(hashtext('videoapi:migrate'))`);
    // A migration that cannot have its table at once gives up, instead of queueing every reader behind it.
    await runner.query(`SET lock_timeout = '5s'`);
    await prepareRole(runner, options);
    await prepareSchema(runner, options);
    return await runPending(source, runner, options);
  } finally {
    await runner.release();
    await source.destroy(); // ends the session, and with it the advisory lock
  }
}

async function prepareRole(runner: QueryRunner, { role, password }: MigrateOptions): Promise<void> {
  const name = escapeIdentifier(role);
  await repeatRaces(async () => {
    const [found] = await runner.query(`SELECT 1 FROM pg_roles WHERE rolname = $1`, [role]);
    if (found === undefined) await runner.query(`CREATE ROLE ${name} LOGIN`);
    if (password !== undefined) await runner.query(`ALTER ROLE ${name} PASSWORD ${escapeLiteral(password)}`);
  });
}

/** Privileges come before the migrations, so that a migration may take some away (append-only tables) for good. */
async function prepareSchema(runner: QueryRunner, options: MigrateOptions): Promise<void> {
  const schema = escapeIdentifier(options.schema);
  const role = escapeIdentifier(options.role);
  const [{ database }] = await runner.query(`SELECT current_database() AS database`);
  await repeatRaces(async () => {
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await runner.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
    const inSchema = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT`;
    await runner.query(`${inSchema} SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role}`);
    await runner.query(`${inSchema} USAGE, SELECT ON SEQUENCES TO ${role}`);
    await runner.query(`${inSchema} EXECUTE ON FUNCTIONS TO ${role}`);
    // Per database: one cluster may hold the same service twice.
    await runner.query(`ALTER ROLE ${role} IN DATABASE ${escapeIdentifier(database)} SET search_path = ${schema}`);
  });
  await runner.query(`SET search_path = ${schema}`);
}

/** TypeORM's executor, one migration at a time: left alone it would sort them by a time stamp in their names. */
async function runPending(source: DataSource, runner: QueryRunner, options: MigrateOptions): Promise<string[]> {
  const executor = new MigrationExecutor(source, runner);
  const executed = new Set((await executor.getExecutedMigrations()).map((migration) => migration.name));
  const ran: string[] = [];
  for (const [index, MigrationType] of options.migrations.entries()) {
    const instance = new MigrationType();
    const name = instance.name ?? MigrationType.name;
    if (executed.has(name)) continue;
    const migration = new Migration(undefined, index + 1, name, instance);
    if (instance.transaction === false) await executor.executeMigration(migration);
    else await inOneTransaction(runner, () => executor.executeMigration(migration));
    ran.push(name);
  }
  // The list of migrations is history: a service may look at it, never change it.
  if (ran.length > 0)
    await runner.query(`REVOKE INSERT, UPDATE, DELETE ON migration FROM ${escapeIdentifier(options.role)}`);
  return ran;
}

async function inOneTransaction(runner: QueryRunner, work: () => Promise<unknown>): Promise<void> {
  await runner.startTransaction();
  try {
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

/**
 * Roles belong to the whole cluster, where the advisory lock of one database does not reach. Somebody else created
 * (42710, 23505) or altered (XX000 "tuple concurrently updated") the same one at this moment: look again.
 */
async function repeatRaces(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const state = sqlState(error);
      if (attempt === 10 || (state !== '42710' && state !== '23505' && state !== 'XX000')) throw error;
      await sleep(20 * attempt);
    }
  }
}
