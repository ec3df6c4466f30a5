import { type Failure, type Observation } from '@videoapi/contracts';
import { type ChannelOutcome, type Context, type Decision, type Effect, nothing } from './decision.js';
import { returnSlot } from './ending.js';
import { type TaskObservation } from './observation.js';
import { failOrMoveOn } from './route.js';
import { type AttemptRecord, isCurrent, type TaskRecord } from './task.js';

type Of<Kind extends TaskObservation['kind']> = Extract<TaskObservation, { kind: Kind }>;

/** A step smaller than this is not worth a write and an event. */
const progressStep = 5;
/** Providers list a new task with some delay: "no such task" means nothing before that. */
const listingDelayMs = 30_000;

/** A provider's word on a running attempt. What cannot be read changes nothing. */
export function observed(task: TaskRecord, report: Of<'observed'>, context: Context): Decision {
  const { attempt } = context;
  const { observation } = report;
  if (attempt === undefined) return nothing;
  if (report.epoch < attempt.epoch) return { ...nothing, effects: [{ kind: 'alarm', event: 'late_report' }] };
  if (!isCurrent(task, attempt)) return late(attempt, observation, context);
  switch (observation.state) {
    case 'unreadable':
      return observation.channel === undefined
        ? nothing
        : { ...nothing, effects: [aboutChannel(attempt, observation.channel)] };
    case 'queued':
      return attempt.state === 'running' ? remember(attempt, observation) : nothing;
    case 'running':
      return attempt.state === 'running' ? progressed(task, attempt, observation) : nothing;
    case 'succeeded':
      return succeeded(task, attempt, observation, context);
    case 'failed':
      return failOrMoveOn(task, attempt, { failure: observation.failure, wasAccepted: true }, context);
    case 'gone': {
      const since = (attempt.acceptedAt ?? attempt.createdAt).getTime();
      if (context.now.getTime() - since < listingDelayMs) return nothing;
      const failure: Failure = { code: 'provider_error', message: 'The provider no longer knows the task.' };
      return failOrMoveOn(task, attempt, { failure, wasAccepted: true }, context);
    }
  }
}

/** The task waits for a key that works; what is new goes elsewhere. */
function aboutChannel({ channelId }: AttemptRecord, outcome: ChannelOutcome): Effect {
  return { kind: 'report_channel', channelId, outcome, retryAfterMs: undefined };
}

function progressed(
  task: TaskRecord,
  attempt: AttemptRecord,
  observation: Extract<Observation, { state: 'running' }>,
): Decision {
  const progress = Math.min(observation.progress ?? 0, 99);
  const alarm: Effect[] = observation.unknownStatus === undefined ? [] : [{ kind: 'alarm', event: 'unknown_status' }];
  if (progress - task.progress < progressStep) {
    const decision = remember(attempt, observation);
    return { ...decision, effects: alarm };
  }
  return {
    type: 'progressed',
    change: { progress },
    attempt: { id: attempt.id, change: { lastObservation: observation } },
    effects: [{ kind: 'announce', fact: 'progressed' }, ...alarm],
  };
}

function succeeded(
  task: TaskRecord,
  attempt: AttemptRecord,
  observation: Extract<Observation, { state: 'succeeded' }>,
  { now }: Context,
): Decision {
  return {
    type: 'succeeded',
    change: { state: 'storing' },
    attempt: {
      id: attempt.id,
      change: { state: 'succeeded', lastObservation: observation, acceptedAt: attempt.acceptedAt ?? now, endedAt: now },
    },
    poll: null,
    effects: [{ kind: 'store', attemptId: attempt.id }, ...returnSlot(attempt)],
  };
}

/** So that the next look reports only what is new. */
function remember(attempt: AttemptRecord, observation: Observation): Decision {
  if (JSON.stringify(attempt.lastObservation) === JSON.stringify(observation)) return nothing;
  return { ...nothing, attempt: { id: attempt.id, change: { lastObservation: observation } } };
}

/** The task went on without this attempt. A success is recorded, shown to nobody and never charged. */
function late(attempt: AttemptRecord, observation: Observation, { now }: Context): Decision {
  if (attempt.state !== 'abandoned' && attempt.state !== 'cancelled') return nothing;
  if (observation.state === 'succeeded') {
    return {
      ...nothing,
      attempt: { id: attempt.id, change: { state: 'late_success', lastObservation: observation, endedAt: now } },
      effects: [...returnSlot(attempt), { kind: 'alarm', event: 'late_success' }],
    };
  }
  if (observation.state !== 'failed' || attempt.state === 'cancelled') return nothing;
  return {
    ...nothing,
    attempt: { id: attempt.id, change: { state: 'failed', failure: observation.failure, endedAt: now } },
    effects: returnSlot(attempt),
  };
}
