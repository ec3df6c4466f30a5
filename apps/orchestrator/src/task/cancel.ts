import { type Context, type Decision, nothing, refuse } from './decision.js';
import { fail } from './ending.js';
import { type TaskObservation } from './observation.js';
import { isCurrent, type TaskRecord } from './task.js';

type Of<Kind extends TaskObservation['kind']> = Extract<TaskObservation, { kind: Kind }>;

const cancelled = { code: 'cancelled', message: 'Cancelled on request.' } as const;

/**
 * At once while nobody has called a provider. Later it is a request that the provider may turn down; one that cannot
 * cancel renders on, and so the task goes on too: else we would pay for what nobody pays us.
 */
export function cancelRequested(task: TaskRecord, context: Context): Decision {
  const { attempt, route, now } = context;
  switch (task.state) {
    case 'reserving':
      return task.cancelRequestedAt === null ? recorded(now) : nothing;
    case 'queued':
      return fail(task, cancelled, context);
    case 'submitting':
      if (attempt?.callStartedAt === null) return fail(task, cancelled, context, { state: 'cancelled' });
      if (!route.cancel) return refuse('not_cancellable');
      return task.cancelRequestedAt === null ? recorded(now) : nothing;
    case 'running': {
      if (!route.cancel || attempt === undefined) return refuse('not_cancellable');
      const effects = [{ kind: 'cancel', attemptId: attempt.id } as const];
      return task.cancelRequestedAt === null ? { ...recorded(now), effects } : { ...nothing, effects };
    }
    case 'storing':
    case 'settling':
    case 'completed':
    case 'failed':
      return refuse('not_cancellable');
  }
}

/** Anything but a clear "cancelled" leaves the task to its next poll. */
export function cancelReported(task: TaskRecord, report: Of<'attempt_cancelled'>, context: Context): Decision {
  const { attempt } = context;
  if (attempt === undefined || report.outcome !== 'cancelled') return nothing;
  if (isCurrent(task, attempt)) return fail(task, cancelled, context, { state: 'cancelled' });
  if (attempt.state !== 'abandoned') return nothing;
  return { ...nothing, attempt: { id: attempt.id, change: { state: 'cancelled', endedAt: context.now } } };
}

function recorded(now: Date): Decision {
  return { type: 'cancel_requested', change: { cancelRequestedAt: now }, effects: [] };
}
