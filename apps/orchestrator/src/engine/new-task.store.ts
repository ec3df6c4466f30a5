import { jsonRows, outboxDocument, outboxInsertion, sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { notesInsertion } from '../dispatch/notes.js';
import { progressFields } from '../task/fold.js';
import { initialProgress, type TaskProgress, type TaskRecord } from '../task/task.js';
import { type Changes, insertEvents, setTimers, timersToSet } from './task.store.js';
import { newTaskColumns } from './written.js';

/** What the first decision about a task may change; everything else starts as the table has it. */
const first: ReadonlySet<string> = new Set([
  'state',
  'stateSince',
  'version',
  'quote',
  'creditsReserved',
  'queuedAt',
  'outcome',
]);
const rest = progressFields.filter((field) => !first.has(field));
const unsent = Object.fromEntries(rest.map((field) => [field, undefined]));
const initial: Partial<TaskProgress> = initialProgress;

const statement = `WITH tasks AS (
      INSERT INTO task (id, account_id, api_key_id, mode, model, type, resolved, metadata, end_user_id, callback, price_params,
        max_credits, timing, engine_version, created_at, deadline_at, state, version, quote, credits_reserved, queued_at,
        outcome, state_since, wakes_at)
      SELECT id, "accountId", "apiKeyId", mode, model, type, resolved, metadata, "endUserId", callback, "priceParams",
        "maxCredits", timing, "engineVersion", "createdAt", "deadlineAt", state, version, quote, "creditsReserved", "queuedAt",
        outcome, "stateSince", "wakesAt"
      FROM ${jsonRows('$1', newTaskColumns)} AS r),
    events AS (${insertEvents('$2')}),
    notes AS (${notesInsertion('$4')}),
    messages AS (${outboxInsertion('$5')})
    ${setTimers('$3')}`;

/** The whole row of each, with its first event and its timers. @throws TypeError where a field would be lost. */
export async function insertTasks(tx: EntityManager, changes: Changes): Promise<void> {
  const { tasks, events, timers, notes, messages } = changes;
  if (tasks.length === 0) return;
  await sql(tx, statement, [
    JSON.stringify(tasks.map(rowOf)),
    JSON.stringify(events),
    JSON.stringify(timersToSet(timers)),
    JSON.stringify(notes),
    outboxDocument(messages),
  ]);
}

function rowOf(task: TaskRecord): object {
  const lost = rest.find((field) => task[field] !== initial[field]);
  if (lost !== undefined) throw new TypeError(`${lost} of a new task would not be written`);
  return { ...task, ...unsent };
}
