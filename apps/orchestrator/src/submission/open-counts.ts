/** How long a count may be believed, by the share of the limit that it has reached; above the last of them not at all. */
const believed = [
  { below: 0.1, ms: 10_000 },
  { below: 0.5, ms: 1_000 },
] as const;
/** More accounts than that are not remembered at once. */
const mostAccounts = 10_000;

interface Count {
  readonly open: number;
  readonly countedAt: number;
}

/**
 * How many unfinished tasks each account has, remembered for a moment. Reading a long queue from end to end for each batch
 * would cost more than the submissions themselves; far below its limit an account need not be counted exactly.
 */
export class OpenCounts {
  private readonly counts = new Map<string, Count>();

  /** Of these accounts and limits, those that must be counted now: unknown, too long ago, or past half of the limit. */
  toCount(limits: ReadonlyMap<string, number>, nowMs: number): Map<string, number> {
    return new Map([...limits].filter(([accountId, limit]) => !this.isBelieved(accountId, limit, nowMs)));
  }

  learn(counted: ReadonlyMap<string, number>, nowMs: number): void {
    if (this.counts.size > mostAccounts) this.counts.clear();
    for (const [accountId, open] of counted) this.counts.set(accountId, { open, countedAt: nowMs });
  }

  admitted(accountId: string): void {
    const known = this.counts.get(accountId);
    if (known !== undefined) this.counts.set(accountId, { ...known, open: known.open + 1 });
  }

  of(accountIds: Iterable<string>): Map<string, number> {
    return new Map([...accountIds].map((accountId) => [accountId, this.counts.get(accountId)?.open ?? 0]));
  }

  private isBelieved(accountId: string, limit: number, nowMs: number): boolean {
    const known = this.counts.get(accountId);
    if (known === undefined) return false;
    const ms = believed.find(({ below }) => known.open < limit * below)?.ms ?? 0;
    return nowMs - known.countedAt < ms;
  }
}
