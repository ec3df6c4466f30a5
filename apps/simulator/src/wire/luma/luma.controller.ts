import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Upstream } from '../../upstream.js';
import { createBody, orderOf } from './schema.js';
import { viewOf } from './view.js';

/** Luma's Agents API. No list, no cancel, no callbacks. */
@Controller('luma/v1/generations')
export class LumaController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  /** 201. */
  @Post()
  async create(
    @Headers('authorization') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const caller = { account: this.accounts.authorize(key), origin: this.origins.of(request) };
    return viewOf(await this.upstream.submit(randomUUID(), orderOf(parseInput(createBody, body), caller)));
  }

  @Get(':id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('luma', this.accounts.authorize(key), id));
  }
}
