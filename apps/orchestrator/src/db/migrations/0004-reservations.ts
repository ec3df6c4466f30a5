import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * What has been accepted and has no hold so far. Narrow on purpose: the wide row of the task is written once, when its hold
 * is placed. Whoever deletes the row, and nobody else, makes the task of it.
 */
export class Reservations implements MigrationInterface {
  readonly name = '0004-reservations';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reservation (
        id text COLLATE "C" PRIMARY KEY,
        account_id text NOT NULL,
        -- what is fixed of the task, as JSON; json and not jsonb: it is only ever read as a whole
        task json NOT NULL,
        deadline_at timestamptz NOT NULL,
        retry_at timestamptz NOT NULL
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`CREATE INDEX reservation_due ON reservation (retry_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE reservation`);
  }
}
