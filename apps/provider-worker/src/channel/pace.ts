import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@videoapi/contracts';

/** Lets one begin after the other, evenly: no second has more than its share, whenever one begins to count. */
export class Pace {
  private nextAt = 0;

  constructor(
    /** Milliseconds. Without it they wait as long as it takes. */
    private readonly longestWaitMs = Number.POSITIVE_INFINITY,
  ) {}

  /** Resolves when it is this one's turn. @throws AppError `overloaded` when that is too far away; no turn is taken then. */
  async turn(perSecond: number): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.nextAt);
    if (at - now > this.longestWaitMs) {
      throw new AppError('overloaded', 'Too many calls wait for this channel.', { retryAfterMs: 5_000 });
    }
    this.nextAt = at + 1_000 / perSecond;
    if (at > now) await sleep(at - now);
  }
}
