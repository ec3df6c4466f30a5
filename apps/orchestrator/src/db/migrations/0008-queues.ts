import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The index of what waits, led by what a queue is: an account's tasks of one model and mode, the oldest first. */
export class Queues implements MigrationInterface {
  readonly name = '0008-queues';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX task_queue ON task (account_id, model, mode, id) WHERE is_queued`);
    await runner.query(`DROP INDEX task_queued`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX task_queued ON task (account_id, model, id) WHERE is_queued`);
    await runner.query(`DROP INDEX task_queue`);
  }
}
