import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Credentials that operators have entered, sealed: whoever reads this table, or a copy of it, has none of them. */
export class ChannelCredentials implements MigrationInterface {
  readonly name = '0006-channel-credentials';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE channel_credential (
        channel_id text NOT NULL REFERENCES channel ON DELETE CASCADE,
        name text NOT NULL,
        -- opens in provider-worker only, and only for this channel and name
        sealed text NOT NULL CHECK (sealed LIKE 'sealed:%'),
        fingerprint text NOT NULL,
        last_four text NOT NULL,
        entered_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (channel_id, name)
      );
      ALTER TABLE catalog_state ADD COLUMN credentials_version int NOT NULL DEFAULT 0;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog_state DROP COLUMN credentials_version;
      DROP TABLE channel_credential`);
  }
}
