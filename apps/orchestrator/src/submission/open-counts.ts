/** How long a count may be believed, by the share of the limit that it has reached; above the last of them not at all. */
const believed = [
  { below: 0.1, ms: 10_000 },
  { below: 0.5, ms: 1_000 },
] as const;
/** More owners than that are not remembered at once. */
const mostOwners = 10_000;

interface Count {
  readonly open: number;
  /** Where counting stopped. */
  readonly most: number;
  readonly countedAt: number;
}

/**
 * How many unfinished tasks each owner has, be it an account or an API key, remembered for a moment. Reading a long queue
 * from end to end for each batch would cost more than the submissions themselves; far below its limit an owner need not be
 * counted exactly. What is believed may be too much, because tasks end, but never too little for what one replica admits.
 */
export class OpenCounts {
  private readonly counts = new Map<string, Count>();

  /** Of these owners and limits, those that must be counted now: unknown, too long ago, or past half of the limit. */
  toCount(limits: ReadonlyMap<string, number>, nowMs: number): Map<string, number> {
    if (this.counts.size > mostOwners) this.counts.clear();
    return new Map([...limits].filter(([owner, limit]) => !this.isBelieved(owner, limit, nowMs)));
  }

  /** `limits`: where counting stopped. */
  learn(counted: ReadonlyMap<string, number>, limits: ReadonlyMap<string, number>, nowMs: number): void {
    for (const [owner, open] of counted) {
      this.counts.set(owner, { open, most: limits.get(owner) ?? 0, countedAt: nowMs });
    }
  }

  admitted(owner: string): void {
    const known = this.counts.get(owner);
    if (known !== undefined) this.counts.set(owner, { ...known, open: known.open + 1 });
  }

  of(owners: Iterable<string>): Map<string, number> {
    return new Map([...owners].map((owner) => [owner, this.counts.get(owner)?.open ?? 0]));
  }

  private isBelieved(owner: string, limit: number, nowMs: number): boolean {
    const known = this.counts.get(owner);
    // Of a higher limit than the one it was counted for, a count may have stopped too early.
    if (known === undefined || limit > known.most) return false;
    const ms = believed.find(({ below }) => known.open < limit * below)?.ms ?? 0;
    return nowMs - known.countedAt < ms;
  }
}
