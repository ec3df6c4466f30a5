import { Body, Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { applyCatalog, type Catalog, catalog } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { listAudit, writeAudit } from './audit.js';

const auditPage = z.object({
  account_id: z.string().max(64).optional(),
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

@Controller('/api/admin')
@RequireScope('admin')
export class AdminPlatformController {
  constructor(
    private readonly source: DataSource,
    private readonly rpc: RpcClient,
  ) {}

  /** The whole catalogue at once: models, channels, routes and prices. */
  @Post('/catalog')
  @HttpCode(200)
  async apply(@Body({ schema: catalog }) body: Catalog, @CallerOf() caller: Caller, @Req() { edge }: FastifyRequest) {
    const detail = { models: body.models.length, channels: body.channels.length };
    const entry = { action: 'catalog.apply', accountId: null, target: null, detail };
    await writeAudit(this.source, { actor: caller.keyId, ...entry, requestId: edge.requestId });
    const applied = await this.rpc.call(applyCatalog, { catalog: body }, { timeoutMs: 30_000 });
    return {
      revision: applied.revision,
      models: applied.models,
      channels: applied.channels,
      prices_changed: applied.pricesChanged,
    };
  }

  @Get('/audit')
  async audit(@Query({ schema: auditPage }) query: z.output<typeof auditPage>) {
    const { account_id: accountId, before, limit } = query;
    const rows = await listAudit(this.source, { accountId, before, limit: limit + 1 });
    const data = rows.slice(0, limit);
    return { object: 'list', data, last_id: data.at(-1)?.id ?? null, has_more: rows.length > limit };
  }
}
