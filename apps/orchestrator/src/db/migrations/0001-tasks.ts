import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * `is_queued` and `is_open` follow from the state. They exist so that the partial indexes do not mention `state`: a
 * change of state that leaves both alone is then a heap-only update that touches no index at all.
 */
export class Tasks implements MigrationInterface {
  readonly name = '0001-tasks';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE task (
        id text COLLATE "C" PRIMARY KEY,
        account_id text NOT NULL,
        api_key_id text NOT NULL,
        mode text NOT NULL CHECK (mode IN ('live', 'test')),
        model text NOT NULL,
        type text NOT NULL,
        resolved jsonb NOT NULL,
        metadata jsonb NOT NULL,
        end_user_id text,
        callback jsonb,
        price_params jsonb NOT NULL,
        max_credits bigint,
        timing jsonb NOT NULL,
        engine_version smallint NOT NULL,
        created_at timestamptz NOT NULL,
        deadline_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN
          ('reserving', 'queued', 'submitting', 'running', 'storing', 'settling', 'completed', 'failed')),
        is_queued boolean NOT NULL GENERATED ALWAYS AS (state = 'queued') STORED,
        is_open boolean NOT NULL GENERATED ALWAYS AS (state NOT IN ('completed', 'failed')) STORED,
        version integer NOT NULL,
        quote jsonb,
        credits_reserved bigint NOT NULL DEFAULT 0 CHECK (credits_reserved >= 0),
        credits_charged bigint CHECK (credits_charged BETWEEN 0 AND credits_reserved),
        credits_refunded boolean NOT NULL DEFAULT false,
        progress smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
        outputs jsonb NOT NULL DEFAULT '[]',
        error jsonb,
        attempt_id uuid,
        attempt_count smallint NOT NULL DEFAULT 0,
        tried_channels text[] NOT NULL DEFAULT '{}',
        may_recover boolean NOT NULL DEFAULT false,
        cancel_requested_at timestamptz,
        outcome jsonb,
        queued_at timestamptz,
        started_at timestamptz,
        completed_at timestamptz,
        deleted_at timestamptz,
        state_since timestamptz NOT NULL,
        wakes_at timestamptz NOT NULL
      ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX task_account ON task (account_id, id)`);
    await runner.query(`CREATE INDEX task_queued ON task (account_id, model, id) WHERE is_queued`);
    await runner.query(`CREATE INDEX task_open ON task (account_id) WHERE is_open`);
    await runner.query(`CREATE INDEX task_finished ON task (completed_at, id) WHERE completed_at IS NOT NULL`);

    await runner.query(`
      CREATE TABLE attempt (
        id uuid PRIMARY KEY,
        task_id text COLLATE "C" NOT NULL,
        account_id text NOT NULL,
        number smallint NOT NULL,
        channel_id text NOT NULL,
        provider text NOT NULL,
        lane text NOT NULL,
        upstream_model text NOT NULL,
        state text NOT NULL CHECK (state IN
          ('submitting', 'unknown', 'running', 'succeeded', 'refused', 'failed', 'cancelled', 'abandoned', 'late_success')),
        epoch integer NOT NULL DEFAULT 0,
        call_started_at timestamptz,
        handle jsonb,
        called_back_at timestamptz,
        last_observation jsonb,
        failure jsonb,
        slot_returned boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        accepted_at timestamptz,
        ended_at timestamptz,
        UNIQUE (task_id, number)
      ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX attempt_slot ON attempt (channel_id) WHERE NOT slot_returned`);

    await runner.query(`
      CREATE TABLE task_event (
        task_id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        type text NOT NULL,
        data jsonb NOT NULL,
        engine_version smallint NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (task_id, version)
      )`);
    await runner.query(`DO $$ BEGIN
      EXECUTE (SELECT string_agg(format('REVOKE UPDATE, DELETE ON task_event FROM %I', grantee), '; ')
        FROM (SELECT DISTINCT grantee FROM information_schema.role_table_grants
              WHERE table_schema = current_schema() AND table_name = 'task_event' AND grantee <> current_user) AS role);
    END $$`);

    // Claimed by pushing due_at. A phase timer wakes its task; a poll timer looks at an attempt, ever less often.
    await runner.query(`
      CREATE TABLE timer (
        task_id text COLLATE "C" NOT NULL,
        kind text NOT NULL CHECK (kind IN ('phase', 'poll')),
        attempt_id uuid,
        due_at timestamptz NOT NULL,
        wait_ms integer NOT NULL CHECK (wait_ms > 0),
        growth real NOT NULL DEFAULT 1,
        max_wait_ms integer NOT NULL,
        fired integer NOT NULL DEFAULT 0,
        claimed_at timestamptz,
        PRIMARY KEY (task_id, kind)
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX timer_due ON timer (due_at)`);
    await runner.query(`CREATE INDEX timer_attempt ON timer (attempt_id) WHERE kind = 'poll'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE timer, task_event, attempt, task`);
  }
}
