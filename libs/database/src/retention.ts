import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** Forgets up to `limit` rows in one statement and returns how many. Two replicas may do it at once. */
export type Sweep = (limit: number) => Promise<number>;

export interface RetentionOptions {
  /** What is forgotten, for the log. */
  readonly name: string;
  /** One after another: what shows a row goes before the row. */
  readonly sweeps: readonly Sweep[];
  /** Between two rounds, ± 20 %. Default five minutes. */
  readonly everyMs?: number;
}

/** Rows of one statement: none of them may hold its locks for long. */
const batch = 5_000;
/** Of one sweep in one round: keeps up with 1,000 rows a second. */
const mostBatches = 60;
const log = new Logger('retention');

/**
 * Forgets what is old, every few minutes, in small batches. Every replica runs one, at a moment of its own. Give it to
 * Nest as a provider (`useFactory`): it starts and stops with the app.
 */
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: RetentionOptions) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One round now. @returns how many rows it has forgotten. */
  async forget(): Promise<number> {
    let forgotten = 0;
    for (const sweep of this.options.sweeps) forgotten += await this.repeat(sweep);
    if (forgotten > 0) log.log({ event: 'rows_forgotten', what: this.options.name, rows: forgotten });
    return forgotten;
  }

  /** The first round comes at a random moment, so that replicas which were started together keep apart. */
  private async run(): Promise<void> {
    const { name, everyMs = 300_000 } = this.options;
    await this.rest(everyMs * Math.random());
    while (!this.stopping.signal.aborted) {
      await this.forget().catch((error: unknown) => log.warn({ event: 'retention_failed', what: name, err: error }));
      await this.rest(everyMs * (0.8 + 0.4 * Math.random()));
    }
  }

  private async repeat(sweep: Sweep): Promise<number> {
    let forgotten = 0;
    for (let round = 0; round < mostBatches && !this.stopping.signal.aborted; round += 1) {
      const rows = await sweep(batch);
      forgotten += rows;
      if (rows < batch) break;
    }
    return forgotten;
  }

  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
