/**
 * Attempts that this process is busy with. A timer repeats an order whose answer is slow; the second copy would only ask
 * the provider the same thing at the same time.
 */
export class InHand {
  private readonly attempts = new Set<string>();

  /** Undefined, without any work done, for an attempt that is in hand already. */
  async once<Result>(attemptId: string, work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.attempts.has(attemptId)) return undefined;
    this.attempts.add(attemptId);
    try {
      return await work();
    } finally {
      this.attempts.delete(attemptId);
    }
  }
}
