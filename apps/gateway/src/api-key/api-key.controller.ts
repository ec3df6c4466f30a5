import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type z } from 'zod';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { ApiKeys } from './api-keys.js';
import { type Caller } from './caller.js';
import { changeKeyBody, createKeyBody, fromKey, rotateKeyBody, toKeyChange, toKeyRequest } from './key-view.js';
import { operations } from './operations.js';

/** The caller's own keys. */
@Controller('/api/keys')
@RequireScope('keys:manage')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  @Describe(operations.list)
  async list(@CallerOf() { accountId }: Caller) {
    const rows = await this.keys.list(accountId);
    return { object: 'list', data: rows.map((row) => fromKey(row)) };
  }

  /** The answer is the only place where the key is ever shown. */
  @Post()
  @Describe(operations.create)
  @HttpCode(201)
  async create(
    @Body({ schema: createKeyBody }) body: z.output<typeof createKeyBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    const actor = { caller, requestId: edge.requestId };
    const { row, text } = await this.keys.create(caller.accountId, toKeyRequest(body), actor);
    return { ...fromKey(row), key: text };
  }

  @Patch('/:id')
  @Describe(operations.change)
  async change(
    @Param('id') id: string,
    @Body({ schema: changeKeyBody }) body: z.output<typeof changeKeyBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    const actor = { caller, requestId: edge.requestId };
    return fromKey(await this.keys.change(caller.accountId, id, toKeyChange(body), actor));
  }

  @Post('/:id/rotate')
  @Describe(operations.rotate)
  @HttpCode(201)
  async rotate(
    @Param('id') id: string,
    @Body({ schema: rotateKeyBody }) body: z.output<typeof rotateKeyBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    const actor = { caller, requestId: edge.requestId };
    const { row, text } = await this.keys.rotate(caller.accountId, id, body.overlap_seconds, actor);
    return { ...fromKey(row), key: text };
  }

  @Delete('/:id')
  @Describe(operations.revoke)
  async revoke(@Param('id') id: string, @CallerOf() caller: Caller, @Req() { edge }: FastifyRequest) {
    return fromKey(await this.keys.revoke(caller.accountId, id, { caller, requestId: edge.requestId }));
  }
}
