import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where deliveries go, what signs them, and how the receiver has been doing. */
export class EndpointTables implements MigrationInterface {
  readonly name = '0002-endpoints';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE endpoint (
        id text COLLATE "C" PRIMARY KEY,
        account_id text NOT NULL,
        -- 'implicit': one per account and origin of its tasks' callback URLs; url is the origin.
        kind text NOT NULL CHECK (kind IN ('account', 'implicit')),
        url text NOT NULL,
        event_types text[] NOT NULL DEFAULT '{}',
        description text NOT NULL DEFAULT '',
        state text NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled')),
        disabled_reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      );
      CREATE UNIQUE INDEX endpoint_origin ON endpoint (account_id, url) WHERE kind = 'implicit';
      CREATE INDEX endpoint_account ON endpoint (account_id) WHERE kind = 'account' AND deleted_at IS NULL;

      -- Sealed signing secrets. owner_id is an endpoint's id, or the account's for callback URLs.
      CREATE TABLE endpoint_secret (
        owner_id text NOT NULL,
        serial int NOT NULL,
        account_id text NOT NULL,
        kek_version smallint NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        PRIMARY KEY (owner_id, serial)
      );

      -- The ring: one narrow, hot row per endpoint. Whoever changes an endpoint's deliveries locks this row first.
      CREATE TABLE endpoint_queue (
        endpoint_id text COLLATE "C" PRIMARY KEY,
        -- Null when nothing waits. May be too early, never too late.
        next_due_at timestamptz,
        in_flight int NOT NULL DEFAULT 0 CHECK (in_flight >= 0),
        last_served_at timestamptz NOT NULL DEFAULT '-infinity',
        lane text NOT NULL DEFAULT 'fast' CHECK (lane IN ('fast', 'slow')),
        -- 2 until the first success: a receiver nobody has met is asked gently.
        cap int NOT NULL DEFAULT 2 CHECK (cap >= 1),
        successes_in_row int NOT NULL DEFAULT 0,
        timeouts_in_row int NOT NULL DEFAULT 0,
        window_from timestamptz,
        window_sent int NOT NULL DEFAULT 0,
        window_failed int NOT NULL DEFAULT 0,
        breaker_until timestamptz,
        breaker_opens int NOT NULL DEFAULT 0,
        failing_since timestamptz,
        failures int NOT NULL DEFAULT 0,
        last_success_at timestamptz
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
      CREATE INDEX endpoint_queue_due ON endpoint_queue (next_due_at) WHERE next_due_at IS NOT NULL;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE endpoint_queue, endpoint_secret, endpoint`);
  }
}
