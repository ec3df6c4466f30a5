import { Controller } from '@nestjs/common';
import { estimateTask, quotePrice, type RpcRequest, type RpcResponse } from '@videoapi/contracts';
import { HandleRpc, RpcClient } from '@videoapi/messaging';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { priceParamsOf } from './price-params.js';
import { checkProviderOptions } from './provider-option.js';
import { resolveRequest } from './resolve.js';
import { usableModel } from './usable-model.js';

const quoteTimeoutMs = 2000;

/** Everything that a submit would check and price, without a trace. Assets are not fetched. */
@Controller()
export class EstimateRpc {
  constructor(
    private readonly snapshots: CatalogSnapshots,
    private readonly rpc: RpcClient,
  ) {}

  @HandleRpc(estimateTask)
  async estimate({
    accountId,
    mode,
    request,
  }: RpcRequest<typeof estimateTask>): Promise<RpcResponse<typeof estimateTask>> {
    const snapshot = this.snapshots.current();
    const { model, routes } = usableModel(snapshot, request.model, mode);
    const resolved = resolveRequest(request, model);
    checkProviderOptions(request, snapshot.routesOf(model.id, 'live'));
    const params = priceParamsOf(resolved, model);
    const { quote } = await this.rpc.call(
      quotePrice,
      { accountId, model: model.id, params },
      { timeoutMs: quoteTimeoutMs },
    );
    return {
      credits: mode === 'test' ? '0' : quote.credits,
      billing: model.price,
      routeCandidates: routes.map((route) => route.channelId),
    };
  }
}
