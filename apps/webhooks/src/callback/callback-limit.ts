/** Of one attempt in one minute. Providers report each change of state, a few retries each. */
const mostPerMinute = 120;
const minuteMs = 60_000;

/** Counts callbacks per attempt, so that whoever got hold of one address cannot fill the database through it. */
export class CallbackLimit {
  private counts = new Map<string, number>();
  private since = 0;

  /** False when the attempt has had its share of this minute. `nowMs` from any clock that never goes back. */
  admits(attemptId: string, nowMs: number): boolean {
    if (nowMs - this.since >= minuteMs) {
      this.counts = new Map();
      this.since = nowMs;
    }
    const count = (this.counts.get(attemptId) ?? 0) + 1;
    this.counts.set(attemptId, count);
    return count <= mostPerMinute;
  }
}
