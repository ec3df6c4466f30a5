import { AppError } from '@videoapi/contracts';
import { type Prepared } from './prepare.js';
import { type Existing } from './submission.store.js';
import { takenId } from './verdict.js';

/** How many unfinished tasks there are: of each account, and of each API key that has a limit of its own. */
export interface Open {
  readonly accounts: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, number>;
}

/** A repeat of a task that is past its reservation is in none of these: there is nothing left to do for it. */
export interface Admission {
  /** To be inserted. */
  readonly fresh: readonly Prepared[];
  /** There, without a hold so far. */
  readonly reserving: readonly Prepared[];
  readonly refused: ReadonlyMap<string, AppError>;
}

/** Who may enter, in the order of arrival. A repeat of a task that exists is never refused for lack of room. */
export function admit(batch: readonly Prepared[], existing: readonly Existing[], open: Open): Admission {
  const known = new Map(existing.map((entry) => [entry.id, entry]));
  const accounts = new Map(open.accounts);
  const keys = new Map(open.keys);
  const fresh: Prepared[] = [];
  const reserving: Prepared[] = [];
  const refused = new Map<string, AppError>();
  for (const entry of batch) {
    const { id, accountId, apiKeyId } = entry.task;
    const found = known.get(id);
    const ofAccount = accounts.get(accountId) ?? 0;
    const ofKey = keys.get(apiKeyId) ?? 0;
    const refusal = found === undefined ? overLimit(entry, ofAccount, ofKey) : foreign(found, accountId);
    if (refusal !== undefined) refused.set(id, refusal);
    else if (found === undefined) {
      accounts.set(accountId, ofAccount + 1);
      keys.set(apiKeyId, ofKey + 1);
      fresh.push(entry);
    } else if (found.state === 'reserving') reserving.push(entry);
  }
  return { fresh, reserving, refused };
}

function foreign(found: Existing, accountId: string): AppError | undefined {
  return found.accountId === accountId ? undefined : takenId();
}

function overLimit(
  { maxQueued, maxConcurrent, keyMaxConcurrent }: Prepared,
  ofAccount: number,
  ofKey: number,
): AppError | undefined {
  if (keyMaxConcurrent !== null && ofKey >= keyMaxConcurrent) {
    return concurrencyLimited('This API key', keyMaxConcurrent);
  }
  if (maxConcurrent !== null && ofAccount >= maxConcurrent) return concurrencyLimited('This account', maxConcurrent);
  if (ofAccount < maxQueued) return undefined;
  return new AppError('queue_full', `At most ${maxQueued} tasks may be unfinished at once.`, {
    details: { limit: maxQueued },
    retryAfterMs: 10_000,
  });
}

function concurrencyLimited(who: string, limit: number): AppError {
  return new AppError('concurrency_limited', `${who} may have ${limit} unfinished tasks at once.`, {
    details: { limit },
    retryAfterMs: 5_000,
  });
}
