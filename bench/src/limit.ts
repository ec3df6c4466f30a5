import { spawnSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@videoapi/testing';
import pg from 'pg';
import { type DevFile } from './stack.js';

const clients = 16;
const serial = "nextval('bench.serial')";
/** The id of the n-th copy of a script's run. */
const copyId = "'vidgen_' || lpad((:base::bigint + n)::text, 13, '0') || '_00000000'";

/**
 * The tables that a submit writes. `of` is a real submit's row in each; two of them are gone by the time they could be
 * looked at (a reservation becomes a task, an outbox row is published), so theirs is made of the task. `keys` gives every
 * copy an identity of its own.
 */
const tables = {
  reservation: {
    like: 'orchestrator.reservation',
    of: `SELECT id, account_id, to_json(t) AS task, deadline_at, now() AS retry_at FROM orchestrator.task t WHERE id = $1`,
    keys: { id: 'KEY' },
  },
  task: { like: 'orchestrator.task', of: `SELECT * FROM orchestrator.task WHERE id = $1`, keys: { id: 'KEY' } },
  timer: {
    like: 'orchestrator.timer',
    of: `SELECT * FROM orchestrator.timer WHERE task_id = $1 LIMIT 1`,
    keys: { task_id: 'KEY' },
  },
  task_event: {
    like: 'orchestrator.task_event',
    of: `SELECT * FROM orchestrator.task_event WHERE task_id = $1 LIMIT 1`,
    keys: { task_id: 'KEY' },
  },
  outbox: {
    like: 'orchestrator.outbox',
    of: `SELECT 0::bigint AS id, id AS key, id AS message_id, 'evt.task.v1.queued' AS subject, NULL::jsonb AS headers,
           to_jsonb(t) AS payload, now() AS created_at FROM orchestrator.task t WHERE id = $1`,
    keys: { id: ':base::bigint + n', key: 'KEY' },
  },
  hold: { like: 'billing.hold', of: `SELECT * FROM billing.hold WHERE id = $1`, keys: { id: 'KEY' } },
  hold_lot: {
    like: 'billing.hold_lot',
    of: `SELECT * FROM billing.hold_lot WHERE hold_id = $1 LIMIT 1`,
    keys: { hold_id: 'KEY' },
  },
  entry: {
    like: 'billing.entry',
    of: `SELECT * FROM billing.entry WHERE ref = $1 LIMIT 1`,
    keys: { version: serial },
  },
} as const satisfies Record<string, { like: string; of: string; keys: Readonly<Record<string, string>> }>;
type Table = keyof typeof tables;

/**
 * What PostgreSQL alone takes of the writes of a submit, in the four transactions in which services make them: with the
 * same columns, indexes and settings, for one submit and for fifty at once. Each client has a wallet of its own, so nobody
 * waits for a lock. Submits a second; undefined where there is no pgbench.
 */
export async function pgbenchLimit(
  dev: DevFile,
  taskId: string,
): Promise<{ single: number; batched: number } | undefined> {
  const pgbench = globSync('/usr/lib/postgresql/*/bin/pgbench').at(-1);
  if (pgbench === undefined) return undefined;
  const client = new pg.Client({ connectionString: dev.postgres });
  await client.connect();
  const inserts = await prepare(client, taskId);
  await client.end();
  const run = (rows: number) => rows * transactionsPerSecond(pgbench, dev.postgres, script(inserts, rows));
  return { single: run(1), batched: run(50) };
}

/** The statement that fills each table. */
type Inserts = ReadonlyMap<Table, string>;

async function prepare(client: pg.Client, taskId: string): Promise<Inserts> {
  await client.query(`
    DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench; CREATE SEQUENCE bench.serial START 1000000;
    CREATE TABLE bench.wallet (LIKE billing.wallet INCLUDING ALL) WITH (fillfactor = 50);
    CREATE TABLE bench.credit_lot (LIKE billing.credit_lot INCLUDING ALL) WITH (fillfactor = 50);
    INSERT INTO bench.wallet (id, account_id, available, granted) OVERRIDING SYSTEM VALUE
      SELECT n, 'bench-' || n, 1000000000000, 1000000000000 FROM generate_series(0, ${clients - 1}) AS n;
    INSERT INTO bench.credit_lot (id, wallet_id, amount, remaining, category, source_ref) OVERRIDING SYSTEM VALUE
      SELECT n, n, 1000000000000, 1000000000000, 'paid', 'bench-' || n FROM generate_series(0, ${clients - 1}) AS n;`);
  const inserts = new Map<Table, string>();
  for (const table of Object.keys(tables).filter(isTable)) inserts.set(table, await copyOf(client, table, taskId));
  return inserts;
}

function isTable(name: string): name is Table {
  return name in tables;
}

/** Makes a table of the same shape and a sample row beside it. @returns the statement that copies that row, ROWS times. */
async function copyOf(client: pg.Client, table: Table, taskId: string): Promise<string> {
  const { like, of, keys } = tables[table];
  await client.query(`CREATE TABLE bench.${table} (LIKE ${like} INCLUDING ALL)`);
  const { rowCount } = await client.query(`CREATE TABLE bench.sample_${table} AS ${of.replace('$1', `'${taskId}'`)}`);
  if (rowCount !== 1) throw new Error(`the submit ${taskId} has no row in ${like}`);
  const { rows } = await client.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'bench' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  );
  const columns = rows.map((row) => row.column_name);
  const replaced: Readonly<Record<string, string>> = keys;
  const values = columns.map((column) => replaced[column] ?? column).join(', ');
  const named = values.replaceAll('KEY', copyId);
  return `INSERT INTO bench.${table} (${columns.join(', ')}) SELECT ${named} FROM bench.sample_${table}, generate_series(1, ROWS) AS n;`;
}

function script(inserts: Inserts, rows: number): string {
  const into = (...names: readonly Table[]) =>
    names.map((name) => (inserts.get(name) ?? '').replace('ROWS', String(rows)));
  const transactions = [
    into('reservation'),
    [
      `UPDATE bench.wallet SET available = available - ${rows}, reserved = reserved + ${rows}, version = version + ${rows} WHERE id = :client_id;`,
      `UPDATE bench.credit_lot SET remaining = remaining - ${rows} WHERE id = :client_id;`,
      ...into('hold', 'hold_lot', 'entry'),
    ],
    [
      `DELETE FROM bench.reservation WHERE id IN (SELECT ${copyId} FROM generate_series(1, ${rows}) AS n);`,
      ...into('task', 'timer', 'task_event', 'outbox'),
    ],
    [`DELETE FROM bench.outbox WHERE id BETWEEN :base::bigint + 1 AND :base::bigint + ${rows};`],
  ];
  return [
    '\\set base random(1, 9000000000000)',
    ...transactions.flatMap((each) => ['BEGIN;', ...each, 'COMMIT;']),
    '',
  ].join('\n');
}

function transactionsPerSecond(pgbench: string, url: string, text: string): number {
  const file = join(tempDir('pgbench'), 'submit.sql');
  writeFileSync(file, text);
  const { stdout, stderr } = spawnSync(
    pgbench,
    ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', '8', '-f', file, url],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const match = /tps = ([\d.]+)/.exec(stdout);
  if (match === null) throw new Error(stderr);
  return Number(match[1]);
}
