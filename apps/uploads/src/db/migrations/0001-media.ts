import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Media implements MigrationInterface {
  readonly name = '0001-media';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE media (
        id text PRIMARY KEY,
        account_id text NOT NULL,
        origin text NOT NULL CHECK (origin IN ('upload', 'presigned', 'result')),
        state text NOT NULL CHECK (state IN ('pending', 'stored', 'deleting')),
        key text NOT NULL UNIQUE,
        signature text NOT NULL,
        content_type text NOT NULL,
        size integer NOT NULL CHECK (size >= 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        task_id text,
        attempt_id uuid,
        output_index smallint,
        sha256 text,
        width integer,
        height integer,
        duration_ms integer,
        thumbnail_key text,
        thumbnail_signature text,
        UNIQUE (attempt_id, output_index),
        CHECK ((origin = 'result') = (attempt_id IS NOT NULL AND output_index IS NOT NULL))
      )`);
    // The sweep looks for what never got finished; nearly every row is stored, so the index stays tiny.
    await runner.query(`CREATE INDEX media_unfinished ON media (created_at) WHERE state <> 'stored'`);
    await runner.query(`CREATE INDEX media_thumbnail_key ON media (thumbnail_key) WHERE thumbnail_key IS NOT NULL`);
    await runner.query(`
      CREATE TABLE thumbnail (
        sha256 text PRIMARY KEY,
        key text,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE thumbnail, media`);
  }
}
