import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  getAccountSecret,
  listDeliveries,
  listDeliveryAttempts,
  redeliver,
  rotateAccountSecret,
} from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { rotateBody } from './endpoint.controller.js';
import { fromAttempt, fromDelivery } from './webhook-view.js';

const timeoutMs = 5_000;
const page = z.object({
  endpoint_id: z.string().max(64).optional(),
  task_id: z.string().max(64).optional(),
  state: z.enum(['pending', 'delivered', 'exhausted', 'discarded']).optional(),
  type: z.string().max(64).optional(),
  after: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const reveal = z.object({ reveal: z.stringbool().default(false) });

/** What was sent, and the secret that signs the deliveries of a task's own `callback_url`. */
@Controller('/api/webhooks')
@RequireScope('webhooks:manage')
export class DeliveryController {
  constructor(private readonly rpc: RpcClient) {}

  @Get('/deliveries')
  async list(@Query({ schema: page }) query: z.output<typeof page>, @CallerOf() { accountId }: Caller) {
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
  async attempts(@Param('id') deliveryId: string, @CallerOf() { accountId }: Caller) {
    const { attempts } = await this.rpc.call(listDeliveryAttempts, { accountId, deliveryId }, { timeoutMs });
    return { object: 'list', data: attempts.map(fromAttempt) };
  }

  /** Once more, now, with the same `webhook-id`: a receiver that had it already can tell. */
  @Post('/deliveries/:id/redeliver')
  @HttpCode(200)
  async redeliver(@Param('id') deliveryId: string, @CallerOf() { accountId }: Caller) {
    return fromDelivery((await this.rpc.call(redeliver, { accountId, deliveryId }, { timeoutMs })).delivery);
  }

  /** The hint, or with `?reveal=true` the secret itself. */
  @Get('/secret')
  secret(@Query({ schema: reveal }) query: z.output<typeof reveal>, @CallerOf() { accountId }: Caller) {
    return this.rpc.call(getAccountSecret, { accountId, reveal: query.reveal }, { timeoutMs });
  }

  @Post('/secret/rotate')
  @HttpCode(200)
  rotate(
    @Body({ schema: rotateBody }) { overlap_seconds: overlapSeconds }: z.output<typeof rotateBody>,
    @CallerOf() { accountId }: Caller,
  ) {
    return this.rpc.call(rotateAccountSecret, { accountId, overlapSeconds }, { timeoutMs });
  }
}
