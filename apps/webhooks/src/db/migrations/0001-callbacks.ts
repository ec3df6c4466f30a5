import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What providers sent us, byte for byte. */
export class CallbackTables implements MigrationInterface {
  readonly name = '0001-callbacks';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbound_callback (
        id uuid PRIMARY KEY,
        provider text NOT NULL,
        attempt_id uuid NOT NULL,
        method text NOT NULL,
        query text NOT NULL,
        headers jsonb NOT NULL,
        -- Null when the same bytes are stored in an earlier row.
        body bytea,
        digest text NOT NULL,
        source_ip text NOT NULL,
        trust text NOT NULL CHECK (trust IN ('signed', 'hint', 'forged')),
        state text NOT NULL CHECK (state IN ('accepted', 'duplicate', 'rejected')),
        received_at timestamptz NOT NULL
      );
      CREATE INDEX inbound_callback_attempt ON inbound_callback (attempt_id);
      -- For retention. No block ranges: where vacuum gives the space of old rows to new ones, all ranges soon reach from the
      -- oldest row to the newest. So it is with the tables of deliveries.
      CREATE INDEX inbound_callback_received ON inbound_callback (received_at);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE inbound_callback`);
  }
}
