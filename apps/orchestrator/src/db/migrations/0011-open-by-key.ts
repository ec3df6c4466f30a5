import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The index of what is unfinished, by account and within it by API key: both have limits, and one index counts for both. */
export class OpenByKey implements MigrationInterface {
  readonly name = '0011-open-by-key';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX task_open_by_key ON task (account_id, api_key_id) WHERE is_open`);
    await runner.query(`DROP INDEX task_open`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX task_open ON task (account_id) WHERE is_open`);
    await runner.query(`DROP INDEX task_open_by_key`);
  }
}
