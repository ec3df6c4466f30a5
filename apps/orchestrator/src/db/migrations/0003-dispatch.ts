import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Admission to providers: slots and rate per channel, the fair order of accounts, and the notes others leave for them. */
export class DispatchTables implements MigrationInterface {
  readonly name = '0003-dispatch';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE provider_slot (
        channel_id text PRIMARY KEY,
        slot_limit int NOT NULL CHECK (slot_limit > 0),
        in_use int NOT NULL DEFAULT 0 CHECK (in_use >= 0),
        -- start-time fair queueing: the virtual time of the last start on this channel
        vclock double precision NOT NULL DEFAULT 0,
        tokens double precision NOT NULL,
        burst double precision NOT NULL,
        refill_per_second double precision NOT NULL,
        refilled_at timestamptz NOT NULL DEFAULT now(),
        -- after a 429: nobody calls before this
        not_before timestamptz NOT NULL DEFAULT '-infinity',
        breaker text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'half_open')),
        breaker_until timestamptz NOT NULL DEFAULT '-infinity',
        breaker_opens int NOT NULL DEFAULT 0,
        faults_in_row int NOT NULL DEFAULT 0,
        window_from timestamptz NOT NULL DEFAULT now(),
        window_calls int NOT NULL DEFAULT 0,
        window_faults int NOT NULL DEFAULT 0
      ) WITH (fillfactor = 50);

      CREATE TABLE flow (
        channel_id text NOT NULL,
        account_id text NOT NULL,
        vtime double precision NOT NULL,
        weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
        inflight int NOT NULL DEFAULT 0,
        cap int,
        active boolean NOT NULL,
        touched_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (channel_id, account_id)
      ) WITH (fillfactor = 70);
      CREATE INDEX flow_order ON flow (channel_id, vtime, account_id) WHERE active;

      -- What task transactions have to say to a channel's dispatcher. They append; the dispatcher alone reads, deletes and
      -- changes provider_slot and flow, so a task's transaction never waits for the hottest rows or deadlocks on them.
      CREATE TABLE channel_note (
        id bigserial PRIMARY KEY,
        channel_id text NOT NULL,
        kind text NOT NULL,
        account_id text,
        retry_after_ms int,
        created_at timestamptz NOT NULL DEFAULT now()
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
      CREATE INDEX channel_note_channel ON channel_note (channel_id, id);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE channel_note, flow, provider_slot`);
  }
}
