import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What the auditor keeps: how far it has looked, what it found, and the sums of the buckets that are no wallet's. */
export class audit implements MigrationInterface {
  readonly name = '0005-audit';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_watermark (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        through timestamptz NOT NULL
      )`);
    await runner.query(`INSERT INTO audit_watermark (through) VALUES (now())`);
    await runner.query(`
      CREATE TABLE audit_finding (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        invariant text NOT NULL,
        wallet_id bigint,
        detail text NOT NULL,
        found_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE NULLS NOT DISTINCT (invariant, wallet_id, detail)
      )`);
    await runner.query(`
      CREATE TABLE ledger_rollup (
        bucket text NOT NULL,
        day date NOT NULL,
        sum bigint NOT NULL,
        PRIMARY KEY (bucket, day)
      )`);
    await runner.query(rollUp);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION roll_up`);
    await runner.query(`DROP TABLE ledger_rollup, audit_finding, audit_watermark`);
  }
}

/** Adds the entries of (watermark, through] to the sums by day (UTC) and moves the watermark on. The caller holds its row. */
const rollUp = `
  CREATE FUNCTION roll_up(p_through timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_rollup (bucket, day, sum)
      SELECT bucket, (created_at AT TIME ZONE 'UTC')::date, sum(amount)
        FROM entry_leg
       WHERE created_at > (SELECT through FROM audit_watermark) AND created_at <= p_through
         AND bucket IN ('issuance', 'revenue', 'breakage')
       GROUP BY 1, 2
      ON CONFLICT (bucket, day) DO UPDATE SET sum = ledger_rollup.sum + excluded.sum;
    UPDATE audit_watermark SET through = p_through;
  $$`;
