import { randomUUID } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { isTerminal } from '../../engine/timeline.js';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type Way } from './models.js';
import { bodies, orderOf } from './schema.js';
import { viewOf } from './view.js';

const version = '2024-11-06';

/** Runway's developer API. No list, no callbacks. */
@Controller('runway/v1')
export class RunwayController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('text_to_video')
  @HttpCode(200)
  fromText(@Req() request: FastifyRequest) {
    return this.create('text_to_video', request);
  }

  @Post('image_to_video')
  @HttpCode(200)
  fromImage(@Req() request: FastifyRequest) {
    return this.create('image_to_video', request);
  }

  @Post('video_to_video')
  @HttpCode(200)
  fromVideo(@Req() request: FastifyRequest) {
    return this.create('video_to_video', request);
  }

  @Get('tasks/:id')
  async look(@Req() request: FastifyRequest, @Param('id') id: string) {
    return viewOf(await this.upstream.look('runway', this.accountOf(request), id));
  }

  /** Cancels what goes on, and deletes what has ended: neither can be looked at any more. */
  @Delete('tasks/:id')
  @HttpCode(204)
  remove(@Req() request: FastifyRequest, @Param('id') id: string): void {
    const seen = this.upstream.get('runway', this.accountOf(request), id);
    if (!isTerminal(seen.state.phase)) this.upstream.cancel(seen);
    this.upstream.remove(seen);
  }

  private async create(way: Way, request: FastifyRequest) {
    const caller = { account: this.accountOf(request), origin: this.origins.of(request) };
    const order = orderOf(way, parseInput(bodies[way], request.body), caller);
    const { render } = await this.upstream.submit(randomUUID(), order);
    return { id: render.id };
  }

  /** Every call says which version it speaks. */
  private accountOf({ headers }: FastifyRequest): string {
    const account = this.accounts.authorize(headers.authorization);
    if (headers['x-runway-version'] !== version) {
      throw new Refusal('invalid', 'not a version that is supported', { param: 'X-Runway-Version' });
    }
    return account;
  }
}
