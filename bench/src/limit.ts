import { spawnSync } from 'node:child_process';
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@videoapi/testing';
import pg from 'pg';
import { type DevFile } from './stack.js';

/** The rows that one submit leaves behind, and how a copy of each gets an identity of its own. */
const tables = [
  { schema: 'orchestrator', table: 'task', keys: { id: 'KEY' } },
  { schema: 'orchestrator', table: 'timer', keys: { task_id: 'KEY' } },
  { schema: 'orchestrator', table: 'task_event', keys: { task_id: 'KEY' } },
  { schema: 'orchestrator', table: 'outbox', keys: { id: "nextval('bench.serial')" } },
  { schema: 'billing', table: 'hold', keys: { id: 'KEY' } },
  { schema: 'billing', table: 'hold_lot', keys: { hold_id: 'KEY' } },
  { schema: 'billing', table: 'entry', keys: { version: "nextval('bench.serial')" } },
] as const;

/**
 * What PostgreSQL alone takes of the rows of a submit: copies of a real one, in a schema with the same columns, indexes
 * and settings, one transaction each and fifty at once. Submits a second.
 */
export async function pgbenchLimit(
  dev: DevFile,
  taskId: string,
): Promise<{ single: number; batched: number } | undefined> {
  const pgbench = globSync('/usr/lib/postgresql/*/bin/pgbench').at(-1);
  if (pgbench === undefined || !existsSync(pgbench)) return undefined;
  const client = new pg.Client({ connectionString: dev.postgres });
  await client.connect();
  const copy = await prepare(client, taskId);
  await client.end();
  const run = (rows: number) => rows * transactionsPerSecond(pgbench, dev.postgres, script(copy, rows));
  return { single: run(1), batched: run(50) };
}

async function prepare(
  client: pg.Client,
  taskId: string,
): Promise<{ table: string; insert: string; select: string }[]> {
  await client.query(
    'DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench; CREATE SEQUENCE bench.serial START 1000000',
  );
  const copies = [];
  for (const { schema, table, keys } of tables) {
    const name = `bench.${table}`;
    await client.query(`CREATE TABLE ${name} (LIKE ${schema}.${table} INCLUDING ALL)`);
    const key =
      'version' in keys
        ? 'ref'
        : 'hold_id' in keys
          ? 'hold_id'
          : table === 'task' || table === 'hold'
            ? 'id'
            : table === 'outbox'
              ? 'key'
              : 'task_id';
    await client.query(
      `CREATE TABLE bench.sample_${table} AS SELECT * FROM ${schema}.${table} WHERE ${key} = $1 LIMIT 1`,
      [taskId],
    );
    const sampled = await client.query(`SELECT 1 FROM bench.sample_${table}`);
    if (sampled.rowCount === 0)
      await client.query(`INSERT INTO bench.sample_${table} SELECT * FROM ${schema}.${table} LIMIT 1`);
    const { rows } = await client.query<{ column_name: string }>(
      `SELECT column_name FROM information_schema.columns
       WHERE table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
      [schema, table],
    );
    const columns = rows.map((row) => row.column_name);
    const replaced: Readonly<Record<string, string>> = keys;
    copies.push({
      table,
      insert: columns.join(', '),
      select: columns.map((column) => replaced[column] ?? column).join(', '),
    });
  }
  return copies;
}

function script(copies: readonly { table: string; insert: string; select: string }[], rows: number): string {
  const inserts = copies.map(({ table, insert, select }) => {
    const values = select.replaceAll('KEY', `'vidgen_' || lpad((:base::bigint + n)::text, 13, '0') || '_00000000'`);
    return `INSERT INTO bench.${table} (${insert}) SELECT ${values} FROM bench.sample_${table}, generate_series(1, ${rows}) AS n;`;
  });
  return ['\\set base random(1, 9000000000000)', 'BEGIN;', ...inserts, 'COMMIT;', ''].join('\n');
}

function transactionsPerSecond(pgbench: string, url: string, text: string): number {
  const file = join(tempDir('pgbench'), 'submit.sql');
  writeFileSync(file, text);
  const { stdout, stderr } = spawnSync(
    pgbench,
    ['-n', '-M', 'prepared', '-c', '16', '-j', '2', '-T', '8', '-f', file, url],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  const match = /tps = ([\d.]+)/.exec(stdout);
  if (match === null) throw new Error(stderr);
  return Number(match[1]);
}
