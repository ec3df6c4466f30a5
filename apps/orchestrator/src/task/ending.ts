import { type TaskError, type Usage } from '@videoapi/contracts';
import { type Context, type Decision, type Effect } from './decision.js';
import { isAttemptOpen } from './states.js';
import { type AttemptRecord, type TaskRecord } from './task.js';
import { reconcileTimer } from './timing.js';

/** How the current attempt ends when its task does; default `abandoned`, for the provider may still be at it. */
type AttemptEnd = Partial<AttemptRecord> & Pick<AttemptRecord, 'state'>;

/**
 * The end is decided: credits go back first, the customer hears of it when they have. Test mode holds none. Whatever
 * attempt is still open ends here and gives its slot back.
 */
export function fail(task: TaskRecord, error: TaskError, context: Context, end?: AttemptEnd): Decision {
  const closing = closeAttempt(task, context, end ?? { state: 'abandoned' });
  const outcome = { result: 'failed', error } as const;
  if (task.mode === 'test') {
    return {
      type: 'failed',
      change: { state: 'failed', outcome, error, creditsCharged: '0', completedAt: context.now },
      ...closing,
      effects: [...closing.effects, { kind: 'announce', fact: 'failed' }],
    };
  }
  return {
    type: 'failing',
    change: { state: 'settling', outcome },
    ...closing,
    effects: [...closing.effects, { kind: 'resolve_hold' }],
  };
}

/** The result is in our bucket: pay for what was measured. */
export function finish(task: TaskRecord, outputs: TaskRecord['outputs'], usage: Usage, { now }: Context): Decision {
  const outcome = { result: 'completed', usage } as const;
  if (task.mode === 'test') {
    return {
      type: 'completed',
      change: { state: 'completed', outcome, outputs, progress: 100, creditsCharged: '0', completedAt: now },
      poll: null,
      effects: [{ kind: 'announce', fact: 'completed' }],
    };
  }
  return {
    type: 'stored',
    change: { state: 'settling', outcome, outputs },
    poll: null,
    effects: [{ kind: 'resolve_hold' }],
  };
}

export function returnSlot(attempt: AttemptRecord): Effect[] {
  if (attempt.slotReturned) return [];
  return [{ kind: 'return_slot', attemptId: attempt.id, channelId: attempt.channelId }];
}

function closeAttempt(
  task: TaskRecord,
  { attempt, route, now }: Context,
  end: AttemptEnd,
): Pick<Decision, 'attempt' | 'poll' | 'effects'> {
  if (attempt === undefined || attempt.id !== task.attemptId || !isAttemptOpen(attempt.state)) {
    return { poll: null, effects: [] };
  }
  const isStillRendering = end.state === 'abandoned' && attempt.state === 'running';
  return {
    attempt: { id: attempt.id, change: { endedAt: now, ...end } },
    poll: isStillRendering ? reconcileTimer(now) : null,
    effects: [
      ...returnSlot(attempt),
      ...(isStillRendering && route.cancel ? [{ kind: 'cancel', attemptId: attempt.id } as const] : []),
    ],
  };
}
