import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What callbacks name while the answer to a submit is missing. In no index: updates of attempts stay heap-only. */
export class NamedRenders implements MigrationInterface {
  readonly name = '0007-named-renders';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE attempt ADD COLUMN named_ids text[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE attempt DROP COLUMN named_ids`);
  }
}
