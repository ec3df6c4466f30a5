import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type Way } from './models.js';
import { bodies, cancelBody, listQuery, orderOf } from './schema.js';
import { taskId } from './task-id.js';
import { createdOf, listOf, viewOf } from './view.js';

/** Vidu's API; `Authorization: Token <key>`. */
@Controller('vidu/ent/v2')
export class ViduController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('text2video')
  @HttpCode(200)
  fromText(@Req() request: FastifyRequest) {
    return this.create('text2video', request);
  }

  @Post('img2video')
  @HttpCode(200)
  fromImage(@Req() request: FastifyRequest) {
    return this.create('img2video', request);
  }

  @Post('start-end2video')
  @HttpCode(200)
  fromFrames(@Req() request: FastifyRequest) {
    return this.create('start-end2video', request);
  }

  @Post('reference2video')
  @HttpCode(200)
  fromReferences(@Req() request: FastifyRequest) {
    return this.create('reference2video', request);
  }

  @Get('tasks/:id/creations')
  async look(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return viewOf(await this.upstream.look('vidu', this.accountOf(key), id));
  }

  @Get('tasks')
  list(@Headers('authorization') key: string | undefined, @Query() query: unknown) {
    const account = this.accountOf(key);
    return listOf(this.upstream.list('vidu', account), parseInput(listQuery, query));
  }

  /** While it waits; what is scheduled already goes on. */
  @Post('tasks/:id/cancel')
  @HttpCode(200)
  cancel(@Headers('authorization') key: string | undefined, @Param('id') id: string, @Body() body: unknown) {
    const seen = this.upstream.get('vidu', this.accountOf(key), id);
    if (parseInput(cancelBody, body).id !== id) throw new Refusal('invalid', 'id is invalid', { param: 'id' });
    const { phase } = seen.state;
    if (phase !== 'queued') {
      const state = phase === 'running' ? 'scheduled' : phase;
      throw new Refusal('conflict', `task state is ${state}, can not cancel`);
    }
    this.upstream.cancel(seen);
    return {};
  }

  @Get('credits')
  credits(@Headers('authorization') key: string | undefined) {
    this.accountOf(key);
    return { remains: [{ type: 'metered', credit_remain: 10_000, concurrency_limit: 5, current_concurrency: 0 }] };
  }

  private async create(way: Way, request: FastifyRequest) {
    const account = this.accountOf(request.headers.authorization);
    const order = orderOf(way, parseInput(bodies[way], request.body), account, this.origins.of(request));
    return createdOf(await this.upstream.submit(taskId(), order));
  }

  /** `Token`, and nothing else: a bearer key is no key here. */
  private accountOf(header: string | undefined): string {
    const key = /^Token +(\S+)$/.exec(header ?? '')?.[1];
    return this.accounts.authorize(key === undefined ? undefined : `Bearer ${key}`);
  }
}
