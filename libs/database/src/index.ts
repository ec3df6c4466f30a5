export { Batcher, type BatcherOptions } from './batcher.js';
export { bigintColumn, createDataSource, databaseEnv, type DatabaseOptions } from './data-source.js';
export { DatabaseModule } from './database.module.js';
export { asOverloaded, asUnavailable, CommitUnknownError, isUniqueViolation, sqlState } from './errors.js';
export { claimInbox, pruneInbox } from './inbox.js';
export { messagingTables } from './messaging-tables.js';
export { migrate, type MigrateOptions, type MigrationClass } from './migrate.js';
export { insertOutbox, type OutboxMessage } from './outbox.js';
export { inTransaction, sql, type Statement } from './transaction.js';
