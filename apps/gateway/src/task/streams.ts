import { Injectable } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';

/** Per account and process: each costs memory for as long as a client likes. */
const limits = { stream: 50, wait: 2_000 } as const satisfies Record<string, number>;

/** Counts the requests that stay: event streams and long polls. */
@Injectable()
export class Streams {
  private readonly open = new Map<string, number>();

  /** Returns how to leave; calling it twice is harmless. Throws `concurrency_limited`. */
  enter(kind: keyof typeof limits, accountId: string): () => void {
    const name = `${kind} ${accountId}`;
    const open = this.open.get(name) ?? 0;
    if (open >= limits[kind]) {
      const message = `At most ${limits[kind]} at once.`;
      throw new AppError('concurrency_limited', message, { retryAfterMs: 5_000, details: { limit: limits[kind] } });
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
