import { createHash } from 'node:crypto';
import { type Client, type QueryConfig, type QueryResult } from 'pg';
import { DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import { asOverloaded, asUnavailable, CommitUnknownError, isAbsent, unavailable } from './errors.js';

/**
 * Runs `work` in one READ COMMITTED transaction and resolves after the commit. Throws what `work` threw (rolled back),
 * `unavailable` when the database is not there, `overloaded` after a deadlock, serialization failure, lock or statement
 * time-out, CommitUnknownError when the answer to COMMIT was lost. Inside `work` the driver's own errors are seen.
 */
export async function inTransaction<T>(source: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const client = await begin(runner);
    let result: T;
    try {
      result = await work(runner.manager);
    } catch (error) {
      await rollback(client);
      throw asOverloaded(error instanceof QueryFailedError ? asUnavailable(error) : error);
    }
    await commit(client, runner);
    return result;
  } finally {
    await runner.release();
  }
}

/**
 * Runs one statement and returns its rows, also for INSERT, UPDATE and DELETE … RETURNING. int8 and numeric arrive as
 * strings, timestamptz as Date. Throws `AppError('unavailable')` when the database is not there, else the driver's error.
 * Each connection parses a text once and keeps it: what varies goes into `values`, never into the text.
 */
export async function sql<T>(
  target: EntityManager | DataSource,
  statement: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const running = target instanceof DataSource ? undefined : target.queryRunner;
  if (running !== undefined) return rowsOf(await connect(running), statement, values);
  const runner = (target instanceof DataSource ? target : target.dataSource).createQueryRunner();
  try {
    return await rowsOf(await connect(runner), statement, values);
  } finally {
    await runner.release();
  }
}

async function rowsOf<T>(client: Client, text: string, values: readonly unknown[]): Promise<T[]> {
  const { rows } = await query(client, { name: nameOf(text), text, values: [...values] });
  return rows;
}

const names = new Map<string, string>();

/** Of the text alone, so that a name means the same in every process that a pooler lets share a connection. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

async function begin(runner: QueryRunner): Promise<Client> {
  const client = await connect(runner);
  try {
    // Through TypeORM, so that `tx.save()` knows of the transaction and does not open one of its own.
    await runner.startTransaction();
  } catch (error) {
    discard(client);
    throw asUnavailable(error);
  }
  return client;
}

async function commit(client: Client, runner: QueryRunner): Promise<void> {
  // The connection died during `work`, COMMIT never left: certainly not committed.
  if (runner.isReleased) throw unavailable(new Error('connection lost before COMMIT'));
  let answer: QueryResult;
  try {
    answer = await client.query('COMMIT');
  } catch (error) {
    if (!isAbsent(error)) throw asOverloaded(error); // refused by the server, for example a deferred constraint: rolled back
    discard(client);
    throw new CommitUnknownError(error);
  }
  // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error: `work` swallowed one.
  if (answer.command !== 'COMMIT') throw new Error('transaction was rolled back: a statement in it had failed');
}

async function rollback(client: Client): Promise<void> {
  try {
    await client.query('ROLLBACK');
  } catch {
    discard(client); // the server rolls back when the session ends; the first error is the one to report
  }
}

async function connect(runner: QueryRunner): Promise<Client> {
  try {
    return await runner.connect();
  } catch (error) {
    throw asUnavailable(error);
  }
}

async function query(client: Client, config: QueryConfig): Promise<QueryResult> {
  try {
    return await client.query(config);
  } catch (error) {
    if (isAbsent(error)) discard(client);
    throw asUnavailable(error);
  }
}

/** A connection whose query was never answered must not go back to the pool: the next user would wait behind it. */
function discard(client: Client): void {
  client.end().catch(() => undefined);
}
