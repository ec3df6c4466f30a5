import { AppError } from '@videoapi/contracts';
import { type Prepared } from './prepare.js';
import { type Existing } from './submission.store.js';
import { takenId } from './verdict.js';

/** A repeat of a task that is past its reservation is in none of these: there is nothing left to do for it. */
export interface Admission {
  /** To be inserted. */
  readonly fresh: readonly Prepared[];
  /** There, without a hold so far. */
  readonly reserving: readonly Prepared[];
  readonly refused: ReadonlyMap<string, AppError>;
}

/** Who may enter, in the order of arrival. A repeat of a task that exists is never refused for lack of room. */
export function admit(
  batch: readonly Prepared[],
  existing: readonly Existing[],
  open: ReadonlyMap<string, number>,
): Admission {
  const known = new Map(existing.map((entry) => [entry.id, entry]));
  const counts = new Map(open);
  const fresh: Prepared[] = [];
  const reserving: Prepared[] = [];
  const refused = new Map<string, AppError>();
  for (const entry of batch) {
    const { id, accountId } = entry.task;
    const found = known.get(id);
    const count = counts.get(accountId) ?? 0;
    const refusal = found === undefined ? overLimit(entry, count) : foreign(found, accountId);
    if (refusal !== undefined) refused.set(id, refusal);
    else if (found === undefined) {
      counts.set(accountId, count + 1);
      fresh.push(entry);
    } else if (found.state === 'reserving') reserving.push(entry);
  }
  return { fresh, reserving, refused };
}

function foreign(found: Existing, accountId: string): AppError | undefined {
  return found.accountId === accountId ? undefined : takenId();
}

function overLimit({ maxQueued, maxConcurrent }: Prepared, open: number): AppError | undefined {
  if (maxConcurrent !== null && open >= maxConcurrent) {
    return new AppError('concurrency_limited', `At most ${maxConcurrent} tasks may run at once.`, {
      details: { limit: maxConcurrent },
      retryAfterMs: 5_000,
    });
  }
  if (open < maxQueued) return undefined;
  return new AppError('queue_full', `At most ${maxQueued} tasks may be unfinished at once.`, {
    details: { limit: maxQueued },
    retryAfterMs: 10_000,
  });
}
