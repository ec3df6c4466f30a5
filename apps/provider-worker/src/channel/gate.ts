import { AppError } from '@videoapi/contracts';

/** Lets so many in at once; a bounded number may wait. */
export class Gate {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly width: number,
    private readonly maxWaiting: number,
  ) {}

  /** @throws AppError `overloaded` when too many wait already; nothing was done then. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.inside >= this.width) await this.turn();
    else this.inside += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place, so that nobody slips in between.
      const next = this.waiting.shift();
      if (next === undefined) this.inside -= 1;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) {
      throw new AppError('overloaded', 'Too many calls wait for this channel.', { retryAfterMs: 5_000 });
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
