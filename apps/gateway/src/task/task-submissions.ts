import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  AppError,
  assetBudget,
  createTask,
  isUploadKey,
  outcomeUnknown,
  type RpcResponse,
  type Task,
  type TaskSubmission,
} from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { Streams } from './streams.js';
import { overloadOf, trusted } from './trusted-rpc.js';

const createMs = 5_000;
const createTasks = trusted(createTask);
type Result = RpcResponse<typeof createTask>['results'][number];

/**
 * Many submits, one rpc: what arrives while a batch is under way is the next batch. But an rpc is answered when the last of
 * its submits is, and a submit with URLs waits for servers that strangers run: those travel alone.
 */
@Injectable()
export class TaskSubmissions implements OnModuleDestroy {
  private readonly batcher: Batcher<TaskSubmission, Result>;
  private readonly probed: Batcher<TaskSubmission, Result>;

  constructor(
    private readonly rpc: RpcClient,
    private readonly streams: Streams,
  ) {
    this.batcher = new Batcher({
      name: 'task submissions',
      maxItems: 128,
      // The orchestrator makes its own batch of all that has arrived. With fewer under way a submit would wait here for the
      // end of a batch, and there for the end of another.
      workers: 8,
      maxQueued: 4_096,
      deadlineMs: 10_000,
      flush: (tasks) => this.flush(tasks, createMs),
    });
    this.probed = new Batcher({
      name: 'task submissions with URLs',
      maxItems: 1,
      // More than one account may have under way: its silent URLs leave room for the others'.
      workers: 256,
      maxQueued: 256,
      // To get a worker, or to be asked again after nobody was there. What has taken as long as it may is not asked again.
      deadlineMs: 5_000,
      flush: (tasks) => this.flush(tasks, assetBudget.createMs),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.batcher.close(), this.probed.close()]);
  }

  /**
   * The task, once its credits are held; a repeat of the same task id answers with the same task. Throws what the
   * orchestrator refused it for, or `unavailable` when nobody answered: the batcher has then asked twice.
   */
  async submit(submission: TaskSubmission): Promise<Task> {
    const result = await (hasUrls(submission) ? this.submitProbed(submission) : this.batcher.submit(submission));
    if ('error' in result) throw AppError.revive(present(result.error));
    return result.task;
  }

  private async submitProbed(submission: TaskSubmission): Promise<Result> {
    const leave = this.streams.enter('probe', submission.accountId);
    try {
      return await this.probed.submit(submission);
    } finally {
      leave();
    }
  }

  private async flush(tasks: readonly TaskSubmission[], timeoutMs: number): Promise<readonly Result[]> {
    try {
      return (await this.rpc.call(createTasks, { tasks: [...tasks] }, { timeoutMs })).results;
    } catch (cause) {
      const overload = overloadOf(cause);
      if (overload !== undefined) return tasks.map(() => ({ error: overload.toJSON() }));
      const isUnanswered = cause instanceof AppError && cause.code === 'unavailable';
      throw isUnanswered ? new AppError('unavailable', outcomeUnknown, { cause, retryAfterMs: 1_000 }) : cause;
    }
  }
}

/** Uploads are only looked up; whatever else it says is for the platform to go and see. */
function hasUrls({ request: { images, videos, audios, firstFrame, lastFrame } }: TaskSubmission): boolean {
  const sources = [...images, ...videos, ...audios, firstFrame, lastFrame];
  return sources.some((source) => source !== undefined && !isUploadKey(source));
}

type ErrorJson = Extract<Result, { error: unknown }>['error'];

/** zod leaves absent keys out but types them as undefined, which exact optional properties are not. */
function present({ code, message, details, param, retryAfterMs }: ErrorJson) {
  return {
    code,
    message,
    ...(details !== undefined && { details }),
    ...(param !== undefined && { param }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
