import { Controller } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { mainLane, mediaStored, mediaStoreFailed, storeResultJob } from '@videoapi/contracts';
import { type OutboxMessage } from '@videoapi/database';
import { eventMessage, HandleJob, type MessageMeta } from '@videoapi/messaging';
import { type ResultRow } from '../db/media.store.js';
import { Storage } from '../storage/storage.js';
import { StoreFailure } from './failure.js';
import { ResultJournal } from './result-journal.js';
import { ResultMetrics } from './result-metrics.js';
import { ResultStore, type StoreOrder, taskOutputOf } from './result-store.js';

@Controller()
export class ResultConsumer {
  constructor(
    private readonly journal: ResultJournal,
    private readonly results: ResultStore,
    private readonly storage: Storage,
    private readonly metrics: ResultMetrics,
    private readonly log: Log,
  ) {}

  /** Ends in exactly one event per order. Our own store or database being away is no end: the job comes back. */
  @HandleJob(storeResultJob, { lane: mainLane, concurrency: 32, ackWaitMs: 60_000 })
  async storeResult(order: StoreOrder, meta: MessageMeta): Promise<void> {
    const startedAt = performance.now();
    const known = await this.journal.find(order.attemptId);
    if (known.length === order.outputs.length) {
      await this.journal.commit({ meta, rows: [], event: stored(order, known) });
      this.metrics.observe('repeated', performance.now() - startedAt);
      return;
    }
    const outcome = await this.#store(order);
    const failure = outcome instanceof StoreFailure ? outcome : undefined;
    const rows = outcome instanceof StoreFailure ? [] : outcome;
    const event = failure === undefined ? stored(order, rows) : failed(order, meta, failure);
    await this.journal.commit({ meta, rows, event });
    const bytes = rows.reduce((sum, row) => sum + row.size, 0);
    const ms = performance.now() - startedAt;
    this.metrics.observe(failure?.code ?? 'stored', ms, bytes);
    this.log.info({
      event: failure === undefined ? 'result_stored' : 'result_refused',
      taskId: order.taskId,
      attemptId: order.attemptId,
      ...(failure === undefined ? { bytes } : { code: failure.code, reason: failure.message }),
      ms: Math.round(ms),
    });
    if (failure === undefined) await this.#dropStaged(order);
  }

  async #store(order: StoreOrder): Promise<ResultRow[] | StoreFailure> {
    const outputs = await Promise.allSettled(order.outputs.map((_, index) => this.results.store(order, index)));
    const reasons = outputs.filter((output) => output.status === 'rejected').map((output): unknown => output.reason);
    const ours = reasons.find((reason) => !(reason instanceof StoreFailure));
    if (ours !== undefined) throw ours;
    const theirs = reasons.filter((reason) => reason instanceof StoreFailure);
    // One that cannot be helped decides, whatever the others are.
    const decisive = theirs.find((failure) => !failure.retryable) ?? theirs[0];
    return decisive ?? outputs.filter((output) => output.status === 'fulfilled').map((output) => output.value);
  }

  /** After the commit, so that a repeat still finds the bytes; what stays behind falls to the bucket's lifecycle. */
  async #dropStaged({ outputs, attemptId }: StoreOrder): Promise<void> {
    const keys = outputs.filter((output) => output.kind === 'uploaded').map((output) => output.key);
    try {
      await this.storage.delete(keys);
    } catch (error) {
      this.log.warn({ event: 'staged_left_behind', attemptId, err: error });
    }
  }
}

/** One id per attempt: a second order for the same attempt is answered with the same event. */
function stored(order: StoreOrder, rows: readonly ResultRow[]): OutboxMessage {
  const { taskId, accountId, attemptId } = order;
  return eventMessage(mediaStored, {
    id: `media.stored:${attemptId}`,
    key: taskId,
    occurredAt: new Date(),
    data: { taskId, accountId, attemptId, outputs: rows.map(taskOutputOf) },
  });
}

/** One id per order: the next try of the same attempt may fail again, and for another reason. */
function failed(order: StoreOrder, meta: MessageMeta, { code, message, retryable }: StoreFailure): OutboxMessage {
  const { taskId, accountId, attemptId } = order;
  return eventMessage(mediaStoreFailed, {
    id: `media.store_failed:${meta.id}`,
    key: taskId,
    occurredAt: new Date(),
    data: { taskId, accountId, attemptId, code, message, retryable },
  });
}
