import { type Failure } from '@videoapi/contracts';
import { isSecondRender, readBackAll, secondRender, takenRender } from './adoption.js';
import { type Context, type Decision, nothing } from './decision.js';
import { fail, returnSlot } from './ending.js';
import { type Dispatched, type TaskObservation } from './observation.js';
import { failOrMoveOn } from './route.js';
import { isAttemptOpen } from './states.js';
import { type AttemptRecord, isCurrent, type TaskRecord } from './task.js';
import { lookNow, pollTimer, reconcileTimer } from './timing.js';

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
    namedIds: [],
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
  if (context.isTaken && report.upstreamId !== undefined) return takenRender;
  if (isSecondRender(report, attempt)) return secondRender;
  if (!isCurrent(task, attempt)) return acceptedLate(task, attempt, report, context);
  if (attempt.state === 'running' || task.state !== 'submitting') return nothing;
  return {
    type: 'accepted',
    change: { state: 'running', triedChannels: [], mayRecover: false },
    attempt: { id: attempt.id, change: { state: 'running', handle: report.handle, acceptedAt: now } },
    poll:
      attempt.calledBackAt === null
        ? pollTimer(task.timing.p50, route.completion === 'callback', now, context.random)
        : lookNow(task.timing.p50, now),
    effects: [
      { kind: 'report_channel', channelId: attempt.channelId, outcome: 'ok', retryAfterMs: undefined },
      // The provider's own answer is believed; somebody else was given this render before.
      ...(context.isTaken ? takenRender.effects : []),
      ...(task.cancelRequestedAt === null ? [] : [{ kind: 'cancel', attemptId: attempt.id } as const]),
    ],
  };
}

/** Given up on meanwhile: keep what is needed to find it again, and stop it where that is possible. */
function acceptedLate(
  task: TaskRecord,
  attempt: AttemptRecord,
  { handle, upstreamId }: Of<'accepted'>,
  { route, now }: Context,
): Decision {
  if (attempt.handle !== null) return nothing;
  // What was found by a callback may have had its last one: nobody else would say that it succeeded.
  const isWatched = upstreamId !== undefined && attempt.state === 'abandoned' && task.attemptId === attempt.id;
  return {
    ...nothing,
    attempt: { id: attempt.id, change: { handle } },
    ...(isWatched && { poll: { ...reconcileTimer(now), dueAt: now } }),
    effects: route.cancel ? [{ kind: 'cancel', attemptId: attempt.id }] : [],
  };
}

/** Nothing is being rendered: another route may try, under the same hold. */
export function refused(task: TaskRecord, report: Of<'refused'>, context: Context): Decision {
  const { attempt } = context;
  if (attempt === undefined) return nothing;
  if (report.epoch < attempt.epoch) return lateReport;
  if (!isCurrent(task, attempt) || task.state !== 'submitting') {
    // A render that was read back is there, whatever the answer to its submit had been.
    if (attempt.state === 'running' && attempt.namedIds.length > 0) return lateReport;
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
  return becomeUnknown(attempt, context);
}

export function becomeUnknown(attempt: AttemptRecord, context: Context): Decision {
  return {
    type: 'submit_unknown',
    attempt: { id: attempt.id, change: { state: 'unknown' } },
    effects: [
      { kind: 'report_channel', channelId: attempt.channelId, outcome: 'fault', retryAfterMs: undefined },
      ...readBackAll(attempt, context),
    ],
  };
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
