const firstMs = 250;
const longestMs = 30_000;
const forgetMs = 60_000;

interface Parked {
  readonly until: number;
  readonly waitMs: number;
  /** When the refused row was written, in milliseconds of this process's clock. */
  readonly since: number;
}

/** Keys whose next message was refused, and until when they are left alone: 250 ms, doubling to 30 s. */
export class Parking {
  private readonly keys = new Map<string, Parked>();

  park(key: string, now: number, ageMs: number): void {
    const waitMs = Math.min(longestMs, (this.keys.get(key)?.waitMs ?? firstMs / 2) * 2);
    this.keys.set(key, { until: now + waitMs, waitMs, since: now - ageMs });
  }

  release(key: string): void {
    this.keys.delete(key);
  }

  /** The keys to leave out now. */
  parked(now: number): string[] {
    const keys: string[] = [];
    for (const [key, { until }] of this.keys) {
      if (until > now) keys.push(key);
      // It was due long ago and never came up: its shard has gone to another relay.
      else if (until + forgetMs < now) this.keys.delete(key);
    }
    return keys;
  }

  /** Milliseconds since the oldest parked row was written, 0 without any. */
  oldestAgeMs(now: number): number {
    return [...this.keys.values()].reduce((oldest, { since }) => Math.max(oldest, now - since), 0);
  }
}
