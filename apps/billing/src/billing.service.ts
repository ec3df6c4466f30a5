import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { Batcher, inTransaction, insertOutbox, type OutboxMessage } from '@videoapi/database';
import { OutboxRelay } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { BillingMetrics } from './billing.metrics.js';
import { LedgerSettings, lockBook, writeDecision } from './db/ledger.store.js';
import { holdResolvedFact, walletLowFact } from './facts.js';
import { type Answer, type BatchRequest, type Book, decide, type Decision, type Resolution } from './ledger/batch.js';
import { type PlaceRequest, type ResolveRequest, type Verdict } from './ledger/hold.js';

/** Holds: placed, settled, released. Requests that come at the same time share a transaction. */
@Injectable()
export class BillingService implements OnApplicationShutdown {
  private readonly batcher: Batcher<BatchRequest, Answer>;

  constructor(
    private readonly source: DataSource,
    private readonly settings: LedgerSettings,
    private readonly relay: OutboxRelay,
    private readonly metrics: BillingMetrics,
    private readonly log: Log,
  ) {
    this.batcher = new Batcher({
      name: 'ledger',
      maxItems: settings.batchSize,
      // One worker: a second one halves the batches, and on a hot wallet it would only wait for the lock.
      workers: 1,
      maxQueued: 4_096,
      flush: (requests) => this.applyBatch(requests),
    });
  }

  /** Resolves after the commit. A repeat gets the stored answer. */
  async placeHold(request: PlaceRequest): Promise<Verdict> {
    const answer = await this.submit(request);
    if (!('verdict' in answer)) throw new Error('a request to hold is answered with a verdict');
    if (answer.verdict === 'conflict') this.log.error({ event: 'hold_conflict', ...namesOf(request) });
    return answer;
  }

  /** Resolves after the commit, which wrote `evt.hold.v1.resolved` too. A repeat writes the same event again. */
  async resolveHold(request: ResolveRequest): Promise<Resolution> {
    const answer = await this.submit(request);
    if ('refused' in answer) {
      this.log.error({ event: 'hold_resolution_refused', ...namesOf(request), reason: answer.refused });
      throw new AppError('conflict', 'There is no such hold to resolve', { details: { reason: answer.refused } });
    }
    if (!('outcome' in answer)) throw new Error('a request to resolve is answered with an outcome');
    const facts = { ...namesOf(request), outcome: answer.outcome, charged: String(answer.charged) };
    if (answer.step === 'contradict') this.log.error({ event: 'hold_resolved_otherwise', ...facts });
    if (answer.step === 'uncollected') this.log.warn({ event: 'hold_uncollected', ...facts });
    return answer;
  }

  /**
   * One transaction for all requests; the answers in their order. Repeating it, whole or in parts, changes nothing. The
   * lots of every account named, by a request or in `accounts`, that are past their date end.
   */
  async applyBatch(requests: readonly BatchRequest[], accounts: readonly string[] = []): Promise<readonly Answer[]> {
    const startedAt = performance.now();
    const everybody = [...accounts, ...requests.map((request) => request.accountId)];
    const { decision, facts } = await inTransaction(this.source, async (tx) => {
      const book = await lockBook(tx, this.settings, everybody, requests);
      const decision = decide(book, requests);
      await writeDecision(tx, this.settings, decision);
      const facts = factsOf(book, requests, decision);
      await insertOutbox(tx, facts);
      return { decision, facts };
    });
    if (facts.length > 0) this.relay.nudge();
    this.metrics.committed(decision, (performance.now() - startedAt) / 1000);
    return decision.answers;
  }

  /** Handlers have finished by now; the database is closed after this. */
  async onApplicationShutdown(): Promise<void> {
    await this.batcher.close();
  }

  private async submit(request: BatchRequest): Promise<Answer> {
    try {
      return await this.batcher.submit(request);
    } catch (error) {
      if (error instanceof AppError) throw error;
      // Alone in its batch by now: this request is at fault, and something with it that should be impossible.
      this.log.error({ event: 'ledger_request_failed', ...namesOf(request), err: error });
      throw error;
    }
  }
}

function factsOf(book: Book, requests: readonly BatchRequest[], { answers, low }: Decision): OutboxMessage[] {
  const resolved = requests.flatMap((request, index) => {
    const answer = answers[index];
    const isResolution = request.action !== 'place' && answer !== undefined && 'outcome' in answer;
    return isResolution ? [holdResolvedFact(request, answer)] : [];
  });
  return [...resolved, ...low.map((wallet) => walletLowFact(wallet, book.at))];
}

function namesOf({ action, taskId, accountId }: BatchRequest) {
  return { action, taskId, accountId };
}
