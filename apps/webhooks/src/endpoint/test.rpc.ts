import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { AppError, type RpcRequest, type RpcResponse, testEndpoint } from '@videoapi/contracts';
import { inTransaction } from '@videoapi/database';
import { HandleRpc } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { type Leased } from '../delivery/claim.js';
import { Deliverer } from '../delivery/deliverer.js';
import { insertLeased } from '../delivery/lease.js';
import { errorOf, isSuccess } from '../delivery/outcome.js';
import { accountHappening } from '../event/event.js';
import { lockRing } from '../delivery/ring.js';
import { newId, newUuid } from '../id.js';
import { Keys } from '../signing/keys.js';
import { type EndpointRow, findOwn, forgetHealth, updateOwn } from './endpoint.store.js';

/** `webhook.test`: sent now, once, past every queue; also to a disabled endpoint, which a success enables again. */
@Controller()
export class TestRpc {
  constructor(
    private readonly source: DataSource,
    private readonly keys: Keys,
    private readonly deliverer: Deliverer,
  ) {}

  @HandleRpc(testEndpoint)
  async test({ accountId, endpointId }: RpcRequest<typeof testEndpoint>): Promise<RpcResponse<typeof testEndpoint>> {
    const endpoint = await findOwn(this.source, accountId, endpointId);
    if (endpoint === undefined) throw new AppError('not_found', 'There is no such endpoint.');
    const token = newUuid();
    const delivery = await this.lease(endpoint, token);
    const keys = (await this.keys.of([endpointId])).get(endpointId) ?? [];
    const attempted = await this.deliverer.attempt(delivery, keys, new AbortController().signal);
    await this.deliverer.conclude(delivery, token, attempted);
    const { outcome } = attempted;
    if (isSuccess(outcome) && endpoint.state === 'disabled') await this.enable(endpoint);
    const status = outcome.kind === 'answered' ? outcome.status : null;
    return { delivered: isSuccess(outcome), status, error: errorOf(outcome) };
  }

  private lease({ id, accountId, url }: EndpointRow, token: string): Promise<Leased> {
    const happening = accountHappening({
      type: 'webhook.test',
      accountId,
      producerKey: `${id}:test:${randomUUID()}`,
      occurredAt: new Date(),
      data: { endpoint_id: id, message: 'This is a test.' },
    });
    const delivery: Leased = {
      id: newId('dlv'),
      eventId: happening.id,
      endpointId: id,
      accountId,
      type: happening.type,
      url,
      ownerId: id,
      body: happening.body(),
      attempt: 0,
    };
    return inTransaction(this.source, async (tx) => {
      await lockRing(tx, [id]);
      await insertLeased(tx, happening, delivery, token);
      return delivery;
    });
  }

  private enable({ id: endpointId, accountId }: EndpointRow): Promise<void> {
    return inTransaction(this.source, async (tx) => {
      await lockRing(tx, [endpointId]);
      const nothingElse = { url: undefined, eventTypes: undefined, description: undefined };
      await updateOwn(tx, { accountId, endpointId }, { ...nothingElse, state: 'enabled' });
      await forgetHealth(tx, endpointId);
    });
  }
}
