import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type Sighting } from '../wire.js';
import { accountOf } from './auth.js';
import { isKind, type Kind, legacyBodies, listQuery, orderOfLegacy } from './legacy-schema.js';
import { newId, ownId } from './task-id.js';
import { createdView, enveloped, legacyViewOf } from './view.js';

/** Kling's legacy generation: one path for each kind of task, an API key or a signed token. */
@Controller('kling/v1/videos')
export class KlingLegacyController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post(':kind')
  @HttpCode(200)
  async create(@Req() request: FastifyRequest, @Param('kind') kind: string, @Body() body: unknown) {
    const account = accountOf(this.accounts, request.headers.authorization, Date.now());
    const known = kindOf(kind);
    const caller = { account, origin: this.origins.of(request) };
    const order = orderOfLegacy(known, parseInput(legacyBodies[known], body), caller);
    return enveloped(createdView(await this.upstream.submit(newId(Date.now()), order)), randomUUID());
  }

  /** By the task's id, or by the caller's own. */
  @Get(':kind/:id')
  async look(@Headers('authorization') key: string | undefined, @Param('kind') kind: string, @Param('id') id: string) {
    const account = accountOf(this.accounts, key, Date.now());
    const known = kindOf(kind);
    const seen = await this.upstream.look('kling', account, ownId.test(id) ? id : this.named(account, known, id));
    if (!isOf(known, seen)) throw new Refusal('not_found', 'Task not found');
    return enveloped(legacyViewOf(seen), randomUUID());
  }

  @Get(':kind')
  list(@Headers('authorization') key: string | undefined, @Param('kind') kind: string, @Query() query: unknown) {
    const account = accountOf(this.accounts, key, Date.now());
    const known = kindOf(kind);
    const { pageNum, pageSize } = parseInput(listQuery, query);
    const seen = this.upstream.list('kling', account).filter((one) => isOf(known, one));
    const page = seen.slice((pageNum - 1) * pageSize, pageNum * pageSize);
    return enveloped(
      page.map((one) => legacyViewOf(one)),
      randomUUID(),
    );
  }

  private named(account: string, kind: Kind, externalId: string): string {
    const seen = this.upstream.withReference('kling', account, externalId);
    const found = seen.find((one) => one.render.order.echo.externalId === externalId && isOf(kind, one));
    if (found === undefined) throw new Refusal('not_found', 'Task not found');
    return found.render.id;
  }
}

function kindOf(kind: string): Kind {
  if (!isKind(kind)) throw new Refusal('model_not_found', `resource ${kind} not found`);
  return kind;
}

function isOf(kind: Kind, { render }: Pick<Sighting, 'render'>): boolean {
  return render.order.echo.kind === kind;
}
