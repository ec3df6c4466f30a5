import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import {
  AppError,
  applyCatalog,
  applyPrices,
  type Catalog,
  catalogChanged,
  defaultPriceList,
  listModels,
  type RpcRequest,
  type RpcResponse,
} from '@videoapi/contracts';
import { inTransaction, insertOutbox } from '@videoapi/database';
import { eventMessage, HandleRpc, OutboxRelay, RpcClient } from '@videoapi/messaging';
import { adapterCatalog } from '@videoapi/providers/catalog';
import { DataSource } from 'typeorm';
import { CatalogSnapshots } from './catalog-snapshots.js';
import { revisionOf, writeCatalog } from './catalog.store.js';

const pricesTimeoutMs = 5000;

@Controller()
export class CatalogRpc {
  constructor(
    private readonly source: DataSource,
    private readonly rpc: RpcClient,
    private readonly relay: OutboxRelay,
    private readonly snapshots: CatalogSnapshots,
  ) {}

  /** Prices first: a model is never offered before billing knows what it costs. */
  @HandleRpc(applyCatalog)
  async apply({ catalog }: RpcRequest<typeof applyCatalog>): Promise<RpcResponse<typeof applyCatalog>> {
    refuseUnknownProviders(catalog);
    const { changed } = await this.rpc.call(applyPrices, { prices: pricesOf(catalog) }, { timeoutMs: pricesTimeoutMs });
    const revision = revisionOf(catalog);
    await inTransaction(this.source, async (tx) => {
      if (!(await writeCatalog(tx, catalog)) && changed === 0) return;
      const occurredAt = new Date();
      await insertOutbox(tx, [
        eventMessage(catalogChanged, { id: randomUUID(), key: 'catalog', data: { revision }, occurredAt }),
      ]);
    });
    this.relay.nudge();
    await this.snapshots.refresh();
    return { revision, models: catalog.models.length, channels: catalog.channels.length, pricesChanged: changed };
  }

  @HandleRpc(listModels)
  list(): Promise<RpcResponse<typeof listModels>> {
    const snapshot = this.snapshots.current();
    const models = snapshot.models.map(({ routes: _routes, deadlines: _deadlines, ...model }) => ({
      ...model,
      routed: snapshot.routesOf(model.id, 'live').length > 0,
    }));
    return Promise.resolve({ revision: snapshot.revision, models });
  }
}

function refuseUnknownProviders(catalog: Catalog): void {
  const unknown = catalog.channels.find((channel) => !Object.hasOwn(adapterCatalog, channel.provider));
  if (unknown === undefined) return;
  const known = Object.keys(adapterCatalog).join(', ');
  throw new AppError(
    'invalid_field',
    `Channel ${unknown.id} names the provider ${unknown.provider}; there are ${known}.`,
    {
      param: 'channels',
    },
  );
}

function pricesOf(catalog: Catalog): RpcRequest<typeof applyPrices>['prices'] {
  return [
    ...catalog.models.map((model) => ({ priceList: defaultPriceList, model: model.id, price: model.price })),
    ...catalog.priceOverrides,
  ];
}
