import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Which attempt has which render, of providers whose renders may be adopted: one render belongs to one attempt. A table of
 * its own, for an index over the handles would make every acceptance write all indexes of its attempt. Each id stands here as
 * `renderOf` makes it of a handle.
 */
export class Renders implements MigrationInterface {
  readonly name = '0012-renders';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE render (
        provider text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        attempt_id uuid NOT NULL,
        PRIMARY KEY (provider, id)
      )`);
    await runner.query(`
      INSERT INTO render (provider, id, attempt_id)
      SELECT provider, lower(split_part(handle ->> 'id', '/', -1)), id FROM attempt
      WHERE jsonb_typeof(handle -> 'id') = 'string' ORDER BY created_at
      ON CONFLICT DO NOTHING`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE render`);
  }
}
