import { Injectable } from '@nestjs/common';
import { AppError, type Task } from '@videoapi/contracts';
import { type FastifyReply } from 'fastify';
import { Streams } from './streams.js';
import { TaskWatch } from './task-watch.js';
import { type TaskName } from './task-reads.js';

/** A read that answers when the task has ended, or with its present state when the time is up. */
@Injectable()
export class LongPoll {
  constructor(
    private readonly watch: TaskWatch,
    private readonly streams: Streams,
  ) {}

  /** Throws `task_not_found`. Stops at once when the client goes away. */
  async untilEnded(name: TaskName, waitMs: number, reply: FastifyReply): Promise<Task> {
    const leave = this.streams.enter('wait', name.accountId);
    const gone = new AbortController();
    const abort = () => gone.abort();
    const timer = setTimeout(abort, waitMs);
    reply.raw.once('close', abort);
    try {
      let latest: Task | undefined;
      for await (const task of this.watch.follow(name, 0, gone.signal)) latest = task;
      if (latest === undefined) throw new AppError('unavailable', 'The task could not be read in time.');
      return latest;
    } finally {
      clearTimeout(timer);
      reply.raw.off('close', abort);
      leave();
    }
  }
}
