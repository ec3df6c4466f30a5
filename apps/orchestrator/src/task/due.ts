import { readBackAll } from './adoption.js';
import { storageError } from './credit.js';
import { type Context, type Decision, nothing } from './decision.js';
import { becomeUnknown, neverCalled } from './dispatch.js';
import { fail } from './ending.js';
import { type AttemptRecord, type TaskRecord } from './task.js';
import { generationDeadline, isRepeatDue, queueDeadline, submitDeadline, unknownDeadline } from './timing.js';

/**
 * The phase timer came due: a deadline has passed, or the last message may be lost and is sent again. A timer that is early
 * (its task has moved on meanwhile) finds nothing to do and is set anew.
 */
export function phaseDue(task: TaskRecord, context: Context): Decision {
  const { attempt, now } = context;
  switch (task.state) {
    case 'reserving': // the shell repeats place_hold
      return nothing;
    case 'queued':
      return queueDue(task, context);
    case 'submitting':
      return attempt === undefined ? nothing : submitDue(task, attempt, context);
    case 'running':
      if (attempt === undefined || generationDeadline(task, attempt) > now) return nothing;
      return fail(task, { code: 'timeout', message: 'The provider did not finish in time.' }, context);
    case 'storing':
      if (task.deadlineAt <= now) return fail(task, storageError, context);
      if (attempt === undefined || !isRepeatDue(task, 'storing', now)) return nothing;
      return { ...nothing, effects: [{ kind: 'store', attemptId: attempt.id }] };
    case 'settling':
      return isRepeatDue(task, 'settling', now) ? { ...nothing, effects: [{ kind: 'resolve_hold' }] } : nothing;
    case 'completed':
    case 'failed':
      return { ...nothing, poll: null };
  }
}

function queueDue(task: TaskRecord, context: Context): Decision {
  if (queueDeadline(task) <= context.now) {
    return fail(task, { code: 'expired', message: 'No provider had room for the task in time.' }, context);
  }
  const isRoundOver = context.channels.every((channel) => task.triedChannels.includes(channel));
  if (!isRoundOver || task.triedChannels.length === 0) return { ...nothing, effects: [{ kind: 'enqueue' }] };
  return {
    type: 'next_round',
    change: { triedChannels: [], mayRecover: false },
    effects: [{ kind: 'enqueue' }],
  };
}

function submitDue(task: TaskRecord, attempt: AttemptRecord, context: Context): Decision {
  const { route, now } = context;
  const mayBeLearned = route.lookup || route.completion === 'callback';
  const again: Decision = { ...nothing, effects: [{ kind: 'submit', attemptId: attempt.id }] };
  if (attempt.state === 'unknown') {
    if (unknownDeadline(task, attempt, mayBeLearned) <= now) return fail(task, neverHeard, context);
    return { ...nothing, effects: [...(route.lookup ? again.effects : []), ...readBackAll(attempt, context)] };
  }
  if (submitDeadline(task, attempt) > now) return isRepeatDue(task, 'submitting', now) ? again : nothing;
  if (attempt.callStartedAt === null) return neverCalled(task, attempt, context);
  // Called, and nobody reported: from here on it is as good as a lost answer.
  return unknownDeadline(task, attempt, mayBeLearned) <= now
    ? fail(task, neverHeard, context)
    : becomeUnknown(attempt, context);
}

const neverHeard = { code: 'timeout', message: 'The provider never confirmed the task.' } as const;
