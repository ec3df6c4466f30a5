import { jsonRows, outboxDocument, outboxInsertion, type OutboxMessage, sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type Note, notesInsertion } from '../dispatch/notes.js';
import { progressFields } from '../task/fold.js';
import { type AttemptRecord, type TaskRecord } from '../task/task.js';
import { type PollTimer } from '../task/timing.js';
import { attemptFields, changeColumns, eventColumns, timerColumns } from './written.js';

/** The row as the core knows it. Credits stay decimal strings. */
export const taskColumns = `id, account_id AS "accountId", api_key_id AS "apiKeyId", mode, model, type, resolved, metadata,
  end_user_id AS "endUserId", callback, price_params AS "priceParams", max_credits AS "maxCredits", timing,
  engine_version AS "engineVersion", created_at AS "createdAt", deadline_at AS "deadlineAt", state, version, quote,
  credits_reserved AS "creditsReserved", credits_charged AS "creditsCharged", credits_refunded AS "creditsRefunded",
  progress, outputs, error, attempt_id AS "attemptId", attempt_count AS "attemptCount",
  tried_channels AS "triedChannels", may_recover AS "mayRecover", cancel_requested_at AS "cancelRequestedAt", outcome,
  queued_at AS "queuedAt", started_at AS "startedAt", completed_at AS "completedAt", deleted_at AS "deletedAt",
  state_since AS "stateSince", wakes_at AS "wakesAt"`;

const attemptColumns = `id, task_id AS "taskId", account_id AS "accountId", number, channel_id AS "channelId", provider,
  lane, upstream_model AS "upstreamModel", state, epoch, call_started_at AS "callStartedAt", handle, called_back_at AS "calledBackAt",
  named_ids AS "namedIds", last_observation AS "lastObservation", failure, slot_returned AS "slotReturned",
  created_at AS "createdAt", accepted_at AS "acceptedAt", ended_at AS "endedAt"`;

/** Locks tasks in id order, so that two batches never wait for each other crosswise. The clock is the database's. */
export async function lockTasks(
  tx: EntityManager,
  ids: readonly string[],
): Promise<{ tasks: TaskRecord[]; now: Date | undefined }> {
  const rows = await sql<TaskRecord & { now: Date }>(
    tx,
    `SELECT ${taskColumns}, clock_timestamp() AS now FROM task WHERE id = ANY($1) ORDER BY id FOR UPDATE`,
    [ids],
  );
  return { tasks: rows, now: rows.at(-1)?.now };
}

/** After the tasks, in a statement of its own: only a fresh snapshot sees the permit that was given meanwhile. */
export async function lockAttempts(tx: EntityManager, ids: readonly string[]): Promise<AttemptRecord[]> {
  if (ids.length === 0) return [];
  return sql(tx, `SELECT ${attemptColumns} FROM attempt WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`, [ids]);
}

export interface NewEvent {
  readonly taskId: string;
  readonly version: number;
  readonly type: string;
  readonly data: unknown;
  readonly engineVersion: number;
  readonly at: Date;
}

export interface TimerChange {
  readonly taskId: string;
  readonly kind: 'phase' | 'poll';
  readonly attemptId: string | null;
  /** null: remove. */
  readonly timer: PollTimer | null;
}

/** Everything that a batch writes, in one statement. */
export interface Changes {
  readonly tasks: readonly TaskRecord[];
  readonly events: readonly NewEvent[];
  /** New ones and changed ones alike. Permits (`epoch`, `call_started_at`) are given elsewhere. */
  readonly attempts: readonly AttemptRecord[];
  readonly timers: readonly TimerChange[];
  /** For the dispatchers of the channels concerned. */
  readonly notes: readonly Note[];
  readonly messages: readonly OutboxMessage[];
}

/** `parameter`: a JSON list of `NewEvent`. */
export function insertEvents(parameter: string): string {
  return `INSERT INTO task_event (task_id, version, type, data, engine_version, at)
    SELECT "taskId", version, type, data, "engineVersion", at FROM ${jsonRows(parameter, eventColumns)} AS r`;
}

