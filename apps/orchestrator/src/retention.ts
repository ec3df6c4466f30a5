import { Retention, sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

/** As long as an event stays in its stream, and so may be applied to a task, the task's history is there. */
export const shortestHistoryDays = 7;

/** Histories of tasks that ended so long ago go; tasks and attempts stay. See `docs/decisions/0010-retention.md`. */
export function historyRetention(source: DataSource, keepDays: number): Retention {
  return new Retention({
    name: 'histories',
    sweeps: [
      async (limit) => {
        const forget = `SELECT forget_histories($1::int, $2::int) AS histories`;
        const [row] = await sql<{ histories: number }>(source, forget, [keepDays, limit]);
        return row?.histories ?? 0;
      },
    ],
  });
}
