import { Injectable } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';

const perAccount = 200;

/** Open streams and long polls per account and process: each costs memory for as long as a client likes. */
@Injectable()
export class Streams {
  private readonly open = new Map<string, number>();

  /** Returns how to leave; calling it twice is harmless. Throws `concurrency_limited`. */
  enter(accountId: string): () => void {
    const open = this.open.get(accountId) ?? 0;
    if (open >= perAccount) {
      throw new AppError('concurrency_limited', `At most ${perAccount} open streams and waits.`, {
        retryAfterMs: 5_000,
      });
    }
    this.open.set(accountId, open + 1);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const rest = (this.open.get(accountId) ?? 1) - 1;
      if (rest === 0) this.open.delete(accountId);
      else this.open.set(accountId, rest);
    };
  }
}
