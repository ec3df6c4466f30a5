import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Batcher, inTransaction } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { AfterCommit } from './after-commit.js';
import { type Applied, type Observed } from './applied.js';
import { Engine } from './engine.js';

/** Where every report, timer and request about a task comes together: one transaction for as many as have arrived. */
@Injectable()
export class Observations implements OnApplicationShutdown {
  private readonly batcher: Batcher<Observed, Applied>;

  constructor(
    private readonly source: DataSource,
    private readonly engine: Engine,
    private readonly afterCommit: AfterCommit,
  ) {
    this.batcher = new Batcher({
      name: 'observations',
      maxItems: 256,
      // One worker: a second one halves the batches, and would wait for the first where both hold news of one task.
      workers: 1,
      maxQueued: 8_192,
      deadlineMs: 15_000,
      flush: (items) => this.apply(items),
    });
  }

  /** Resolves after the commit. Every observation may be repeated: what no longer fits the task changes nothing. */
  submit(item: Observed): Promise<Applied> {
    return this.batcher.submit(item);
  }

  /** How many wait for a transaction. */
  get depth(): number {
    return this.batcher.depth;
  }

  /** One transaction for exactly these. */
  async apply(items: readonly Observed[]): Promise<readonly Applied[]> {
    const step = await inTransaction(this.source, (tx) => this.engine.step(tx, items));
    this.afterCommit.follow(step);
    return step.applied;
  }

  /** The transports have finished what they had in hand by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.batcher.close();
  }
}
