import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { AppError, cancelTask, deleteTask, listTasks, type Task } from '@videoapi/contracts';
import {
  fieldError,
  openaiOperations,
  openaiTasks,
  pollAfterMs,
  type RawQuery,
  readOpenaiListQuery,
  readWait,
  yishangOperations,
} from '@videoapi/dialects';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { dialectOf } from '../edge/dialect-of.js';
import { Settings } from '../settings.js';
import { LongPoll } from '../task/long-poll.js';
import { readTaskId } from '../task/task-id.js';
import { TaskReads } from '../task/task-reads.js';
import { hasEnded } from '../task/task-watch.js';
import { MediaLinks } from '../upload/media-links.js';

const timeoutMs = 5_000;

/** Everything on `/v1/videos` about a video that is there. Answered in the words of the key's own dialect. */
@Controller('/v1/videos')
export class VideoReadController {
  constructor(
    private readonly settings: Settings,
    private readonly reads: TaskReads,
    private readonly longPoll: LongPoll,
    private readonly links: MediaLinks,
    private readonly rpc: RpcClient,
  ) {}

  @Get()
  @Describe(openaiOperations.list, yishangOperations.list)
  @RequireScope('tasks:read')
  async list(@Query() query: RawQuery, @Req() request: FastifyRequest, @CallerOf() { accountId }: Caller) {
    const asked = readOpenaiListQuery(query, accountId);
    const page = asked === undefined ? nothing : await this.rpc.call(listTasks, asked, { timeoutMs });
    return openaiTasks(page.tasks, page.hasMore, (task) => this.show(task, request));
  }

  @Get('/:id')
  @Describe(openaiOperations.retrieve, yishangOperations.read)
  @RequireScope('tasks:read')
  async get(
    @Param('id') id: string,
    @Query('wait') wait: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CallerOf() { accountId }: Caller,
  ): Promise<string> {
    const { request } = reply;
    const name = { accountId, taskId: readTaskId(id) };
    const waitMs = readWait(wait);
    const task = waitMs === 0 ? await this.reads.get(name) : await this.longPoll.untilEnded(name, waitMs, reply);
    request.edge.mark('engine');
    request.edge.taskId = task.id;
    if (!hasEnded(task)) {
      reply.header('openai-poll-after-ms', pollAfterMs(task));
      reply.header('retry-after', pollAfterMs(task) / 1000);
    }
    reply.type('application/json; charset=utf-8');
    return JSON.stringify(this.show(task, request));
  }

  /** HEAD too: Fastify answers it wherever it answers GET. */
  @Get('/:id/content')
  @Describe(openaiOperations.content)
  @RequireScope('tasks:read')
  async content(
    @Param('id') id: string,
    @Query('variant') variant: unknown,
    @Res() reply: FastifyReply,
    @CallerOf() { accountId }: Caller,
  ): Promise<void> {
    const name = { accountId, taskId: readTaskId(id) };
    const path = contentPath(await this.reads.get(name), variant ?? 'video');
    if (path === null) throw new AppError('not_found', 'There is no such content.');
    await this.links.redirect(path, reply);
  }

  /** Ours: OpenAI has none. */
  @Post('/:id/cancel')
  @Describe(openaiOperations.cancel, yishangOperations.cancel)
  @HttpCode(200)
  @RequireScope('tasks:write')
  async cancel(@Param('id') id: string, @Req() request: FastifyRequest, @CallerOf() { accountId }: Caller) {
    const name = { accountId, taskId: readTaskId(id) };
    const { task } = await this.rpc.call(cancelTask, name, { timeoutMs });
    return this.show(task, request);
  }

  @Delete('/:id')
  @Describe(openaiOperations.remove)
  @RequireScope('tasks:write')
  async delete(@Param('id') id: string, @CallerOf() { accountId }: Caller) {
    const name = { accountId, taskId: readTaskId(id) };
    const { deleted } = await this.rpc.call(deleteTask, name, { timeoutMs });
    return { id: name.taskId, object: 'video.deleted', deleted };
  }

  private show(task: Task, request: FastifyRequest): unknown {
    return dialectOf(request).fromTask(task, { baseUrl: this.settings.value.publicUrl });
  }
}

const nothing: { readonly tasks: readonly Task[]; readonly hasMore: boolean } = { tasks: [], hasMore: false };

/** Null when this video has none. Throws `task_not_terminal` while it is being made. */
function contentPath(task: Task, variant: unknown): string | null {
  if (variant === 'spritesheet') throw new AppError('unsupported_operation', 'There are no spritesheets.');
  if (variant !== 'video' && variant !== 'thumbnail') {
    throw fieldError(['variant'], 'must be one of video, thumbnail, spritesheet');
  }
  if (!hasEnded(task)) throw new AppError('task_not_terminal', 'The video is not completed yet.');
  const [output] = task.outputs;
  return (variant === 'video' ? output?.path : output?.thumbnailPath) ?? null;
}
