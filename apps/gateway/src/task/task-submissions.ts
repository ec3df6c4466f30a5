import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError, createTask, type RpcResponse, type Task, type TaskSubmission } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { overloadOf, trusted } from './trusted-rpc.js';

const timeoutMs = 5_000;
const createTasks = trusted(createTask);
type Result = RpcResponse<typeof createTask>['results'][number];

/** Many submits, one rpc: what arrives while a batch is under way is the next batch. */
@Injectable()
export class TaskSubmissions implements OnModuleDestroy {
  private readonly batcher: Batcher<TaskSubmission, Result>;

  constructor(private readonly rpc: RpcClient) {
    this.batcher = new Batcher({
      name: 'task submissions',
      maxItems: 128,
      // The orchestrator makes its own batch of all that has arrived. With fewer under way a submit would wait here for the
      // end of a batch, and there for the end of another.
      workers: 8,
      maxQueued: 4_096,
      deadlineMs: 10_000,
      flush: (tasks) => this.flush(tasks),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.batcher.close();
  }

  /**
   * The task, once its credits are held; a repeat of the same task id answers with the same task. Throws what the
   * orchestrator refused it for, or `unavailable` when nobody answered: the batcher has then asked twice.
   */
  async submit(submission: TaskSubmission): Promise<Task> {
    const result = await this.batcher.submit(submission);
    if ('error' in result) throw AppError.revive(present(result.error));
    return result.task;
  }

  private async flush(tasks: readonly TaskSubmission[]): Promise<readonly Result[]> {
    try {
      return (await this.rpc.call(createTasks, { tasks: [...tasks] }, { timeoutMs })).results;
    } catch (error) {
      const overload = overloadOf(error);
      if (overload === undefined) throw error;
      return tasks.map(() => ({ error: overload.toJSON() }));
    }
  }
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
