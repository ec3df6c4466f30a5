import { Controller } from '@nestjs/common';
import {
  AppError,
  cancelTask,
  deleteMedia,
  deleteTask,
  type ErrorCode,
  type RpcRequest,
  type RpcResponse,
} from '@videoapi/contracts';
import { HandleRpc, RpcClient } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Observations } from '../engine/observations.js';
import { readTasks } from '../read/read.store.js';
import { type TaskObservation } from '../task/observation.js';
import { isTerminal } from '../task/states.js';
import { type TaskRecord } from '../task/task.js';
import { toTask } from '../task/view.js';

const mediaTimeoutMs = 5_000;

/** What a customer may ask of a task that exists. */
@Controller()
export class ControlRpc {
  constructor(
    private readonly source: DataSource,
    private readonly observations: Observations,
    private readonly rpc: RpcClient,
  ) {}

  @HandleRpc(cancelTask)
  async cancel(wanted: RpcRequest<typeof cancelTask>): Promise<RpcResponse<typeof cancelTask>> {
    await this.find(wanted);
    const task = await this.ask(wanted.taskId, { kind: 'cancel_requested' });
    return { task: toTask(task, new Date()) };
  }

  /** Media first: a task that is gone while its files are not would never be asked for again. */
  @HandleRpc(deleteTask)
  async delete(wanted: RpcRequest<typeof deleteTask>): Promise<RpcResponse<typeof deleteTask>> {
    const found = await this.find(wanted);
    if (!isTerminal(found.state)) throw refused('task_not_terminal');
    const mediaIds = found.outputs.map((output) => output.mediaId);
    if (mediaIds.length > 0) {
      await this.rpc.call(deleteMedia, { accountId: found.accountId, mediaIds }, { timeoutMs: mediaTimeoutMs });
    }
    await this.ask(found.id, { kind: 'delete_requested' });
    return { deleted: true };
  }

  private async find(wanted: { accountId: string; taskId: string }): Promise<TaskRecord> {
    const [task] = await readTasks(this.source, [wanted]);
    if (task === undefined) throw notFound();
    return task;
  }

  private async ask(taskId: string, observation: TaskObservation): Promise<TaskRecord> {
    const { task, refusal } = await this.observations.submit({ taskId, observation });
    if (refusal !== undefined) throw refused(refusal);
    if (task === undefined) throw notFound();
    return task;
  }
}

function notFound(): AppError {
  return new AppError('task_not_found', 'There is no such task.');
}

function refused(code: ErrorCode): AppError {
  const message = code === 'task_not_terminal' ? 'The task has not ended yet.' : 'The task can no longer be cancelled.';
  return new AppError(code, message);
}
