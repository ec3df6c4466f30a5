import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Order } from '../../engine/render.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Upstream } from '../../upstream.js';
import { type Caller, derivedOrderOf, editBody, extensionBody, generationBody, orderOf } from './schema.js';
import { replyOf } from './view.js';

/** Grok Imagine on xAI's API. No list, no cancel, no callbacks. */
@Controller('xai/v1/videos')
export class XaiController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('generations')
  @HttpCode(200)
  generate(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    return this.submit(orderOf(parseInput(generationBody, body), caller));
  }

  @Post('edits')
  @HttpCode(200)
  edit(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    return this.submit(derivedOrderOf(parseInput(editBody, body), caller));
  }

  @Post('extensions')
  @HttpCode(200)
  extend(@Req() request: FastifyRequest, @Body() body: unknown) {
    const caller = this.callerOf(request);
    return this.submit(derivedOrderOf(parseInput(extensionBody, body), caller));
  }

  @Get(':id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string, @Res() reply: FastifyReply) {
    const { status, body } = replyOf(await this.upstream.look('xai', this.accounts.authorize(key), id));
    await reply.status(status).send(body);
  }

  private async submit(order: Order) {
    const { render } = await this.upstream.submit(randomUUID(), order);
    return { request_id: render.id };
  }

  private callerOf(request: FastifyRequest): Caller {
    return {
      account: this.accounts.authorize(request.headers.authorization),
      origin: this.origins.of(request),
    };
  }
}