/** `parameter`: a JSON list of timers that are to be set, see `timersToSet`. */
export function setTimers(parameter: string): string {
  return `INSERT INTO timer (task_id, kind, attempt_id, due_at, wait_ms, growth, max_wait_ms)
    SELECT "taskId", kind, "attemptId", "dueAt", "waitMs", growth, "maxWaitMs" FROM ${jsonRows(parameter, timerColumns)} AS r
    ON CONFLICT (task_id, kind) DO UPDATE SET attempt_id = excluded.attempt_id, due_at = excluded.due_at,
      wait_ms = excluded.wait_ms, growth = excluded.growth, max_wait_ms = excluded.max_wait_ms, fired = 0,
      claimed_at = NULL`;
}

export function timersToSet(timers: readonly TimerChange[]): object[] {
  return timers.flatMap(({ timer, ...key }) => (timer === null ? [] : [{ ...key, ...timer }]));
}

/**
 * One statement for all of it: a round trip each would cost more than the work. The list of ids keeps the planner on the
 * primary key while statistics are cold; the key (task, version) of the history is the optimistic lock of last resort.
 */
const saveStatement = `WITH tasks AS (
      UPDATE task SET state = r.state, version = r.version, quote = r.quote, credits_reserved = r."creditsReserved",
        credits_charged = r."creditsCharged", credits_refunded = r."creditsRefunded", progress = r.progress,
        outputs = r.outputs, error = r.error, attempt_id = r."attemptId", attempt_count = r."attemptCount",
        tried_channels = r."triedChannels", may_recover = r."mayRecover", cancel_requested_at = r."cancelRequestedAt",
        outcome = r.outcome, queued_at = r."queuedAt", started_at = r."startedAt", completed_at = r."completedAt",
        deleted_at = r."deletedAt", state_since = r."stateSince", wakes_at = r."wakesAt"
      FROM ${jsonRows('$2', changeColumns)} AS r
      WHERE task.id = r.id AND task.id = ANY($1)),
    events AS (${insertEvents('$3')}),
    attempts AS (
      INSERT INTO attempt (id, task_id, account_id, number, channel_id, provider, lane, upstream_model, state, handle, called_back_at,
        named_ids, last_observation, failure, slot_returned, created_at, accepted_at, ended_at)
      SELECT id, "taskId", "accountId", number, "channelId", provider, lane, "upstreamModel", state, handle, "calledBackAt",
        "namedIds", "lastObservation", failure, "slotReturned", "createdAt", "acceptedAt", "endedAt"
      FROM ${jsonRows('$4', attemptFields)} AS r
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, handle = excluded.handle, called_back_at = excluded.called_back_at,
        named_ids = excluded.named_ids, last_observation = excluded.last_observation, failure = excluded.failure,
        slot_returned = excluded.slot_returned, accepted_at = excluded.accepted_at, ended_at = excluded.ended_at),
    notes AS (${notesInsertion('$8')}),
    messages AS (${outboxInsertion('$9')}),
    gone AS (
      DELETE FROM timer USING unnest($6::text[], $7::text[]) AS r (task_id, kind)
      WHERE timer.task_id = r.task_id AND timer.kind = r.kind AND timer.task_id = ANY($6))
    ${setTimers('$5')}`;

export async function saveChanges(tx: EntityManager, changes: Changes): Promise<void> {
  const { tasks, events, attempts, timers, notes, messages } = changes;
  if (tasks.length + attempts.length + timers.length + notes.length + messages.length === 0) return;
  const gone = timers.filter((change) => change.timer === null);
  await sql(tx, saveStatement, [
    tasks.map((task) => task.id),
    JSON.stringify(tasks.map(changingPart)),
    JSON.stringify(events),
    JSON.stringify(attempts),
    JSON.stringify(timersToSet(timers)),
    gone.map((change) => change.taskId),
    gone.map((change) => change.kind),
    JSON.stringify(notes),
    outboxDocument(messages),
  ]);
}

/** A tenth of the bytes: what never changes need not travel. */
function changingPart(task: TaskRecord): object {
  return {
    id: task.id,
    wakesAt: task.wakesAt,
    ...Object.fromEntries(progressFields.map((field) => [field, task[field]])),
  };
}
