import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  getAccountSecret,
  listDeliveries,
  listDeliveryAttempts,
  redeliver,
  rotateAccountSecret,
} from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { deliveriesQuery, deliveryOperations, revealQuery, rotateBody } from './operations.js';
import { fromAttempt, fromDelivery } from './webhook-view.js';

const timeoutMs = 5_000;

/** What was sent, and the secret that signs the deliveries of a task's own `callback_url`. */
@Controller('/api/webhooks')
@RequireScope('webhooks:manage')
export class DeliveryController {
  constructor(private readonly rpc: RpcClient) {}

  @Get('/deliveries')
  @Describe(deliveryOperations.list)
  async list(
    @Query({ schema: deliveriesQuery }) query: z.output<typeof deliveriesQuery>,
    @CallerOf() { accountId }: Caller,
  ) {
    const { endpoint_id: endpointId, task_id: taskId, ...rest } = query;
    const request = { ...rest, endpointId, taskId, accountId };
    const { deliveries, hasMore } = await this.rpc.call(listDeliveries, request, { timeoutMs });
    return {
      object: 'list',
      data: deliveries.map(fromDelivery),
      last_id: deliveries.at(-1)?.id ?? null,
      has_more: hasMore,
    };
  }

  @Get('/deliveries/:id/attempts')
  @Describe(deliveryOperations.attempts)
  async attempts(@Param('id') deliveryId: string, @CallerOf() { accountId }: Caller) {
    const { attempts } = await this.rpc.call(listDeliveryAttempts, { accountId, deliveryId }, { timeoutMs });
    return { object: 'list', data: attempts.map(fromAttempt) };
  }

  /** Once more, now, with the same `webhook-id`: a receiver that had it already can tell. */
  @Post('/deliveries/:id/redeliver')
  @Describe(deliveryOperations.redeliver)
  @HttpCode(200)
  async redeliver(@Param('id') deliveryId: string, @CallerOf() { accountId }: Caller) {
    return fromDelivery((await this.rpc.call(redeliver, { accountId, deliveryId }, { timeoutMs })).delivery);
  }

  /** The hint, or with `?reveal=true` the secret itself. */
  @Get('/secret')
  @Describe(deliveryOperations.secret)
  secret(@Query({ schema: revealQuery }) query: z.output<typeof revealQuery>, @CallerOf() { accountId }: Caller) {
    return this.rpc.call(getAccountSecret, { accountId, reveal: query.reveal }, { timeoutMs });
  }

  @Post('/secret/rotate')
  @Describe(deliveryOperations.rotate)
  @HttpCode(200)
  rotate(
    @Body({ schema: rotateBody }) { overlap_seconds: overlapSeconds }: z.output<typeof rotateBody>,
    @CallerOf() { accountId }: Caller,
  ) {
    return this.rpc.call(rotateAccountSecret, { accountId, overlapSeconds }, { timeoutMs });
  }
}
