import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError, getTasks, type Task } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { taskNotFound } from './task-id.js';
import { overloadOf, trusted } from './trusted-rpc.js';

const timeoutMs = 3_000;
const getMany = trusted(getTasks);

export interface TaskName {
  readonly accountId: string;
  readonly taskId: string;
}

type Found = Task | AppError | undefined;

/** Many polls, one rpc. */
@Injectable()
export class TaskReads implements OnModuleDestroy {
  private readonly batcher: Batcher<TaskName, Found>;

  constructor(private readonly rpc: RpcClient) {
    this.batcher = new Batcher({
      name: 'task reads',
      maxItems: 256,
      workers: 8,
      maxQueued: 10_000,
      deadlineMs: 5_000,
      flush: (names) => this.flush(names),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.batcher.close();
  }

  /** Throws `task_not_found` for unknown ids and for those of another account. */
  async get(name: TaskName): Promise<Task> {
    const task = await this.batcher.submit(name);
    if (task === undefined) throw taskNotFound();
    if (task instanceof AppError) throw task;
    return task;
  }

  private async flush(names: readonly TaskName[]): Promise<readonly Found[]> {
    try {
      const { tasks } = await this.rpc.call(getMany, { tasks: [...names] }, { timeoutMs });
      const found = new Map(tasks.map((task) => [task.id, task]));
      return names.map(({ accountId, taskId }) => {
        const task = found.get(taskId);
        return task?.accountId === accountId ? task : undefined;
      });
    } catch (error) {
      const overload = overloadOf(error);
      if (overload === undefined) throw error;
      return names.map(() => overload);
    }
  }
}
