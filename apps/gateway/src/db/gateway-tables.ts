import { type MigrationClass } from '@videoapi/database';
import { type MigrationInterface, type QueryRunner } from 'typeorm';

class GatewayTables implements MigrationInterface {
  readonly name = '0001-gateway';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE account (
        id text PRIMARY KEY,
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
        requests_per_minute integer CHECK (requests_per_minute > 0),
        max_queued integer CHECK (max_queued > 0),
        max_concurrent integer CHECK (max_concurrent > 0),
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE api_key (
        id text PRIMARY KEY,
        account_id text NOT NULL REFERENCES account,
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        mode text NOT NULL CHECK (mode IN ('live', 'test')),
        dialect text NOT NULL CHECK (dialect IN ('openai', 'yishang')),
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        hash bytea NOT NULL,
        pepper_version smallint NOT NULL DEFAULT 1,
        last_four text NOT NULL,
        requests_per_minute integer CHECK (requests_per_minute > 0),
        max_concurrent integer CHECK (max_concurrent > 0),
        created_by text,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
      )`);
    await runner.query(`CREATE INDEX api_key_account ON api_key (account_id, created_at)`);
    await runner.query(`
      CREATE TABLE idempotency_key (
        account_id text NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        task_id text NOT NULL,
        state text NOT NULL DEFAULT 'in_progress' CHECK (state IN ('in_progress', 'done')),
        owner uuid NOT NULL,
        lease_until timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        response text,
        PRIMARY KEY (account_id, key),
        CHECK ((state = 'done') = (response IS NOT NULL))
      ) WITH (fillfactor = 80)`);
    await runner.query(`CREATE INDEX idempotency_key_expires_at ON idempotency_key (expires_at)`);
    await runner.query(`
      CREATE TABLE rate_lease (
        key_id text PRIMARY KEY,
        -- the moment at which the whole burst is free again, in milliseconds since the epoch
        tat double precision NOT NULL,
        -- what the last lease asked by and got
        interval_ms double precision NOT NULL,
        burst integer NOT NULL,
        granted integer NOT NULL
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE FUNCTION rate_share(tat float8, asked int, interval_ms float8, burst int) RETURNS int LANGUAGE sql STABLE AS $$
        SELECT greatest(0, least(asked, floor(
          burst - greatest(tat - extract(epoch FROM statement_timestamp())::float8 * 1000, 0) / interval_ms + 1e-6)))::int
      $$`);
    await runner.query(`
      CREATE TABLE audit_log (
        id bigserial PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        account_id text,
        target text,
        detail jsonb NOT NULL DEFAULT '{}',
        request_id text
      )`);
    await runner.query(`CREATE INDEX audit_log_account ON audit_log (account_id, id)`);
    // Append-only for the service: what was done stays on record whoever holds its password.
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$`);
    await runner.query(`
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit_log, rate_lease, idempotency_key, api_key, account`);
    await runner.query(`DROP FUNCTION refuse_change, rate_share`);
  }
}

export const gatewayTables: MigrationClass = GatewayTables;
