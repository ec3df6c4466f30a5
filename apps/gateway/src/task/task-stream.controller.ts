import { Controller, Get, Headers, Param, Req, Res } from '@nestjs/common';
import { type Task } from '@videoapi/contracts';
import { native, nativeOperations } from '@videoapi/dialects';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { Settings } from '../settings.js';
import { Streams } from './streams.js';
import { readTaskId } from './task-id.js';
import { TaskReads } from './task-reads.js';
import { hasEnded, TaskWatch } from './task-watch.js';

/** Proxies close a connection that is silent for a minute. */
const heartbeatMs = 15_000;

/** Server-sent events of one task until it ends. An event's id is the task's version, so a client resumes where it was. */
@Controller('/v1/video/generations')
export class TaskStreamController {
  constructor(
    private readonly settings: Settings,
    private readonly reads: TaskReads,
    private readonly watch: TaskWatch,
    private readonly streams: Streams,
  ) {}

  @Get('/:id/events')
  @Describe(nativeOperations.events)
  @RequireScope('tasks:read')
  async stream(
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CallerOf() caller: Caller,
  ): Promise<void> {
    const name = { accountId: caller.accountId, taskId: readTaskId(id) };
    const seen = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) : 0;
    const task = await this.reads.get(name); // a wrong id is an ordinary 404, not a stream
    request.edge.taskId = task.id;
    // All told already: 204 is what makes an EventSource stop coming back.
    if (hasEnded(task) && task.version <= seen) return void reply.status(204).send();
    const leave = this.streams.enter('stream', caller.accountId);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { raw } = begin(reply);
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs);
    try {
      for await (const next of this.watch.follow(name, seen, gone.signal)) {
        // A client that does not read must not make us keep what it missed: it resumes by id.
        if (!raw.write(this.event(next))) break;
      }
    } finally {
      clearInterval(heartbeat);
      leave();
      raw.end();
    }
  }

  private event(task: Task): string {
    const data = JSON.stringify(native.fromTask(task, { baseUrl: this.settings.value.publicUrl }));
    return `id: ${task.version}\nevent: video.${eventNames[task.status]}\ndata: ${data}\n\n`;
  }
}

/** The same words as the types of a delivery. */
const eventNames = {
  pending: 'queued',
  processing: 'in_progress',
  completed: 'completed',
  failed: 'failed',
} as const satisfies Record<Task['status'], string>;

/** Takes the answer out of Fastify's hands, with the headers that it already has. */
function begin(reply: FastifyReply): FastifyReply {
  reply.hijack();
  const headers: Record<string, string | string[] | number> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value;
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.write('retry: 3000\n\n');
  return reply;
}
