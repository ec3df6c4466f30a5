import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The tables that keep their rows are vacuumed at PostgreSQL's own pace. At full speed it took one of two cores for a quarter
 * of a second each minute, and submits of that moment up to 300 ms instead of 50. The queues are small: theirs has no brake.
 */
export class GentleVacuum implements MigrationInterface {
  readonly name = '0009-gentle-vacuum';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of kept) await runner.query(`ALTER TABLE ${table} RESET (autovacuum_vacuum_cost_delay)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of kept) await runner.query(`ALTER TABLE ${table} SET (autovacuum_vacuum_cost_delay = 0)`);
  }
}

const kept = ['task', 'attempt', 'timer'];
