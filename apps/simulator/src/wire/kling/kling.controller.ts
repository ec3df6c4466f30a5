import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type Sighting } from '../wire.js';
import { accountOfKey } from './auth.js';
import { type Operation } from './models.js';
import { createBodies, orderOfCreate, tasksQuery } from './schema.js';
import { newId } from './task-id.js';
import { createdView, enveloped, isLegacy, viewOf } from './view.js';

/** Kling's new generation: the model stands in the path. */
@Controller('kling')
export class KlingController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('text-to-video/:model')
  @HttpCode(200)
  fromText(@Req() request: FastifyRequest, @Param('model') model: string, @Body() body: unknown) {
    return this.create('text-to-video', request, model, body);
  }

  @Post('image-to-video/:model')
  @HttpCode(200)
  fromImage(@Req() request: FastifyRequest, @Param('model') model: string, @Body() body: unknown) {
    return this.create('image-to-video', request, model, body);
  }

  @Post('omni-video/:model')
  @HttpCode(200)
  fromAnything(@Req() request: FastifyRequest, @Param('model') model: string, @Body() body: unknown) {
    return this.create('omni-video', request, model, body);
  }

  /** By ids or by the caller's own ids; what is not there is left out. */
  @Get('tasks')
  async look(@Headers('authorization') key: string | undefined, @Query() input: unknown) {
    const account = accountOfKey(this.accounts, key);
    const { task_ids: ids, external_task_ids: references } = parseInput(tasksQuery, input);
    if ((ids === undefined) === (references === undefined)) {
      throw new Refusal('invalid', 'task_ids or external_task_ids is required');
    }
    const seen =
      ids !== undefined
        ? await this.upstream.lookAtAll('kling', account, ids.split(','))
        : (references ?? '').split(',').flatMap((reference) => this.of(account, reference));
    return enveloped(seen.filter((one) => !isLegacy(one)).map(viewOf), randomUUID());
  }

  private async create(operation: Operation, request: FastifyRequest, model: string, body: unknown) {
    const account = accountOfKey(this.accounts, request.headers.authorization);
    const caller = { account, origin: this.origins.of(request) };
    const order = orderOfCreate(operation, model, parseInput(createBodies[operation], body), caller);
    return enveloped(createdView(await this.upstream.submit(newId(Date.now()), order)), randomUUID());
  }

  private of(account: string, reference: string): Sighting[] {
    const seen = this.upstream.withReference('kling', account, reference);
    return seen.filter(({ render }) => render.order.echo.externalId === reference);
  }
}
