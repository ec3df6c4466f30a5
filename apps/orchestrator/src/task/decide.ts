import { calledBack } from './adoption.js';
import { cancelReported, cancelRequested } from './cancel.js';
import { abandonReservation, holdPlaced, holdResolved, stored, storeFailed } from './credit.js';
import { type Context, type Decision, nothing, refuse } from './decision.js';
import { accepted, dispatched, refused, submitUnknown } from './dispatch.js';
import { phaseDue } from './due.js';
import { fail } from './ending.js';
import { type TaskObservation } from './observation.js';
import { observed } from './progress.js';
import { isTerminal } from './states.js';
import { type TaskRecord } from './task.js';

/**
 * The whole life of a task: what one observation makes of it. Pure. Everything that may arrive twice, late or out of order
 * does, so whatever no longer fits the state is nothing; a terminal task never changes again (it may only be deleted).
 */
export function decide(task: TaskRecord, observation: TaskObservation, context: Context): Decision {
  switch (observation.kind) {
    case 'hold_placed':
      return holdPlaced(task, observation.quote, context);
    case 'reservation_abandoned':
      return abandonReservation(task, context);
    case 'dispatched':
      return dispatched(task, observation.attempt, context);
    case 'accepted':
      return accepted(task, observation, context);
    case 'refused':
      return refused(task, observation, context);
    case 'submit_unknown':
      return submitUnknown(task, observation, context);
    case 'observed':
      return observed(task, observation, context);
    case 'attempt_cancelled':
      return cancelReported(task, observation, context);
    case 'callback':
      return calledBack(task, observation, context);
    case 'stored':
      return stored(task, observation, context);
    case 'store_failed':
      return storeFailed(task, observation, context);
    case 'hold_resolved':
      return holdResolved(task, observation, context);
    case 'phase_due':
      return phaseDue(task, context);
    case 'cancel_requested':
      return cancelRequested(task, context);
    case 'delete_requested':
      return deleteRequested(task, context);
    case 'operator_failed':
      return isTerminal(task.state) || task.state === 'settling'
        ? refuse('not_cancellable')
        : fail(task, { code: 'internal_error', message: observation.reason }, context);
  }
}

function deleteRequested(task: TaskRecord, { now }: Context): Decision {
  if (!isTerminal(task.state)) return refuse('task_not_terminal');
  if (task.deletedAt !== null) return nothing;
  return { type: 'deleted', change: { deletedAt: now }, effects: [] };
}
