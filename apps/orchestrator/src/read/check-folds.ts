import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';
import { shortestHistoryDays } from '../retention.js';
import { taskColumns } from '../engine/task.store.js';
import { fold, progressFields, type TaskEvent } from '../task/fold.js';
import { initialProgress, type TaskRecord } from '../task/task.js';

export interface Mismatch {
  readonly taskId: string;
  readonly reason: string;
}

const pageSize = 500;
const shortestHistoryMs = shortestHistoryDays * 86_400_000;

export interface FoldReport {
  readonly checked: number;
  /** Of these the beginning of the history was forgotten: there is nothing to compare. */
  readonly forgotten: number;
  readonly mismatches: readonly Mismatch[];
}

/** Does every task's history fold to its row? Reads in pages, so it may run beside everything else. */
export async function checkFolds(source: DataSource): Promise<FoldReport> {
  const mismatches: Mismatch[] = [];
  let checked = 0;
  let forgotten = 0;
  let after = '';
  for (;;) {
    const page = await readPage(source, after);
    const told = page.filter((entry) => !mayBeForgotten(entry));
    mismatches.push(...told.flatMap(({ task, events }) => mismatchOf(task, events)));
    checked += told.length;
    forgotten += page.length - told.length;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return { checked, forgotten, mismatches };
    after = last.task.id;
  }
}

interface Told {
  readonly task: TaskRecord;
  readonly events: readonly TaskEvent[];
}

/** A row and its history in one snapshot: between two statements the task may move on. */
async function readPage(source: DataSource, after: string): Promise<Told[]> {
  const rows = await sql<TaskRecord & { events: TaskEvent[] }>(
    source,
    `SELECT ${taskColumns}, (SELECT coalesce(json_agg(json_build_object('version', e.version, 'type', e.type, 'data', e.data)
       ORDER BY e.version), '[]') FROM task_event e WHERE e.task_id = task.id) AS events
     FROM task WHERE id > $1 ORDER BY id LIMIT ${pageSize}`,
    [after],
  );
  return rows.map(({ events, ...task }) => ({ task, events }));
}

/** Retention takes histories whole, but a task may be deleted after it has lost its own: an event without a beginning. */
function mayBeForgotten({ task, events }: Told): boolean {
  const [first] = events;
  const isBeginning = first?.version === initialProgress.version + 1;
  return !isBeginning && task.completedAt !== null && Date.now() - task.completedAt.getTime() > shortestHistoryMs;
}

function mismatchOf(task: TaskRecord, events: readonly TaskEvent[]): Mismatch[] {
  try {
    const folded = fold(events, task.createdAt);
    const differing = progressFields.filter((field) => canonical(task[field]) !== canonical(folded[field]));
    return differing.length === 0 ? [] : [{ taskId: task.id, reason: `differs in ${differing.join(', ')}` }];
  } catch (error) {
    return [{ taskId: task.id, reason: error instanceof Error ? error.message : 'cannot be folded' }];
  }
}

/** JSON with sorted keys: jsonb does not keep their order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : entry,
  );
}
