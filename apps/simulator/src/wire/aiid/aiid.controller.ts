import { randomUUID } from 'node:crypto';
import { Controller, Get, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Downloads } from '../../files/downloads.js';
import { Accounts } from '../../http/accounts.js';
import { readBody } from '../../http/form.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Upstream } from '../../upstream.js';
import { createBody, orderOf } from './schema.js';
import { viewOf } from './view.js';

/** A reseller that calls itself OpenAI-compatible. */
@Controller('aiid/v1/videos')
export class AiidController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
    private readonly downloads: Downloads,
  ) {}

  @Post()
  @HttpCode(200)
  async create(
    @Headers('authorization') key: string | undefined,
    @Headers('x-client-request-id') requestId: string | undefined,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const order = orderOf(
      parseInput(createBody, await readBody(request)),
      account,
      this.origins.of(request),
      requestId,
    );
    return viewOf(await this.upstream.submit(`video_${randomUUID().replaceAll('-', '')}`, order));
  }

  @Get(':id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('aiid', this.accounts.authorize(key), id));
  }

  @Get(':id/content')
  async content(
    @Headers('authorization') key: string | undefined,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const { render } = this.upstream.get('aiid', this.accounts.authorize(key), id);
    await this.downloads.send(render, 'video', request, reply);
  }
}
