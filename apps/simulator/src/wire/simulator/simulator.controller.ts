import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Upstream } from '../../upstream.js';
import { listQuery, orderOf, submitBody } from './schema.js';
import { viewOf } from './view.js';

/** The sandbox's own format: small, clean JSON. */
@Controller('simulator/v1/videos')
export class SimulatorController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post()
  async submit(
    @Headers('authorization') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const order = orderOf(parseInput(submitBody, body), account, this.origins.of(request));
    return viewOf(await this.upstream.submit(`sim_${randomUUID().replaceAll('-', '')}`, order));
  }

  @Get(':id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('simulator', this.accounts.authorize(key), id));
  }

  /** By reference, by ids (a batch of polls), or the latest. */
  @Get()
  async list(@Headers('authorization') key: string | undefined, @Query() query: unknown) {
    const account = this.accounts.authorize(key);
    const { reference, id, limit } = parseInput(listQuery, query);
    if (id !== undefined)
      return { videos: (await this.upstream.lookAtAll('simulator', account, [id].flat())).map(viewOf) };
    const found =
      reference === undefined
        ? this.upstream.list('simulator', account)
        : this.upstream.withReference('simulator', account, reference);
    return { videos: found.slice(0, limit).map(viewOf) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    const account = this.accounts.authorize(key);
    return viewOf(this.upstream.cancel(this.upstream.get('simulator', account, id)));
  }
}
