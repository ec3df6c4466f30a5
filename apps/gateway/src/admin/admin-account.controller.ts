import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type z } from 'zod';
import { Accounts } from '../account/accounts.js';
import { ApiKeys } from '../api-key/api-keys.js';
import { type Caller } from '../api-key/caller.js';
import { changeKeyBody, createKeyBody, fromKey, toKeyChange, toKeyRequest } from '../api-key/key-view.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { fromAccount } from './admin-view.js';
import { accountOperations, accountsQuery, createAccountBody } from './operations.js';

@Controller('/api/admin/accounts')
@RequireScope('admin')
export class AdminAccountController {
  constructor(
    private readonly accounts: Accounts,
    private readonly keys: ApiKeys,
  ) {}

  @Get()
  @Describe(accountOperations.list)
  async list(@Query({ schema: accountsQuery }) query: z.output<typeof accountsQuery>) {
    const rows = await this.accounts.list(query.limit + 1, query.after);
    const data = rows.slice(0, query.limit).map(fromAccount);
    return { object: 'list', data, last_id: data.at(-1)?.id ?? null, has_more: rows.length > query.limit };
  }

  @Get('/:id')
  @Describe(accountOperations.get)
  async get(@Param('id') id: string) {
    return fromAccount(await this.accounts.get(id));
  }

  @Post()
  @Describe(accountOperations.create)
  @HttpCode(201)
  async create(
    @Body({ schema: createAccountBody }) body: z.output<typeof createAccountBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    const limits = {
      requestsPerMinute: body.requests_per_minute,
      maxQueued: body.max_queued,
      maxConcurrent: body.max_concurrent,
    };
    const request = { ...(body.id !== undefined && { id: body.id }), name: body.name, ...limits };
    return fromAccount(await this.accounts.create(request, { caller, requestId: edge.requestId }));
  }

  @Post('/:id/disable')
  @Describe(accountOperations.disable)
  @HttpCode(200)
  async disable(@Param('id') id: string, @CallerOf() caller: Caller, @Req() { edge }: FastifyRequest) {
    return fromAccount(await this.accounts.setStatus(id, 'disabled', { caller, requestId: edge.requestId }));
  }

  @Post('/:id/enable')
  @Describe(accountOperations.enable)
  @HttpCode(200)
  async enable(@Param('id') id: string, @CallerOf() caller: Caller, @Req() { edge }: FastifyRequest) {
    return fromAccount(await this.accounts.setStatus(id, 'active', { caller, requestId: edge.requestId }));
  }

  @Get('/:id/keys')
  @Describe(accountOperations.listKeys)
  async listKeys(@Param('id') id: string) {
    await this.accounts.get(id);
    return { object: 'list', data: (await this.keys.list(id)).map((row) => fromKey(row)) };
  }

  @Post('/:id/keys')
  @Describe(accountOperations.createKey)
  @HttpCode(201)
  async createKey(
    @Param('id') id: string,
    @Body({ schema: createKeyBody }) body: z.output<typeof createKeyBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    const { row, text } = await this.keys.create(id, toKeyRequest(body), { caller, requestId: edge.requestId });
    return { ...fromKey(row), key: text };
  }

  @Patch('/:id/keys/:keyId')
  @Describe(accountOperations.changeKey)
  async changeKey(
    @Param('id') id: string,
    @Param('keyId') keyId: string,
    @Body({ schema: changeKeyBody }) body: z.output<typeof changeKeyBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    return fromKey(await this.keys.change(id, keyId, toKeyChange(body), { caller, requestId: edge.requestId }));
  }

  @Delete('/:id/keys/:keyId')
  @Describe(accountOperations.revokeKey)
  async revokeKey(
    @Param('id') id: string,
    @Param('keyId') keyId: string,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    return fromKey(await this.keys.revoke(id, keyId, { caller, requestId: edge.requestId }));
  }
}
