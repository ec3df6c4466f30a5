import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { cancelTask, deleteTask, estimateTask, listTasks } from '@videoapi/contracts';
import {
  native,
  nativeOperations,
  nativePrice,
  pollIntervalSeconds,
  type RawQuery,
  readListQuery,
  readWait,
} from '@videoapi/dialects';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { Settings } from '../settings.js';
import { Intake } from './intake.js';
import { LongPoll } from './long-poll.js';
import { readTaskId } from './task-id.js';
import { TaskReads } from './task-reads.js';
import { hasEnded } from './task-watch.js';

const timeoutMs = 5_000;

/** The native dialect: our own paths, in our own words. */
@Controller('/v1/video/generations')
export class NativeController {
  constructor(
    private readonly settings: Settings,
    private readonly intake: Intake,
    private readonly reads: TaskReads,
    private readonly longPoll: LongPoll,
    private readonly rpc: RpcClient,
  ) {}

  @Post()
  @Describe(nativeOperations.create)
  @HttpCode(200)
  @RequireScope('tasks:write')
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<string> {
    const { body, isReplay } = await this.intake.create(native, request, caller);
    if (isReplay) reply.header('idempotent-replayed', 'true');
    reply.type('application/json; charset=utf-8');
    return body;
  }

  @Post('/estimate')
  @Describe(nativeOperations.estimate)
  @HttpCode(200)
  @RequireScope('tasks:write')
  async estimate(@Req() request: FastifyRequest, @CallerOf() caller: Caller) {
    const { request: asked } = native.toSubmission(request.body, this.settings.value);
    const { accountId, mode } = caller;
    const estimate = await this.rpc.call(estimateTask, { accountId, mode, request: asked }, { timeoutMs });
    return {
      credits: Number(estimate.credits),
      billing: nativePrice(estimate.billing),
      route_candidates: estimate.routeCandidates,
    };
  }

  @Get()
  @Describe(nativeOperations.list)
  @RequireScope('tasks:read')
  async list(@Query() query: RawQuery, @CallerOf() caller: Caller) {
    const { tasks, hasMore } = await this.rpc.call(listTasks, readListQuery(query, caller.accountId), { timeoutMs });
    return {
      object: 'list',
      data: tasks.map((task) => native.fromTask(task, this.view)),
      first_id: tasks[0]?.id ?? null,
      last_id: tasks.at(-1)?.id ?? null,
      has_more: hasMore,
    };
  }

  @Get('/:id')
  @Describe(nativeOperations.get)
  @RequireScope('tasks:read')
  async get(
    @Param('id') id: string,
    @Query('wait') wait: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<string> {
    const name = { accountId: caller.accountId, taskId: readTaskId(id) };
    const waitMs = readWait(wait);
    const task = waitMs === 0 ? await this.reads.get(name) : await this.longPoll.untilEnded(name, waitMs, reply);
    request.edge.mark('engine');
    request.edge.taskId = task.id;
    if (!hasEnded(task)) reply.header('retry-after', pollIntervalSeconds(task));
    reply.type('application/json; charset=utf-8');
    return JSON.stringify(native.fromTask(task, this.view));
  }

  @Post('/:id/cancel')
  @Describe(nativeOperations.cancel)
  @HttpCode(200)
  @RequireScope('tasks:write')
  async cancel(@Param('id') id: string, @CallerOf() caller: Caller) {
    const name = { accountId: caller.accountId, taskId: readTaskId(id) };
    const { task } = await this.rpc.call(cancelTask, name, { timeoutMs });
    return native.fromTask(task, this.view);
  }

  @Delete('/:id')
  @Describe(nativeOperations.remove)
  @RequireScope('tasks:write')
  async delete(@Param('id') id: string, @CallerOf() caller: Caller) {
    const name = { accountId: caller.accountId, taskId: readTaskId(id) };
    const { deleted } = await this.rpc.call(deleteTask, name, { timeoutMs });
    return { task_id: name.taskId, deleted };
  }

  private get view() {
    return { baseUrl: this.settings.value.publicUrl };
  }
}
