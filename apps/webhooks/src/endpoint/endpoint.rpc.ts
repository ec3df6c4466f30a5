import { Controller } from '@nestjs/common';
import {
  AppError,
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  listEndpoints,
  type RpcRequest,
  type RpcResponse,
  rotateEndpointSecret,
  updateEndpoint,
} from '@videoapi/contracts';
import { inTransaction } from '@videoapi/database';
import { HandleRpc } from '@videoapi/messaging';
import { SafeFetch, UnsafeUrlError } from '@videoapi/safe-fetch';
import { DataSource } from 'typeorm';
import { discardPending } from '../delivery/finish.store.js';
import { lockRing } from '../delivery/ring.js';
import { newId } from '../id.js';
import { Keys } from '../signing/keys.js';
import { secretOf } from '../signing/secret.js';
import {
  deleteOwn,
  type EndpointRow,
  findOwn,
  forgetHealth,
  insertEndpoint,
  listOwn,
  updateOwn,
} from './endpoint.store.js';

/** Of one account. */
const mostEndpoints = 50;

@Controller()
export class EndpointRpc {
  constructor(
    private readonly source: DataSource,
    private readonly keys: Keys,
    private readonly safeFetch: SafeFetch,
  ) {}

  @HandleRpc(createEndpoint)
  async create(request: RpcRequest<typeof createEndpoint>): Promise<RpcResponse<typeof createEndpoint>> {
    const { accountId, eventTypes = [], description = '' } = request;
    const row = { id: newId('ep'), accountId, url: this.checked(request.url), eventTypes, description };
    return inTransaction(this.source, async (tx) => {
      const inserted = await insertEndpoint(tx, row, mostEndpoints);
      if (inserted === undefined) throw new AppError('conflict', `An account has at most ${mostEndpoints} endpoints.`);
      const key = await this.keys.rotate({ ownerId: row.id, accountId }, 0, tx);
      return { endpoint: shown(inserted), secret: secretOf(key) };
    });
  }

  @HandleRpc(listEndpoints)
  async list({ accountId }: RpcRequest<typeof listEndpoints>): Promise<RpcResponse<typeof listEndpoints>> {
    return { endpoints: (await listOwn(this.source, accountId)).map(shown) };
  }

  @HandleRpc(updateEndpoint)
  async update(request: RpcRequest<typeof updateEndpoint>): Promise<RpcResponse<typeof updateEndpoint>> {
    const { accountId, endpointId, eventTypes, description, state } = request;
    const url = request.url === undefined ? undefined : this.checked(request.url);
    return inTransaction(this.source, async (tx) => {
      if ((await findOwn(tx, accountId, endpointId)) === undefined) throw notFound();
      await lockRing(tx, [endpointId]);
      const row = await updateOwn(tx, { accountId, endpointId }, { url, eventTypes, description, state });
      if (row === undefined) throw notFound();
      if (url !== undefined || state === 'enabled') await forgetHealth(tx, endpointId);
      if (state === 'disabled') await discardPending(tx, endpointId, 'endpoint_disabled');
      return { endpoint: shown(row) };
    });
  }

  @HandleRpc(deleteEndpoint)
  async delete(request: RpcRequest<typeof deleteEndpoint>): Promise<RpcResponse<typeof deleteEndpoint>> {
    const { accountId, endpointId } = request;
    return inTransaction(this.source, async (tx) => {
      if ((await findOwn(tx, accountId, endpointId)) === undefined) throw notFound();
      await lockRing(tx, [endpointId]);
      if (!(await deleteOwn(tx, accountId, endpointId))) throw notFound();
      await discardPending(tx, endpointId, 'endpoint_deleted');
      await this.keys.remove(tx, endpointId);
      return { deleted: true as const };
    });
  }

  @HandleRpc(rotateEndpointSecret)
  async rotate(request: RpcRequest<typeof rotateEndpointSecret>): Promise<RpcResponse<typeof rotateEndpointSecret>> {
    const { accountId, endpointId, overlapSeconds } = request;
    return inTransaction(this.source, async (tx) => {
      if ((await findOwn(tx, accountId, endpointId)) === undefined) throw notFound();
      return { secret: secretOf(await this.keys.rotate({ ownerId: endpointId, accountId }, overlapSeconds, tx)) };
    });
  }

  /** The same rules that hold when it is called, so that a mistake shows while somebody is there to see it. */
  private checked(url: string): string {
    try {
      return this.safeFetch.check(url).href;
    } catch (error) {
      if (!(error instanceof UnsafeUrlError)) throw error;
      throw new AppError('invalid_field', error.message, { param: 'url', details: { reason: error.code } });
    }
  }
}

function shown({ createdAt, lastSuccessAt, ...row }: EndpointRow): Endpoint {
  const { id, url, eventTypes, description, state, disabledReason } = row;
  const times = { createdAt: createdAt.toISOString(), lastSuccessAt: lastSuccessAt?.toISOString() ?? null };
  return { id, url, eventTypes, description, state, disabledReason, ...times };
}

function notFound(): AppError {
  return new AppError('not_found', 'There is no such endpoint.');
}
