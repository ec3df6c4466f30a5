import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { createBody, listQuery, orderOf } from './schema.js';
import { taskId } from './task-id.js';
import { listOf, viewOf } from './view.js';

/** Seedance on Volcengine Ark and BytePlus ModelArk. */
@Controller('ark/api/v3/contents/generations/tasks')
export class ArkController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post()
  @HttpCode(200)
  async create(
    @Headers('authorization') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const order = orderOf(parseInput(createBody, body), account, this.origins.of(request));
    const { render } = await this.upstream.submit(taskId(Date.now()), order);
    return { id: render.id };
  }

  @Get(':id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('ark', this.accounts.authorize(key), id));
  }

  @Get()
  async list(@Headers('authorization') key: string | undefined, @Query() input: unknown) {
    const account = this.accounts.authorize(key);
    const query = parseInput(listQuery, input);
    const ids = query['filter.task_ids'];
    const seen =
      ids === undefined ? this.upstream.list('ark', account) : await this.upstream.lookAtAll('ark', account, ids);
    return listOf(seen, query);
  }

  /** Cancels while queued, removes the record once ended. */
  @Delete(':id')
  remove(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    const seen = this.upstream.get('ark', this.accounts.authorize(key), id);
    const { phase } = seen.state;
    if (phase === 'running')
      throw new Refusal('conflict', `Cannot delete task \`${id}\` because it is currently running.`);
    if (phase === 'cancelled') throw new Refusal('conflict', `Cannot delete task \`${id}\` because it is cancelled.`);
    if (phase === 'queued') this.upstream.cancel(seen);
    else this.upstream.remove(seen);
    return {};
  }
}
