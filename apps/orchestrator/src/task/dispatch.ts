import { type Failure } from '@videoapi/contracts';
import { type Context, type Decision, type Effect, nothing } from './decision.js';
import { fail, returnSlot } from './ending.js';
import { type Dispatched, type TaskObservation } from './observation.js';
import { failOrMoveOn } from './route.js';
import { isAttemptOpen } from './states.js';
import { type AttemptRecord, type TaskRecord } from './task.js';
import { type PollTimer, pollTimer } from './timing.js';

type Of<Kind extends TaskObservation['kind']> = Extract<TaskObservation, { kind: Kind }>;

/** Intent before the call: the attempt is committed before anybody is told to make it. */
export function dispatched(task: TaskRecord, to: Dispatched, { now }: Context): Decision {
  if (task.state !== 'queued') return nothing;
  const attempt: AttemptRecord = {
    ...to,
    taskId: task.id,
    accountId: task.accountId,
    number: task.attemptCount + 1,
    state: 'submitting',
    epoch: 0,
    callStartedAt: null,
    handle: null,
    calledBackAt: null,
    lastObservation: null,
    failure: null,
    slotReturned: false,
    createdAt: now,
    acceptedAt: null,
    endedAt: null,
  };
  return {
    type: 'dispatched',
    change: {
      state: 'submitting',
      attemptId: attempt.id,
      attemptCount: attempt.number,
      ...(task.startedAt === null && { startedAt: now }),
    },
    attempt: { created: attempt },
    effects: [
      { kind: 'submit', attemptId: attempt.id },
      ...(task.startedAt === null ? [{ kind: 'announce', fact: 'started' } as const] : []),
    ],
  };
}

/** The provider has it: from here on it costs us money, whoever asks. */
export function accepted(task: TaskRecord, report: Of<'accepted'>, context: Context): Decision {
  const { attempt, route, now } = context;
  if (attempt === undefined) return nothing;
  if (report.epoch < attempt.epoch) return lateReport;
  if (!isCurrent(task, attempt)) {
    if (attempt.handle !== null) return nothing;
    // Given up on meanwhile: keep what is needed to find it again, and stop it where that is possible.
    const cancel: Effect[] = route.cancel ? [{ kind: 'cancel', attemptId: attempt.id }] : [];
    return { ...nothing, attempt: { id: attempt.id, change: { handle: report.handle } }, effects: cancel };
  }
  if (attempt.state === 'running' || task.state !== 'submitting') return nothing;
  return {
    type: 'accepted',
    change: { state: 'running', triedChannels: [], mayRecover: false },
    attempt: { id: attempt.id, change: { state: 'running', handle: report.handle, acceptedAt: now } },
    poll:
      attempt.calledBackAt === null
        ? pollTimer(task.timing.p50, route.completion === 'callback', now, context.random)
        : lookNow(task, now),
    effects: [
      { kind: 'report_channel', channelId: attempt.channelId, outcome: 'ok', retryAfterMs: undefined },
      ...(task.cancelRequestedAt === null ? [] : [{ kind: 'cancel', attemptId: attempt.id } as const]),
    ],
  };
}

/** Nothing is being rendered: another route may try, under the same hold. */
export function refused(task: TaskRecord, report: Of<'refused'>, context: Context): Decision {
  const { attempt } = context;
  if (attempt === undefined) return nothing;
  if (report.epoch < attempt.epoch) return lateReport;
  if (!isCurrent(task, attempt) || task.state !== 'submitting') {
    const isLeftOpen = attempt.state === 'abandoned' || isAttemptOpen(attempt.state);
    return isLeftOpen ? { ...nothing, ...ended(attempt, report.failure, context) } : nothing;
  }
  return failOrMoveOn(task, attempt, { failure: report.failure, wasAccepted: false }, context);
}

/** The call may have started a render. The slot stays taken and nothing is called again until somebody can tell. */
export function submitUnknown(task: TaskRecord, report: Of<'submit_unknown'>, context: Context): Decision {
  const { attempt } = context;
  if (attempt === undefined || !isCurrent(task, attempt) || attempt.state !== 'submitting') return nothing;
  if (report.epoch < attempt.epoch) return lateReport;
  return becomeUnknown(attempt);
}

export function becomeUnknown(attempt: AttemptRecord): Decision {
  return {
    type: 'submit_unknown',
    attempt: { id: attempt.id, change: { state: 'unknown' } },
    effects: [{ kind: 'report_channel', channelId: attempt.channelId, outcome: 'fault', retryAfterMs: undefined }],
  };
}

/**
 * A callback that found no poll timer to bring forward. An unknown outcome is looked up at once (the submit job again, whose
 * permit answers `look_up`); one that overtook its acceptance is remembered.
 */
export function calledBack(task: TaskRecord, { attempt, now }: Context): Decision {
  if (attempt === undefined || !isCurrent(task, attempt)) return nothing;
  if (attempt.state === 'unknown') return { ...nothing, effects: [{ kind: 'submit', attemptId: attempt.id }] };
  if (attempt.state === 'running') return { ...nothing, poll: lookNow(task, now) };
  return { ...nothing, attempt: { id: attempt.id, change: { calledBackAt: now } } };
}

/** The provider has called back and may have more to say; after this look the safety net is enough. */
function lookNow(task: TaskRecord, now: Date): PollTimer {
  return { ...pollTimer(task.timing.p50, true, now, 0.5), dueAt: now };
}

export function isCurrent(task: TaskRecord, attempt: AttemptRecord): boolean {
  return task.attemptId === attempt.id && isAttemptOpen(attempt.state);
}

/** The provider is certainly not rendering: no doubt, no charge, the next route or the end. */
export function neverCalled(task: TaskRecord, attempt: AttemptRecord, context: Context): Decision {
  const failure: Failure = { code: 'provider_unavailable', message: 'No worker took the task in time.' };
  if (task.deadlineAt <= context.now) return fail(task, { code: 'timeout', message: failure.message }, context);
  return failOrMoveOn(task, attempt, { failure, wasAccepted: false }, context);
}

const lateReport: Decision = { ...nothing, effects: [{ kind: 'alarm', event: 'late_report' }] };

function ended(attempt: AttemptRecord, failure: Failure, { now }: Context): Pick<Decision, 'attempt' | 'effects'> {
  return {
    attempt: { id: attempt.id, change: { state: 'refused', failure, endedAt: now } },
    effects: returnSlot(attempt),
  };
}
