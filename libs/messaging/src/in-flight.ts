/** Counts work that has been taken on, so that a shutdown can wait for exactly that. */
export class InFlight {
  private readonly work = new Set<Promise<unknown>>();
  private readonly waiters: (() => void)[] = [];

  get size(): number {
    return this.work.size;
  }

  track<T>(started: Promise<T>): Promise<T> {
    const settled = started.then(ignore, ignore).finally(() => {
      this.work.delete(settled);
      this.waiters.shift()?.();
    });
    this.work.add(settled);
    return started;
  }

  /** Resolves once fewer than `limit` are running. For one waiter at a time. */
  async below(limit: number): Promise<void> {
    while (this.work.size >= limit) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.waiters.push(resolve);
      await promise;
    }
  }

  async idle(): Promise<void> {
    while (this.work.size > 0) await Promise.all(this.work);
  }
}

function ignore(): void {}
