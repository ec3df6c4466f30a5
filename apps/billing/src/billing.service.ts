import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { Batcher, inTransaction, insertOutbox } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { LedgerSettings, lockBook, writeDecision } from './db/ledger.store.js';
import { holdResolvedFact, walletLowFact } from './facts.js';
import { type Answer, type BatchRequest, type Book, decide, type Decision, type Resolution } from './ledger/batch.js';
import { type PlaceRequest, type ResolveRequest, type Verdict } from './ledger/hold.js';

@Injectable()
export class BillingService implements OnModuleDestroy {
  private readonly batcher: Batcher<BatchRequest, Answer>;

  constructor(
    private readonly source: DataSource,
    private readonly settings: LedgerSettings,
  ) {
    this.batcher = new Batcher({
      name: 'ledger',
      maxItems: 512,
      workers: 2,
      maxQueued: 4_096,
      partition: ({ accountId }) => spread(accountId),
      flush: (requests) => this.applyBatch(requests),
    });
  }

  async placeHold(request: PlaceRequest): Promise<Verdict> {
    const answer = await this.batcher.submit(request);
    if (!('verdict' in answer)) throw new Error('a hold is answered with a verdict');
    return answer;
  }

  async resolveHold(request: ResolveRequest): Promise<Resolution> {
    const answer = await this.batcher.submit(request);
    if ('refused' in answer) throw new AppError('conflict', 'No such hold', { details: { refused: answer.refused } });
    if (!('outcome' in answer)) throw new Error('a resolution is answered with an outcome');
    return answer;
  }

  /**
   * One transaction for all of them; answers in their order. Repeating it, whole or in parts, changes nothing. Whoever is
   * named in `accounts` has its lots ended that are past their date, as every account of a request has.
   */
  async applyBatch(requests: readonly BatchRequest[], accounts: readonly string[] = []): Promise<readonly Answer[]> {
    const all = [...accounts, ...requests.map((request) => request.accountId)];
    return inTransaction(this.source, async (tx) => {
      const book = await lockBook(tx, this.settings, all, requests);
      const decision = decide(book, requests);
      await writeDecision(tx, this.settings, decision);
      await insertOutbox(tx, factsOf(book, requests, decision));
      return decision.answers;
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.batcher.close();
  }
}

function factsOf(book: Book, requests: readonly BatchRequest[], { answers, low }: Decision) {
  const resolved = requests.flatMap((request, index) => {
    const answer = answers[index];
    return request.action !== 'place' && answer !== undefined && 'outcome' in answer
      ? [holdResolvedFact(request, answer)]
      : [];
  });
  return [...resolved, ...low.map((wallet) => walletLowFact(wallet, book.at))];
}

function spread(accountId: string): number {
  let hash = 0;
  for (let index = 0; index < accountId.length; index += 1) hash = (hash * 31 + accountId.charCodeAt(index)) | 0;
  return hash;
}
