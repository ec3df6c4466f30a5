import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { catalogChanged, listModels, listPrices } from '@videoapi/contracts';
import { nativeModel } from '@videoapi/dialects';
import { LiveEvents, RpcClient } from '@videoapi/messaging';
import { FreshCache } from '../cache/fresh-cache.js';

const timeoutMs = 5_000;
/** How old an answer may be; a change of the catalogue is seen at once. */
const freshMs = 1_000;
const anybody = '';

export type PublicModel = ReturnType<typeof nativeModel>;

/** The models with what an account pays for them: two questions to two services, asked at most once a second each. */
@Injectable()
export class ModelList implements OnModuleDestroy {
  private readonly lists = new FreshCache({
    max: 1_000,
    load: (account) => this.load(account === anybody ? null : account),
    ttlMs: () => freshMs,
  });
  private readonly unsubscribe: () => void;

  constructor(
    private readonly rpc: RpcClient,
    live: LiveEvents,
  ) {
    this.unsubscribe = live.subscribe(catalogChanged.subject, () => this.lists.forgetWhere(() => true));
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** With the public prices when no account is given. */
  async of(accountId: string | undefined): Promise<readonly PublicModel[]> {
    return this.lists.get(accountId ?? anybody);
  }

  private async load(accountId: string | null): Promise<PublicModel[]> {
    const [{ models }, { prices }] = await Promise.all([
      this.rpc.call(listModels, {}, { timeoutMs }),
      this.rpc.call(listPrices, { accountId }, { timeoutMs }),
    ]);
    const priceOf = new Map(prices.map((entry) => [entry.model, entry.price]));
    return models.map((model) => nativeModel(model, priceOf.get(model.id)));
  }
}
