import { randomUUID } from 'node:crypto';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Downloads } from '../../files/downloads.js';
import { Accounts } from '../../http/accounts.js';
import { readBody } from '../../http/form.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { contentQuery, createBody, listQuery, orderOf, remixBody, remixOf, type Caller } from './schema.js';
import { listOf, viewOf } from './view.js';

/** OpenAI's Videos API, as it was until September 2026. */
@Controller('openai/v1/videos')
export class OpenaiController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
    private readonly downloads: Downloads,
  ) {}

  @Post()
  @HttpCode(200)
  async create(@Req() request: FastifyRequest) {
    const caller = this.callerOf(request);
    const order = orderOf(parseInput(createBody, await readBody(request)), caller);
    return viewOf(await this.upstream.submit(videoId(), order));
  }

  @Post(':id/remix')
  @HttpCode(200)
  async remix(@Req() request: FastifyRequest, @Param('id') id: string) {
    const caller = this.callerOf(request);
    const { prompt } = parseInput(remixBody, await readBody(request));
    const { render, state } = this.upstream.get('openai', caller.account, id);
    if (state.phase !== 'succeeded') throw new Refusal('invalid', 'The video is not completed.');
    return viewOf(await this.upstream.submit(videoId(), remixOf(render.order, id, prompt, caller)));
  }

  @Get(':id')
  @Header('openai-poll-after-ms', '1000')
  async look(@Req() request: FastifyRequest, @Param('id') id: string) {
    return viewOf(await this.upstream.look('openai', this.callerOf(request).account, id));
  }

  @Get()
  list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { account } = this.callerOf(request);
    return listOf(this.upstream.list('openai', account), parseInput(listQuery, query));
  }

  @Delete(':id')
  remove(@Req() request: FastifyRequest, @Param('id') id: string) {
    const seen = this.upstream.get('openai', this.callerOf(request).account, id);
    if (seen.state.phase === 'queued' || seen.state.phase === 'running') {
      throw new Refusal('conflict', 'The video is still being generated.');
    }
    this.upstream.remove(seen);
    return { id, object: 'video.deleted', deleted: true };
  }

  @Get(':id/content')
  async content(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('id') id: string,
    @Query() query: unknown,
  ) {
    const { variant } = parseInput(contentQuery, query);
    const { render } = this.upstream.get('openai', this.callerOf(request).account, id);
    await this.downloads.send(render, variant, request, reply);
  }

  private callerOf(request: FastifyRequest): Caller {
    const requestId = request.headers['x-client-request-id'];
    return {
      account: this.accounts.authorize(request.headers.authorization),
      origin: this.origins.of(request),
      requestId: Array.isArray(requestId) ? requestId[0] : requestId,
    };
  }
}

function videoId(): string {
  return `video_${randomUUID().replaceAll('-', '')}`;
}
