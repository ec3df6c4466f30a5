import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Accounts } from '../../http/accounts.js';
import { Origins } from '../../http/origins.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { Upstream } from '../../upstream.js';
import { type Sighting } from '../wire.js';
import { fileQuery, firstBody, firstOrder, firstQuery } from './first.schema.js';
import { listQuery, secondBody, secondOrder } from './second.schema.js';
import { taskId, taskOfFile } from './task-id.js';
import { fileView, firstCreated, firstView, secondView } from './view.js';

/** MiniMax: Hailuo by v1, H3 by v2. The two know nothing of each other's tasks. */
@Controller('hailuo')
export class HailuoController {
  constructor(
    private readonly upstream: Upstream,
    private readonly accounts: Accounts,
    private readonly origins: Origins,
  ) {}

  @Post('v1/video_generation')
  @HttpCode(200)
  async createFirst(
    @Headers('authorization') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const order = firstOrder(parseInput(firstBody, body), account, this.origins.of(request));
    return firstCreated(await this.upstream.submit(taskId(Date.now()), order));
  }

  @Get('v1/query/video_generation')
  async lookFirst(@Headers('authorization') key: string | undefined, @Query() query: unknown) {
    const account = this.accounts.authorize(key);
    const { task_id: id } = parseInput(firstQuery, query);
    return firstView(of('v1', await this.upstream.look('hailuo', account, id)));
  }

  @Get('v1/files/retrieve')
  retrieve(@Headers('authorization') key: string | undefined, @Query() query: unknown) {
    const account = this.accounts.authorize(key);
    const { file_id: fileId } = parseInput(fileQuery, query);
    const seen = of('v1', this.upstream.get('hailuo', account, taskOfFile(fileId)));
    if (seen.state.phase !== 'succeeded') throw new Refusal('not_found', 'file not found');
    return fileView(seen);
  }

  @Post('v2/video_generation')
  @HttpCode(200)
  async createSecond(
    @Headers('authorization') key: string | undefined,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ) {
    const account = this.accounts.authorize(key);
    const order = secondOrder(parseInput(secondBody, body), account, this.origins.of(request));
    const { render } = await this.upstream.submit(taskId(Date.now()), order);
    return { task_id: render.id };
  }

  @Get('v2/query/video_generation/:id')
  async lookSecond(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    return secondView(of('v2', await this.upstream.look('hailuo', this.accounts.authorize(key), id)));
  }

  @Get('v2/query/video_generation')
  list(@Headers('authorization') key: string | undefined, @Query() input: unknown) {
    const account = this.accounts.authorize(key);
    const { page_num: page, page_size: size } = parseInput(listQuery, input);
    const seen = this.upstream.list('hailuo', account).filter(({ render }) => render.order.echo.api === 'v2');
    return { items: seen.slice((page - 1) * size, page * size).map((sighting) => secondView(sighting).task) };
  }

  /** Cancels while queued, removes the record once ended. */
  @Delete('v2/video_generation/:id')
  remove(@Headers('authorization') key: string | undefined, @Param('id') id: string) {
    const seen = of('v2', this.upstream.get('hailuo', this.accounts.authorize(key), id));
    const { phase } = seen.state;
    if (phase === 'running') throw new Refusal('conflict', 'task is running');
    if (phase === 'queued') {
      this.upstream.cancel(seen);
      return { task_id: id, action: 'cancelled', status: 'cancelled' };
    }
    this.upstream.remove(seen);
    return { task_id: id, action: 'deleted', status: 'deleted' };
  }
}

function of(api: 'v1' | 'v2', seen: Sighting): Sighting {
  if (seen.render.order.echo.api !== api) throw new Refusal('not_found', 'task not found');
  return seen;
}
