import { Injectable } from '@nestjs/common';
import { AppError, type Task } from '@videoapi/contracts';
import { fieldError } from '@videoapi/dialects';
import { type FastifyReply } from 'fastify';
import { Streams } from './streams.js';
import { TaskWatch } from './task-watch.js';
import { type TaskName } from './task-reads.js';

const maxWaitSeconds = 60;

/** `?wait=25` in milliseconds; 0 when it is not asked for. */
export function readWait(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'string' || !/^\d{1,2}$/.test(value) || Number(value) > maxWaitSeconds) {
    throw fieldError(['wait'], `must be a whole number of seconds, at most ${maxWaitSeconds}`);
  }
  return Number(value) * 1000;
}

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
