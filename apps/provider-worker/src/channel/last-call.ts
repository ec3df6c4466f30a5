import { type Drain } from '@videoapi/chassis';

/** What is left then is for reporting. Milliseconds. */
const reserveMs = 5_000;

/**
 * Ends the calls that a stopping process cannot wait for. A submit that was sent is then reported as unknown, which is the
 * truth, instead of being cut off without a word.
 */
export class LastCall {
  private readonly control = new AbortController();

  constructor({ signal }: Pick<Drain, 'signal'>, shutdownGraceMs: number) {
    const waitMs = Math.max(shutdownGraceMs - reserveMs, shutdownGraceMs / 2);
    signal.addEventListener('abort', () => setTimeout(() => this.control.abort(), waitMs).unref(), { once: true });
  }

  get signal(): AbortSignal {
    return this.control.signal;
  }
}
