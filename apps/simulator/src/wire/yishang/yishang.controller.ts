import { randomUUID } from 'node:crypto';
import { Controller, Get, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { readBody } from '../../http/form.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Upstream } from '../../upstream.js';
import { createBody, orderOf } from './schema.js';
import { acceptedOf, viewOf } from './view.js';

/** Yishang Cloud: `/v1/videos` in words of its own. */
@Controller('yishang/v1/videos')
export class YishangController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post()
  @HttpCode(200)
  async create(
    @Headers('authorization') key: string | undefined,
    @Headers('x-client-request-id') requestId: string | undefined,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const body = parseInput(createBody, await readBody(request));
    const order = orderOf(body, account, this.origins.of(request), requestId);
    return acceptedOf(await this.upstream.submit(`task_${randomUUID().replaceAll('-', '')}`, order));
  }

  @Get(':id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('yishang', this.accounts.authorize(key), id));
  }
}
