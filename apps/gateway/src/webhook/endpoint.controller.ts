import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  AppError,
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  rotateEndpointSecret,
  testEndpoint,
  updateEndpoint,
} from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { createBody, endpointOperations, rotateBody, updateBody } from './operations.js';
import { fromEndpoint } from './webhook-view.js';

const timeoutMs = 5_000;
/** The receiver itself may take its time. */
const testTimeoutMs = 30_000;

/** Where an account's deliveries go. */
@Controller('/api/webhooks/endpoints')
@RequireScope('webhooks:manage')
export class EndpointController {
  constructor(private readonly rpc: RpcClient) {}

  @Get()
  @Describe(endpointOperations.list)
  async list(@CallerOf() { accountId }: Caller) {
    const { endpoints } = await this.rpc.call(listEndpoints, { accountId }, { timeoutMs });
    return { object: 'list', data: endpoints.map(fromEndpoint) };
  }

  @Get('/:id')
  @Describe(endpointOperations.get)
  async get(@Param('id') id: string, @CallerOf() { accountId }: Caller) {
    const { endpoints } = await this.rpc.call(listEndpoints, { accountId }, { timeoutMs });
    const endpoint = endpoints.find((entry) => entry.id === id);
    if (endpoint === undefined) throw new AppError('not_found', 'There is no such endpoint.');
    return fromEndpoint(endpoint);
  }

  /** `secret` verifies the signatures and is shown only here. */
  @Post()
  @Describe(endpointOperations.create)
  @HttpCode(201)
  async create(@Body({ schema: createBody }) body: z.output<typeof createBody>, @CallerOf() { accountId }: Caller) {
    const { event_types: eventTypesAsked, ...rest } = body;
    const request = { ...rest, eventTypes: eventTypesAsked, accountId };
    const { endpoint, secret } = await this.rpc.call(createEndpoint, request, { timeoutMs });
    return { ...fromEndpoint(endpoint), secret };
  }

  @Patch('/:id')
  @Describe(endpointOperations.update)
  async update(
    @Param('id') endpointId: string,
    @Body({ schema: updateBody }) body: z.output<typeof updateBody>,
    @CallerOf() { accountId }: Caller,
  ) {
    const { event_types: eventTypesAsked, ...rest } = body;
    const request = { ...rest, eventTypes: eventTypesAsked, accountId, endpointId };
    return fromEndpoint((await this.rpc.call(updateEndpoint, request, { timeoutMs })).endpoint);
  }

  @Delete('/:id')
  @Describe(endpointOperations.remove)
  async delete(@Param('id') endpointId: string, @CallerOf() { accountId }: Caller) {
    const { deleted } = await this.rpc.call(deleteEndpoint, { accountId, endpointId }, { timeoutMs });
    return { id: endpointId, deleted };
  }

  /** Both secrets sign for `overlap_seconds`. */
  @Post('/:id/rotate_secret')
  @Describe(endpointOperations.rotate)
  @HttpCode(200)
  rotate(
    @Param('id') endpointId: string,
    @Body({ schema: rotateBody }) { overlap_seconds: overlapSeconds }: z.output<typeof rotateBody>,
    @CallerOf() { accountId }: Caller,
  ) {
    return this.rpc.call(rotateEndpointSecret, { accountId, endpointId, overlapSeconds }, { timeoutMs });
  }

  /** Sends `webhook.test` now and says what the receiver answered. */
  @Post('/:id/test')
  @Describe(endpointOperations.test)
  @HttpCode(200)
  test(@Param('id') endpointId: string, @CallerOf() { accountId }: Caller) {
    return this.rpc.call(testEndpoint, { accountId, endpointId }, { timeoutMs: testTimeoutMs });
  }
}
