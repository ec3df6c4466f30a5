import { type DataSource } from 'typeorm';
import { type TaskIdentity } from '../task/task.js';
import { type Open } from './admit.js';
import { OpenCounts } from './open-counts.js';
import { type Prepared } from './prepare.js';
import { countOpen, countOpenOfKeys } from './submission.store.js';

type Owners = Pick<TaskIdentity, 'accountId' | 'apiKeyId'>;

/** How many unfinished tasks the senders of a batch have: their accounts, and those of their API keys that have a limit. */
export class OpenTasks {
  private readonly accounts = new OpenCounts();
  private readonly keys = new OpenCounts();

  constructor(private readonly source: DataSource) {}

  /** Counts those alone whose last count is not to be believed any more. */
  async believed(entries: readonly Prepared[], nowMs: number): Promise<Open> {
    const limits = limitsOf(entries);
    const accounts = this.accounts.toCount(limits.accounts, nowMs);
    const keys = this.keys.toCount(limits.keys, nowMs);
    if (accounts.size + keys.size > 0) await this.count(entries, { accounts, keys }, nowMs);
    return this.of(limits);
  }

  /** Counts all of them. */
  async counted(entries: readonly Prepared[], nowMs: number): Promise<Open> {
    const limits = limitsOf(entries);
    await this.count(entries, limits, nowMs);
    return this.of(limits);
  }

  admitted({ accountId, apiKeyId }: Owners): void {
    this.accounts.admitted(accountId);
    this.keys.admitted(apiKeyId);
  }

  private async count(entries: readonly Prepared[], { accounts, keys }: Open, nowMs: number): Promise<void> {
    const accountOf = new Map(entries.map(({ task }) => [task.apiKeyId, task.accountId]));
    const [ofAccounts, ofKeys] = await Promise.all([
      countOpen(this.source, accounts),
      countOpenOfKeys(
        this.source,
        [...keys].map(([id, most]) => ({ id, accountId: accountOf.get(id) ?? '', most })),
      ),
    ]);
    this.accounts.learn(ofAccounts, accounts, nowMs);
    this.keys.learn(ofKeys, keys, nowMs);
  }

  private of({ accounts, keys }: Open): Open {
    return { accounts: this.accounts.of(accounts.keys()), keys: this.keys.of(keys.keys()) };
  }
}

/** The widest of each owner: gateways may know different ones for a moment, and counting stops there. */
function limitsOf(entries: readonly Prepared[]): Open {
  const accounts = new Map<string, number>();
  const keys = new Map<string, number>();
  for (const { task, maxQueued, maxConcurrent, keyMaxConcurrent } of entries) {
    const { accountId, apiKeyId } = task;
    const ofAccount = Math.min(maxQueued, maxConcurrent ?? maxQueued);
    accounts.set(accountId, Math.max(ofAccount, accounts.get(accountId) ?? 0));
    if (keyMaxConcurrent !== null) keys.set(apiKeyId, Math.max(keyMaxConcurrent, keys.get(apiKeyId) ?? 0));
  }
  return { accounts, keys };
}
