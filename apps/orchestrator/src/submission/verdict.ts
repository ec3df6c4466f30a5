import { AppError, type HoldVerdict, outcomeUnknown } from '@videoapi/contracts';
import { type TaskRecord } from '../task/task.js';

/** The task as it stands, or why there is none. */
export type Reservation = TaskRecord | AppError;

/** Why billing reserves nothing, as the customer is told. */
export function refusalOf(verdict: Exclude<HoldVerdict, { verdict: 'placed' }>): AppError {
  switch (verdict.verdict) {
    case 'insufficient': {
      const { required, available } = verdict;
      return new AppError('insufficient_credits', `Needs ${required} credits, ${available} available.`, {
        details: { required: Number(required), available: Number(available) },
      });
    }
    case 'over_max':
      return new AppError('max_credits_exceeded', `Needs ${verdict.required} credits, more than max_credits.`, {
        details: { required: Number(verdict.required) },
      });
    case 'no_price':
      return new AppError('no_price', 'The model has no price for these parameters.', { param: 'model' });
    case 'frozen':
      return new AppError('unavailable', 'The account cannot spend credits at the moment.', { retryAfterMs: 60_000 });
    case 'cancelled':
      return new AppError('conflict', 'This task id was given up on before; submit again with a new one.');
    case 'conflict':
      return new AppError('internal_error', 'The task id is taken by another hold.');
  }
}

/** What somebody else has made of the same id. */
export function ownOf(task: TaskRecord | undefined, accountId: string): Reservation {
  if (task === undefined) return unanswered();
  return task.accountId === accountId ? task : takenId();
}

/** Another account's: it learns nothing more of it. */
export function takenId(): AppError {
  return new AppError('conflict', 'The task id is taken.');
}

/** Whether there will be a task is not known: the same id asked again tells. */
export function unanswered(cause?: unknown): AppError {
  return new AppError('unavailable', outcomeUnknown, { cause, retryAfterMs: 1_000 });
}
