import { Controller, type OnApplicationShutdown } from '@nestjs/common';
import {
  getTasks,
  getTaskStates,
  listFinished,
  listTasks,
  type RpcRequest,
  type RpcResponse,
  type Task,
} from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { HandleRpc } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { isTerminal } from '../task/states.js';
import { toTask } from '../task/view.js';
import { pageOf } from './page.js';
import { finishedPage, listPage, readLives, readTasks, type TaskLife, type Wanted } from './read.store.js';

type Life = RpcResponse<typeof getTaskStates>['states'][number];

@Controller()
export class ReadRpc implements OnApplicationShutdown {
  private readonly reads: Batcher<Wanted, Task | undefined>;

  constructor(private readonly source: DataSource) {
    this.reads = new Batcher({
      name: 'reads',
      maxItems: 512,
      workers: 2,
      maxQueued: 16_384,
      flush: (wanted) => this.readAll(wanted),
    });
  }

  @HandleRpc(getTasks)
  async get({ tasks }: RpcRequest<typeof getTasks>): Promise<RpcResponse<typeof getTasks>> {
    const found = await Promise.all(tasks.map((wanted) => this.reads.submit(wanted)));
    return { tasks: found.filter((task) => task !== undefined) };
  }

  @HandleRpc(listTasks)
  async list(query: RpcRequest<typeof listTasks>): Promise<RpcResponse<typeof listTasks>> {
    const page = await listPage(this.source, query);
    const now = new Date();
    return pageOf(
      page.map((record) => toTask(record, now)),
      query.limit,
    );
  }

  /** Unknown is definite: the row is always older than its hold. */
  @HandleRpc(getTaskStates)
  async states({ taskIds }: RpcRequest<typeof getTaskStates>): Promise<RpcResponse<typeof getTaskStates>> {
    const lives = new Map((await readLives(this.source, taskIds)).map((life) => [life.id, life]));
    return { states: taskIds.map((taskId) => lifeOf(taskId, lives.get(taskId))) };
  }

  @HandleRpc(listFinished)
  async finished(query: RpcRequest<typeof listFinished>): Promise<RpcResponse<typeof listFinished>> {
    const page = await finishedPage(this.source, query);
    const now = new Date();
    const finished = page.map((record) => {
      const { prompt: _, ...task } = toTask(record, now);
      return { task, callback: record.callback };
    });
    return pageOf(finished, query.limit);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reads.close();
  }

  private async readAll(wanted: readonly Wanted[]): Promise<(Task | undefined)[]> {
    const distinct = [...new Map(wanted.map((entry) => [keyOf(entry), entry])).values()];
    const now = new Date();
    const records = await readTasks(this.source, distinct);
    const found = new Map(
      records.map(({ position, ...record }) => [
        keyOf({ accountId: record.accountId, taskId: record.id }),
        toTask(record, now, { position }),
      ]),
    );
    return wanted.map((entry) => found.get(keyOf(entry)));
  }
}

function keyOf({ accountId, taskId }: Wanted): string {
  return `${taskId} ${accountId}`;
}

function lifeOf(taskId: string, life: TaskLife | undefined): Life {
  if (life === undefined) return { taskId, state: 'unknown', deadlineAt: null };
  if (isTerminal(life.state)) {
    return { taskId, state: life.state === 'completed' ? 'completed' : 'failed', deadlineAt: null };
  }
  return { taskId, state: 'alive', deadlineAt: life.deadlineAt.toISOString() };
}
