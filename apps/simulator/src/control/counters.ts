/** What happened, by provider: `{ ark: { accepted: 3, refused_rate_limited: 2 } }`. */
export class Counters {
  private counts: Record<string, Record<string, number>> = {};

  add(provider: string, event: string): void {
    const events = (this.counts[provider] ??= {});
    events[event] = (events[event] ?? 0) + 1;
  }

  all(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return this.counts;
  }

  clear(): void {
    this.counts = {};
  }
}
