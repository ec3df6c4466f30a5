import { Body, Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { applyCatalog, type Catalog, catalog } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { type z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { fromAudit } from './admin-view.js';
import { listAudit, writeAudit } from './audit.js';
import { auditQuery, platformOperations } from './operations.js';

@Controller('/api/admin')
@RequireScope('admin')
export class AdminPlatformController {
  constructor(
    private readonly source: DataSource,
    private readonly rpc: RpcClient,
  ) {}

  /** The whole catalogue at once: models, channels, routes and prices. */
  @Post('/catalog')
  @Describe(platformOperations.applyCatalog)
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
  @Describe(platformOperations.audit)
  async audit(@Query({ schema: auditQuery }) query: z.output<typeof auditQuery>) {
    const { account_id: accountId, before, limit } = query;
    const rows = await listAudit(this.source, { accountId, before, limit: limit + 1 });
    return fromAudit(rows.slice(0, limit), rows.length > limit);
  }
}
