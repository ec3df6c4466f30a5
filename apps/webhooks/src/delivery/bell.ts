import { Injectable } from '@nestjs/common';

/** Rung after a commit that made something due. A rest ends when it rings, also when that was just before it began. */
@Injectable()
export class Bell {
  private hasRung = false;
  private endRest: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.endRest?.();
  }

  /** Resolves when it rings, `ms` later at the latest. */
  async rest(ms: number): Promise<void> {
    if (!this.hasRung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.endRest = resolve;
      await promise;
      clearTimeout(timer);
      this.endRest = undefined;
    }
    this.hasRung = false;
  }
}
