import { type Clock } from './clock.js';

/** A clock for specs: time stands still until it is moved on, and what is due then runs in order. */
export class FakeClock implements Clock {
  private due: { at: number; run: () => void }[] = [];

  constructor(private time = 1_000_000) {}

  now(): number {
    return this.time;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { at: this.time + delayMs, run };
    this.due.push(entry);
    return () => (this.due = this.due.filter((other) => other !== entry));
  }

  get pending(): number {
    return this.due.length;
  }

  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const [next] = this.due.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.due = this.due.filter((entry) => entry !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = until;
  }
}
