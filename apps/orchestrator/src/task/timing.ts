import { type AttemptRecord, type TaskRecord } from './task.js';

const second = 1000;
const minute = 60 * second;

/** After how long a message that nobody answered is sent again, first. A provider may take its time to answer a submit. */
const firstRepeatMs = { submitting: 30 * second, storing: 15 * second, settling: 15 * second };
/** When `place_hold` is repeated, same id. */
export const reserveRetryMs = 30 * second;

/** A durable timer that looks at a running attempt, again and again. */
export interface PollTimer {
  readonly dueAt: Date;
  /** Until the look after that, ± 10 %; grows by `growth` each time up to `maxWaitMs`. */
  readonly waitMs: number;
  readonly growth: number;
  readonly maxWaitMs: number;
}

/**
 * When the task must be looked at again if nothing happens: a deadline, or the time to repeat a message that may be lost.
 * Follows from the state alone, so no state can be forgotten. null: never, it has ended.
 */
export function wakeAt(
  task: TaskRecord,
  attempt: AttemptRecord | undefined,
  now: Date,
  mayBeLearned: boolean,
): Date | null {
  switch (task.state) {
    case 'reserving':
      return after(now, reserveRetryMs);
    case 'queued':
      return queueDeadline(task);
    case 'submitting':
      if (attempt === undefined) return repeatAt(task, now, 'submitting', minute);
      return attempt.state === 'unknown'
        ? earlier(repeatAt(task, now, 'submitting', 5 * minute), unknownDeadline(task, attempt, mayBeLearned))
        : earlier(repeatAt(task, now, 'submitting', minute), submitDeadline(task, attempt));
    case 'running':
      return attempt === undefined ? task.deadlineAt : generationDeadline(task, attempt);
    case 'storing':
      return earlier(repeatAt(task, now, 'storing', 5 * minute), task.deadlineAt);
    case 'settling': // credits are never given up on
      return repeatAt(task, now, 'settling', 10 * minute);
    case 'completed':
    case 'failed':
      return null;
  }
}

export function queueDeadline(task: TaskRecord): Date {
  return earlier(after(task.queuedAt ?? task.createdAt, task.timing.queue * second), task.deadlineAt);
}

/** The job may still be waiting for a worker, or its worker may have died: the permit tells which. */
export function submitDeadline(task: TaskRecord, attempt: AttemptRecord): Date {
  return earlier(after(attempt.createdAt, task.timing.submit * second), task.deadlineAt);
}

/** How long an outcome may stay unknown: as long as somebody may still tell. */
export function unknownDeadline(task: TaskRecord, attempt: AttemptRecord, mayBeLearned: boolean): Date {
  return mayBeLearned ? generationDeadline(task, attempt) : submitDeadline(task, attempt);
}

export function generationDeadline(task: TaskRecord, attempt: AttemptRecord): Date {
  return earlier(after(attempt.acceptedAt ?? attempt.createdAt, task.timing.generation * second), task.deadlineAt);
}

/** Every route refused for a reason that passes: when all of them are asked again. 1 s × 2, at most 30 s. */
export function nextRoundAt(task: TaskRecord, now: Date, random: number, retryAfterMs = 0): Date {
  const backoffMs = Math.min(30 * second, second * 2 ** Math.min(task.attemptCount, 5)) * (0.8 + 0.4 * random);
  return earlier(after(now, Math.max(backoffMs, retryAfterMs)), queueDeadline(task));
}

/**
 * First look a little before the model usually ends, then every 7 % or so of the time that has passed. Where the provider
 * calls back, polling is only the safety net: at three times what the model usually needs, then ever more rarely, to 90 s.
 */
export function pollTimer(p50Seconds: number, hasCallback: boolean, now: Date, random: number): PollTimer {
  const jitter = 0.8 + 0.4 * random;
  if (hasCallback) {
    const safetyMs = Math.round(clamp(p50Seconds * 3 * second, 10 * second, 75 * second));
    return { dueAt: after(now, safetyMs * jitter), waitMs: safetyMs, growth: 1.5, maxWaitMs: 90 * second };
  }
  const firstMs = clamp(p50Seconds * 800, 300, 30 * second) * jitter;
  const fastestMs = p50Seconds < 3 ? 500 : 3 * second;
  const waitMs = Math.round(clamp(p50Seconds * 75, fastestMs, 30 * second));
  return { dueAt: after(now, firstMs), waitMs, growth: 1.075, maxWaitMs: 30 * second };
}

/** Somebody knows that there is news, and the provider may have more to say; after this look the safety net is enough. */
export function lookNow(p50Seconds: number, now: Date): PollTimer {
  return { ...pollTimer(p50Seconds, true, now, 0.5), dueAt: now };
}

/** Given up on, and the provider may yet finish: whether it did is worth knowing, not urgent. */
export function reconcileTimer(now: Date): PollTimer {
  return { dueAt: after(now, 5 * minute), waitMs: 10 * minute, growth: 2, maxWaitMs: 360 * minute };
}

/**
 * Moving a timer costs a write, being woken too early only a look: one that is due before the wanted time stays where it
 * is. undefined: leave it, null: remove it.
 */
export function rearm(wakesAt: Date, wanted: Date | null, now: Date): Date | null | undefined {
  return wanted !== null && wakesAt > now && wakesAt <= wanted ? undefined : wanted;
}

/** Has its message been out long enough to be sent again? */
export function isRepeatDue(task: TaskRecord, state: keyof typeof firstRepeatMs, now: Date): boolean {
  return now.getTime() - task.stateSince.getTime() >= firstRepeatMs[state];
}

/** Some seconds after the state began, and twice as long after each time. */
function repeatAt(task: TaskRecord, now: Date, state: keyof typeof firstRepeatMs, longestMs: number): Date {
  if (!isRepeatDue(task, state, now)) return after(task.stateSince, firstRepeatMs[state]);
  return after(now, Math.min(now.getTime() - task.stateSince.getTime(), longestMs));
}

function after(time: Date, ms: number): Date {
  return new Date(time.getTime() + Math.round(ms));
}

function earlier(a: Date, b: Date): Date {
  return a.getTime() <= b.getTime() ? a : b;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
