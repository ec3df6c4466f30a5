import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Batcher, claimInbox, inTransaction, insertOutbox, type OutboxMessage } from '@videoapi/database';
import { type MessageMeta, OutboxRelay } from '@videoapi/messaging';
import { DataSource, type EntityManager } from 'typeorm';
import { findResults, insertResults, type ResultRow } from '../db/media.store.js';

/** How an order ended: what it stored, and the event that says so. */
export interface Ending {
  readonly meta: Pick<MessageMeta, 'id' | 'consumer' | 'deliveries'>;
  readonly rows: readonly ResultRow[];
  readonly event: OutboxMessage;
}

/** What is known about results. Orders that end at the same time share one transaction, and one look at what is stored. */
@Injectable()
export class ResultJournal implements OnApplicationShutdown {
  readonly #lookups: Batcher<string, readonly ResultRow[]>;
  readonly #endings: Batcher<Ending, undefined>;

  constructor(
    private readonly source: DataSource,
    private readonly relay: OutboxRelay,
  ) {
    const limits = { maxItems: 200, maxQueued: 2_000, deadlineMs: 10_000 };
    this.#lookups = new Batcher({ ...limits, name: 'results_lookup', workers: 2, flush: (ids) => this.#lookUp(ids) });
    this.#endings = new Batcher({ ...limits, name: 'results', workers: 2, flush: (endings) => this.#write(endings) });
  }

  /** The consumers have finished by then, and the database is still there. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#lookups.close(), this.#endings.close()]);
  }

  /** What is stored of an attempt, in output order. */
  find(attemptId: string): Promise<readonly ResultRow[]> {
    return this.#lookups.submit(attemptId);
  }

  /** Rows and event become true together; resolves after the commit. A redelivery of what was committed changes nothing. */
  commit(ending: Ending): Promise<void> {
    return this.#endings.submit(ending);
  }

  async #lookUp(attemptIds: readonly string[]): Promise<(readonly ResultRow[])[]> {
    const rows = await findResults(this.source, attemptIds);
    const byAttempt = Map.groupBy(rows, (row) => row.attempt_id);
    return attemptIds.map((id) => byAttempt.get(id) ?? []);
  }

  async #write(endings: readonly Ending[]): Promise<undefined[]> {
    await inTransaction(this.source, async (tx) => {
      const open = await unanswered(tx, endings);
      await insertResults(
        tx,
        open.flatMap((ending) => ending.rows),
      );
      await insertOutbox(
        tx,
        open.map((ending) => ending.event),
      );
    });
    this.relay.nudge();
    return endings.map(() => undefined);
  }
}

/**
 * Without the redeliveries of orders that are answered. A first delivery under an id that was seen before is no
 * redelivery: somebody has sent the order again because the answer never came (the streams may have been wiped).
 */
async function unanswered(tx: EntityManager, endings: readonly Ending[]): Promise<Ending[]> {
  const open: Ending[] = [];
  for (const [consumer, group] of Map.groupBy(endings, (ending) => ending.meta.consumer)) {
    const claimed = await claimInbox(
      tx,
      consumer,
      group.map((ending) => ending.meta.id),
    );
    open.push(...group.filter(({ meta }) => claimed.delete(meta.id) || meta.deliveries === 1));
  }
  return open;
}
