import { Logger } from '@nestjs/common';
import { type ColumnOptions, DataSource, type DataSourceOptions, type EntitySchema } from 'typeorm';
import { z } from 'zod';
import { codeOf } from './errors.js';

/** The part of an app's environment that this library reads. */
export const databaseEnv = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
};

export interface DatabaseOptions {
  /** `postgresql://role:password@host:port/database`, with the service's own role. */
  readonly url: string;
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`: the service's name. */
  readonly applicationName: string;
  /** Row classes, one by one (a glob over build output would load deleted ones). */
  readonly entities?: readonly (Function | EntitySchema)[];
  /**
   * `kept` (the default): for requests, whose statements are planned once per connection. `fresh`: for reports that read
   * whole tables, and whose plan depends on the values asked for.
   */
  readonly plans?: 'kept' | 'fresh';
  /** The longest a single statement may run. Default 5,000. */
  readonly statementTimeoutMs?: number;
  /** The longest a statement may wait for a lock. Default 2,000. */
  readonly lockTimeoutMs?: number;
  /** The longest a caller waits for a connection, new or pooled. Default 2,000. */
  readonly connectTimeoutMs?: number;
}

const logger = new Logger('database');

/**
 * A kept plan may be made while its table is small and must still be right when it has grown: no walking through a table
 * where an index leads. And no compiling of a plan that runs for a millisecond: it took 100 of them where it was tried.
 */
const planning = {
  kept: '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off',
  fresh: '-c plan_cache_mode=force_custom_plan',
} as const;

/** A DataSource that is not connected yet. Its pool survives a database that goes away and comes back. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(options));
}

export function dataSourceOptions(options: DatabaseOptions) {
  const statementTimeoutMs = options.statementTimeoutMs ?? 5_000;
  return {
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [...(options.entities ?? [])],
    synchronize: false,
    logging: false,
    poolSize: options.poolSize,
    connectTimeoutMS: options.connectTimeoutMs ?? 2_000,
    // An idle connection that the server closes is replaced on the next use; without a handler it would end the process.
    poolErrorHandler: (error: unknown) =>
      logger.warn({ event: 'database_connection_lost', code: codeOf(error) ?? 'closed' }),
    extra: {
      options: planning[options.plans ?? 'kept'],
      statement_timeout: statementTimeoutMs,
      lock_timeout: options.lockTimeoutMs ?? 2_000,
      idle_in_transaction_session_timeout: 5_000,
      // Later than the server's own limit: it fires only when nothing answers at all, and then the connection is dropped.
      query_timeout: statementTimeoutMs + 2_000,
      keepAlive: true,
      idleTimeoutMillis: 30_000,
    },
  } satisfies DataSourceOptions;
}

/**
 * A `bigint` column of a row class: `@Column(bigintColumn)` or `@Column({ ...bigintColumn, nullable: true })`.
 * The driver hands int8 over as a string, because a JavaScript number cannot hold it; `sql()` leaves it so.
 */
export const bigintColumn = {
  type: 'bigint',
  transformer: {
    to: (value: bigint | null | undefined) => value?.toString() ?? value,
    from: (value: string | null) => (value === null ? null : BigInt(value)),
  },
} satisfies ColumnOptions;
