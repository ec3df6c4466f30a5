import { Injectable } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';

/** Per account and process: each costs memory for as long as somebody else likes. */
const limits = {
  stream: { most: 50, code: 'concurrency_limited' },
  wait: { most: 2_000, code: 'concurrency_limited' },
  /** Not refused but put off: a refusal would end the Idempotency-Key of a task that an earlier try may have made. */
  probe: { most: 128, code: 'overloaded' },
} as const;

/** Counts the requests that stay: event streams, long polls, and submits that wait for the servers of their assets. */
@Injectable()
export class Streams {
  private readonly open = new Map<string, number>();

  /** Returns how to leave; calling it twice is harmless. Throws `concurrency_limited`, or `overloaded`. */
  enter(kind: keyof typeof limits, accountId: string): () => void {
    const name = `${kind} ${accountId}`;
    const open = this.open.get(name) ?? 0;
    const { most, code } = limits[kind];
    if (open >= most) {
      throw new AppError(code, `At most ${most} at once.`, { retryAfterMs: 5_000, details: { limit: most } });
    }
    this.open.set(name, open + 1);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const rest = (this.open.get(name) ?? 1) - 1;
      if (rest === 0) this.open.delete(name);
      else this.open.set(name, rest);
    };
  }
}
