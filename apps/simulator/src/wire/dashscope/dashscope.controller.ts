import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { DashscopeRefusal } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { createdOf, unknownOf, viewOf } from './view.js';

/** Wan and HappyHorse on Alibaba Model Studio. */
@Controller('dashscope/api/v1')
export class DashscopeController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('services/aigc/:service/video-synthesis')
  @HttpCode(200)
  async create(
    @Headers('authorization') key: string | undefined,
    @Headers('x-dashscope-async') isAsync: string | undefined,
    @Param('service') service: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    if (isAsync !== 'enable') {
      throw new DashscopeRefusal(403, 'AccessDenied', 'current user api does not support synchronous calls.');
    }
    const order = orderOf(parseInput(createBody, body), service, account, this.origins.of(request));
    return createdOf(await this.upstream.submit(randomUUID(), order), randomUUID());
  }

  @Get('tasks/:id')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    const account = this.accounts.authorize(key);
    try {
      return viewOf(await this.upstream.look('dashscope', account, id), randomUUID());
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'not_found') return unknownOf(id, randomUUID());
      throw error;
    }
  }

  /** Only while it waits. */
  @Post('tasks/:id/cancel')
  @HttpCode(200)
  cancel(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    const seen = this.upstream.get('dashscope', this.accounts.authorize(key), id);
    if (seen.state.phase !== 'queued') {
      throw new Refusal('conflict', 'Failed to cancel the task, please confirm if the task is in PENDING status.');
    }
    this.upstream.cancel(seen);
    return { request_id: randomUUID() };
  }
}
