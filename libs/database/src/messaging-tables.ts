import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { type MigrationClass } from './migrate.js';

class MessagingTables implements MigrationInterface {
  readonly name = '0000-messaging-tables';

  async up(runner: QueryRunner): Promise<void> {
    // Rows live for milliseconds: vacuum early and at full speed, or the scan for the oldest row walks over dead ones.
    await runner.query(`
      CREATE TABLE outbox (
        id bigserial PRIMARY KEY,
        shard smallint NOT NULL GENERATED ALWAYS AS ((hashtext(key) & 15)::smallint) STORED,
        key text NOT NULL,
        message_id text NOT NULL,
        subject text NOT NULL,
        headers jsonb,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX outbox_shard_id ON outbox (shard, id)`);
    await runner.query(`
      CREATE TABLE outbox_lease (
        shard smallint PRIMARY KEY,
        owner text,
        epoch bigint NOT NULL DEFAULT 0,
        until timestamptz
      ) WITH (fillfactor = 50)`);
    await runner.query(`INSERT INTO outbox_lease (shard) SELECT generate_series(0, 15)`);
    await runner.query(`
      CREATE TABLE inbox (
        consumer text NOT NULL,
        message_id text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
      )`);
    // A btree, not a block range index: once vacuum gives the space of forgotten rows to new ones every range reaches from
    // the oldest row to the newest, and each batch of `pruneInbox` would read the whole table.
    await runner.query(`CREATE INDEX inbox_received_at ON inbox (received_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE inbox, outbox_lease, outbox`);
  }
}

/**
 * `outbox`, `outbox_lease` and `inbox`: each service lists it first among its migrations. The shard of an outbox row is
 * computed by the table, so that plain SQL and PL/pgSQL can write one as well as `insertOutbox`.
 */
export const messagingTables: MigrationClass = MessagingTables;
