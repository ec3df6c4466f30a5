import { AppError } from '@videoapi/contracts';

interface Waiting {
  readonly enter: () => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** Lets so many in at once; the others wait in line, and not for ever. */
export class Gate {
  private inside = 0;
  private readonly line = new Set<Waiting>();

  constructor(
    private readonly width: number,
    /** Milliseconds; without it they wait as long as it takes. */
    private readonly longestWaitMs?: number,
  ) {}

  /** @throws AppError `overloaded` after waiting too long; nothing was done then. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.inside >= this.width) await this.turn();
    else this.inside += 1;
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Whoever waits longest takes over the place, so that nobody slips in between. */
  private leave(): void {
    const [next] = this.line;
    if (next === undefined) {
      this.inside -= 1;
      return;
    }
    this.line.delete(next);
    clearTimeout(next.timer);
    next.enter();
  }

  private turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.line.delete(waiting);
        reject(new AppError('overloaded', 'Too many calls wait for this channel.', { retryAfterMs: 5_000 }));
      };
      const timer = this.longestWaitMs === undefined ? undefined : setTimeout(giveUp, this.longestWaitMs);
      const waiting: Waiting = { enter: resolve, timer };
      this.line.add(waiting);
    });
  }
}
