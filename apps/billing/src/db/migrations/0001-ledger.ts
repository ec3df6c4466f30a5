import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Wallets, lots, holds and the journal. Amounts are plain integer credits; every column is capped at 9·10^15 through
 * `wallet.granted`, so that a JSON number of them stays exact. No foreign keys on the hot path: rows are only ever written
 * under their wallet's lock, and the auditor checks what a foreign key would.
 */
export class ledger implements MigrationInterface {
  readonly name = '0001-ledger';

  async up(runner: QueryRunner): Promise<void> {
    // fillfactor 50 and no index on a balance: every update of a hot row stays on its page (HOT).
    await runner.query(`
      CREATE TABLE wallet (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id text COLLATE "C" NOT NULL UNIQUE,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'frozen')),
        price_list text,
        low_water bigint CHECK (low_water >= 0),
        available bigint NOT NULL DEFAULT 0,
        reserved bigint NOT NULL DEFAULT 0,
        granted bigint NOT NULL DEFAULT 0,
        settled bigint NOT NULL DEFAULT 0,
        expired bigint NOT NULL DEFAULT 0,
        clawed bigint NOT NULL DEFAULT 0,
        version bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT wallet_conserves CHECK (available + reserved + settled + expired + clawed = granted),
        CONSTRAINT wallet_not_negative CHECK (least(available, reserved, settled, expired, clawed) >= 0),
        CONSTRAINT wallet_within_cap CHECK (granted <= 9000000000000000)
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);

    // `open` flips rarely, `remaining` on every hold: a partial index on `remaining > 0` would make each update non-HOT.
    await runner.query(`
      CREATE TABLE credit_lot (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        wallet_id bigint NOT NULL,
        amount bigint NOT NULL CHECK (amount > 0),
        remaining bigint NOT NULL CHECK (remaining BETWEEN 0 AND amount),
        open boolean NOT NULL DEFAULT true CHECK (open OR remaining = 0),
        priority smallint NOT NULL DEFAULT 50,
        category text NOT NULL CHECK (category IN ('paid', 'promo', 'refund')),
        expires_at timestamptz NOT NULL DEFAULT 'infinity',
        source_ref text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX credit_lot_burn ON credit_lot (wallet_id, priority, expires_at, id) WHERE open`);
    await runner.query(`CREATE INDEX credit_lot_expiry ON credit_lot (expires_at) WHERE open`);

    // The id is the task id; its time prefix keeps new rows together in the index.
    await runner.query(`
      CREATE TABLE hold (
        id text COLLATE "C" PRIMARY KEY,
        wallet_id bigint NOT NULL,
        amount bigint NOT NULL,
        args_hash text,
        price_id bigint,
        quote jsonb,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'settled', 'released', 'tombstone')),
        settled bigint NOT NULL DEFAULT 0,
        refunded bigint NOT NULL DEFAULT 0,
        hold_until timestamptz,
        resolved_at timestamptz,
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT hold_within_quote CHECK (settled BETWEEN 0 AND amount),
        CONSTRAINT hold_refund_within_charge CHECK (refunded BETWEEN 0 AND settled),
        CONSTRAINT hold_has_quote CHECK (CASE WHEN status = 'tombstone' THEN amount = 0
               ELSE amount > 0 AND args_hash IS NOT NULL AND price_id IS NOT NULL AND quote IS NOT NULL END)
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX hold_open ON hold (hold_until) WHERE status = 'open'`);

    // The recorded burn order: what comes back returns along it.
    await runner.query(`
      CREATE TABLE hold_lot (
        hold_id text COLLATE "C" NOT NULL,
        lot_id bigint NOT NULL,
        ord smallint NOT NULL,
        amount bigint NOT NULL CHECK (amount > 0),
        PRIMARY KEY (hold_id, lot_id)
      )`);

    await runner.query(journal);

    // Answers of grant, claw-back and refund by key; also what could not be collected (`late:`, `loss:` and a task id).
    await runner.query(`
      CREATE TABLE ledger_op (
        key text COLLATE "C" PRIMARY KEY,
        op text NOT NULL,
        wallet_id bigint,
        args_hash text,
        amount bigint,
        result jsonb,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP VIEW entry_leg`);
    await runner.query(`DROP TABLE ledger_op, entry, entry_kind, hold_lot, hold, credit_lot, wallet`);
    await runner.query(`DROP FUNCTION refuse_change`);
  }
}

/**
 * One row per movement, from one bucket to another: double entry by construction. `entry_kind` says which columns of the
 * wallet a kind moves, once, for the function that posts and for the auditor.
 */
const journal = `
  CREATE TABLE entry_kind (
    kind text PRIMARY KEY,
    debit text NOT NULL,
    credit text NOT NULL,
    available smallint NOT NULL DEFAULT 0,
    reserved smallint NOT NULL DEFAULT 0,
    granted smallint NOT NULL DEFAULT 0,
    settled smallint NOT NULL DEFAULT 0,
    expired smallint NOT NULL DEFAULT 0,
    clawed smallint NOT NULL DEFAULT 0,
    CHECK (available + reserved + settled + expired + clawed = granted)
  );
  INSERT INTO entry_kind (kind, debit, credit, available, reserved, granted, settled, expired, clawed) VALUES
    ('grant',     'issuance',  'available',  1,  0, 1,  0, 0, 0),
    ('hold',      'available', 'reserved',  -1,  1, 0,  0, 0, 0),
    ('settle',    'reserved',  'revenue',    0, -1, 0,  1, 0, 0),
    ('release',   'reserved',  'available',  1, -1, 0,  0, 0, 0),
    ('expire',    'available', 'breakage',  -1,  0, 0,  0, 1, 0),
    ('claw_back', 'available', 'issuance',  -1,  0, 0,  0, 0, 1),
    ('refund',    'revenue',   'available',  1,  0, 0, -1, 0, 0);

  CREATE TABLE entry (
    wallet_id bigint NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    available_after bigint NOT NULL CHECK (available_after >= 0),
    reserved_after bigint NOT NULL CHECK (reserved_after >= 0),
    ref text NOT NULL,
    actor text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (wallet_id, version)
  );
  -- Rows arrive in time order: a block-range index finds "since the watermark" at next to no cost per insert.
  CREATE INDEX entry_created_at ON entry USING brin (created_at) WITH (pages_per_range = 16);

  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END $$;
  CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  CREATE VIEW entry_leg AS
    SELECT e.wallet_id, e.version, e.kind, leg.bucket, leg.amount, e.ref, e.created_at
      FROM entry e JOIN entry_kind k USING (kind)
      CROSS JOIN LATERAL (VALUES (k.debit, -e.amount), (k.credit, e.amount)) AS leg (bucket, amount);`;
