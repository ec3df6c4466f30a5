import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Models, channels and routes: the catalogue in force. Written as a whole by `apply_catalog`, read into memory. */
export class CatalogTables implements MigrationInterface {
  readonly name = '0002-catalog';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalog_state (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        revision text NOT NULL,
        sandbox_channel text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE model (
        id text PRIMARY KEY,
        position int NOT NULL,
        definition jsonb NOT NULL
      );
      CREATE TABLE channel (
        id text PRIMARY KEY,
        definition jsonb NOT NULL,
        -- no longer in the catalogue, kept while attempts are open on it
        draining boolean NOT NULL DEFAULT false
      );
      CREATE TABLE route (
        model_id text NOT NULL REFERENCES model ON DELETE CASCADE,
        channel_id text NOT NULL REFERENCES channel,
        position int NOT NULL,
        definition jsonb NOT NULL,
        PRIMARY KEY (model_id, channel_id)
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE route, channel, model, catalog_state`);
  }
}
