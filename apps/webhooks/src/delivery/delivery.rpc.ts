import { Controller } from '@nestjs/common';
import {
  AppError,
  listDeliveries,
  listDeliveryAttempts,
  redeliver,
  type RpcRequest,
  type RpcResponse,
} from '@videoapi/contracts';
import { inTransaction } from '@videoapi/database';
import { HandleRpc } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { lockRing } from './ring.js';
import { Bell } from './bell.js';
import { attemptsOf, deliveryPage, findDelivery, findRepeatable, makeDue } from './delivery.store.js';

@Controller()
export class DeliveryRpc {
  constructor(
    private readonly source: DataSource,
    private readonly bell: Bell,
  ) {}

  @HandleRpc(listDeliveries)
  async list(query: RpcRequest<typeof listDeliveries>): Promise<RpcResponse<typeof listDeliveries>> {
    const page = await deliveryPage(this.source, query);
    return { deliveries: page.slice(0, query.limit), hasMore: page.length > query.limit };
  }

  @HandleRpc(listDeliveryAttempts)
  async attempts(request: RpcRequest<typeof listDeliveryAttempts>): Promise<RpcResponse<typeof listDeliveryAttempts>> {
    const { accountId, deliveryId } = request;
    if ((await findDelivery(this.source, accountId, deliveryId)) === undefined) throw notFound();
    const attempts = await attemptsOf(this.source, accountId, deliveryId);
    return { attempts: attempts.map((row) => ({ ...row, startedAt: row.startedAt.toISOString() })) };
  }

  @HandleRpc(redeliver)
  async redeliver(request: RpcRequest<typeof redeliver>): Promise<RpcResponse<typeof redeliver>> {
    const { accountId, deliveryId } = request;
    const delivery = await inTransaction(this.source, async (tx) => {
      const found = await findRepeatable(tx, accountId, deliveryId);
      if (found === undefined) throw notFound();
      if (!found.hasBody) throw new AppError('conflict', 'The event is too old: its body is no longer kept.');
      await lockRing(tx, [found.endpointId]);
      const current = await findRepeatable(tx, accountId, deliveryId);
      if (current?.isOpen !== true) throw new AppError('conflict', 'The endpoint is disabled: enable it first.');
      await makeDue(tx, deliveryId);
      return findDelivery(tx, accountId, deliveryId);
    });
    if (delivery === undefined) throw notFound();
    this.bell.ring();
    return { delivery };
  }
}

function notFound(): AppError {
  return new AppError('not_found', 'There is no such delivery.');
}
