import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What took a channel out: all replicas together tell an operator once when it begins and once when it is over. */
export class ChannelAlarms implements MigrationInterface {
  readonly name = '0010-channel-alarm';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE provider_slot ADD COLUMN alarm text CHECK (alarm IN ('balance', 'credentials'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE provider_slot DROP COLUMN alarm`);
  }
}
