import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { type Task } from '@videoapi/contracts';
import {
  aistudios,
  aistudiosModels,
  aistudiosOperations,
  aistudiosProject,
  pollIntervalSeconds,
  readWait,
} from '@videoapi/dialects';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { ModelList } from '../model/model-list.js';
import { Settings } from '../settings.js';
import { Intake } from '../task/intake.js';
import { LongPoll } from '../task/long-poll.js';
import { readTaskId } from '../task/task-id.js';
import { TaskReads } from '../task/task-reads.js';
import { hasEnded } from '../task/task-watch.js';

/** Projects of scenes, as clients of AI Studios V3 order them. A project is a task. */
@Controller('/api/odin')
export class ProjectController {
  constructor(
    private readonly settings: Settings,
    private readonly intake: Intake,
    private readonly reads: TaskReads,
    private readonly longPoll: LongPoll,
    private readonly models: ModelList,
  ) {}

  @Post('/v3/editor/project')
  @Describe(aistudiosOperations.create)
  @HttpCode(200)
  @RequireScope('tasks:write')
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<string> {
    const { body, isReplay } = await this.intake.create(aistudios, request, caller);
    if (isReplay) reply.header('idempotent-replayed', 'true');
    reply.type('application/json; charset=utf-8');
    return body;
  }

  @Get('/v3/editor/project/:id')
  @Describe(aistudiosOperations.get)
  @RequireScope('tasks:read')
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply, @CallerOf() caller: Caller) {
    return aistudiosProject(await this.read(id, undefined, reply, caller), this.view);
  }

  /** The second address is the one that the document prints. */
  @Get(['/v3/editor/progress/:id', '/editor/progress/:id'])
  @Describe(aistudiosOperations.progress)
  @RequireScope('tasks:read')
  async progress(
    @Param('id') id: string,
    @Query('wait') wait: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() caller: Caller,
  ) {
    return aistudios.fromTask(await this.read(id, wait, reply, caller), this.view);
  }

  @Get('/v3/model')
  @Describe(aistudiosOperations.listModels)
  @RequireScope('tasks:read')
  async list(@CallerOf() { accountId }: Caller) {
    return aistudiosModels(await this.models.of(accountId));
  }

  private async read(id: string, wait: unknown, reply: FastifyReply, { accountId }: Caller): Promise<Task> {
    const { edge } = reply.request;
    const name = { accountId, taskId: readTaskId(id) };
    const waitMs = readWait(wait);
    const task = waitMs === 0 ? await this.reads.get(name) : await this.longPoll.untilEnded(name, waitMs, reply);
    edge.mark('engine');
    edge.taskId = task.id;
    if (!hasEnded(task)) reply.header('retry-after', pollIntervalSeconds(task));
    return task;
  }

  private get view() {
    return { baseUrl: this.settings.value.publicUrl };
  }
}
