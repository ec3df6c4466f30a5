import { type AttemptRecord, type TaskRecord } from './task.js';

/**
 * A durable timer. Claiming it moves it on by `waitMs` (± 10 %), which then grows by `growth` up to `maxWaitMs`; it never
 * jumps over `until`. So a crashed claimer, a lost message and a slow provider are all just the next time it comes due.
 */
export interface Timer {
  readonly dueAt: Date;
  readonly waitMs: number;
  readonly growth: number;
  readonly maxWaitMs: number;
  readonly until: Date | null;
}

const second = 1000;
const minute = 60 * second;

/** `place_hold` again, same id. */
export function reserveTimer(now: Date): Timer {
  return { dueAt: after(now, 30 * second), waitMs: 30 * second, growth: 1, maxWaitMs: 30 * second, until: null };
}

export function queueDeadline(task: TaskRecord): Date {
  return earlier(after(task.queuedAt ?? task.createdAt, task.timing.queue * second), task.deadlineAt);
}

export function queueTimer(task: TaskRecord): Timer {
  return { dueAt: queueDeadline(task), waitMs: 30 * second, growth: 1, maxWaitMs: 30 * second, until: null };
}

/** Every route refused for a reason that passes: how long until all of them are asked again. 1 s × 2, at most 30 s. */
export function nextRoundTimer(task: TaskRecord, now: Date, random: number, retryAfterMs = 0): Timer {
  const backoffMs = Math.min(30 * second, second * 2 ** Math.min(task.attemptCount, 5)) * (0.8 + 0.4 * random);
  const dueAt = after(now, Math.round(Math.max(backoffMs, retryAfterMs)));
  return { ...queueTimer(task), dueAt: earlier(dueAt, queueDeadline(task)) };
}

export function submitDeadline(task: TaskRecord, attempt: AttemptRecord): Date {
  return earlier(after(attempt.createdAt, task.timing.submit * second), task.deadlineAt);
}

/** The submit job again: its permit answers `look_up` if the call has begun. */
export function submitTimer(task: TaskRecord, attempt: AttemptRecord, now: Date): Timer {
  return repeating(now, submitDeadline(task, attempt), minute);
}

/** How long an outcome may stay unknown: as long as somebody may still tell. */
export function unknownDeadline(task: TaskRecord, attempt: AttemptRecord, mayBeLearned: boolean): Date {
  return mayBeLearned ? generationDeadline(task, attempt) : submitDeadline(task, attempt);
}

export function unknownTimer(now: Date, until: Date): Timer {
  return repeating(now, until, 5 * minute);
}

export function generationDeadline(task: TaskRecord, attempt: AttemptRecord): Date {
  return earlier(after(attempt.acceptedAt ?? attempt.createdAt, task.timing.generation * second), task.deadlineAt);
}

export function generationTimer(task: TaskRecord, attempt: AttemptRecord): Timer {
  const dueAt = generationDeadline(task, attempt);
  return { dueAt, waitMs: 30 * second, growth: 1, maxWaitMs: 30 * second, until: null };
}

export function storeTimer(task: TaskRecord, now: Date): Timer {
  return repeating(now, task.deadlineAt, 5 * minute);
}

/** Credits are never given up on: this one has no end. */
export function settleTimer(now: Date): Timer {
  return repeating(now, null, 10 * minute);
}

/**
 * First look a little before the model usually ends, then every 7 % or so of the time that has passed. Where the provider
 * calls back, polling is only the safety net.
 */
export function pollTimer(p50Seconds: number, hasCallback: boolean, now: Date, random: number): Timer {
  const jitter = 0.8 + 0.4 * random;
  if (hasCallback) {
    return {
      dueAt: after(now, 75 * second * jitter),
      waitMs: 90 * second,
      growth: 1,
      maxWaitMs: 90 * second,
      until: null,
    };
  }
  const firstMs = clamp(p50Seconds * 800, 300, 30 * second) * jitter;
  const fastestMs = p50Seconds < 3 ? 500 : 3 * second;
  const waitMs = Math.round(clamp(p50Seconds * 75, fastestMs, 30 * second));
  return { dueAt: after(now, firstMs), waitMs, growth: 1.075, maxWaitMs: 30 * second, until: null };
}

export function after(time: Date, ms: number): Date {
  return new Date(time.getTime() + Math.round(ms));
}

export function earlier(a: Date, b: Date): Date {
  return a.getTime() <= b.getTime() ? a : b;
}

function repeating(now: Date, until: Date | null, maxWaitMs: number): Timer {
  const first = after(now, 15 * second);
  return { dueAt: until === null ? first : earlier(first, until), waitMs: 30 * second, growth: 2, maxWaitMs, until };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
