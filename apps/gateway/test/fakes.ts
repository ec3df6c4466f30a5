import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions } from '@nestjs/microservices';
import {
  AppError,
  applyCatalog,
  cancelTask,
  createEndpoint,
  createTask,
  deleteTask,
  type Endpoint,
  estimateTask,
  getTasks,
  getWallet,
  grantCredits,
  listEntries,
  listModels,
  listPrices,
  listTasks,
  type ListedModel,
  openMedia,
  presignUpload,
  type RpcRequest,
  type RpcResponse,
  setPriceList,
  type Task,
  type TaskSubmission,
} from '@videoapi/contracts';
import { HandleRpc, natsTransport } from '@videoapi/messaging';
import { FakeChannels } from './fake-channels.js';

/** What the fake services remember, and how they are told to misbehave. */
@Injectable()
export class World {
  readonly submissions: TaskSubmission[] = [];
  readonly tasks = new Map<string, Task>();
  readonly grants: RpcRequest<typeof grantCredits>[] = [];
  /** Asked of every submit; returning an error refuses it. */
  refuse: (submission: TaskSubmission) => AppError | undefined = () => undefined;
  /** Awaited before create_task answers. */
  gate: Promise<void> = Promise.resolve();
  /** The same for each submission. */
  look: (submission: TaskSubmission) => Promise<void> = () => Promise.resolve();
  reads = 0;
  creates = 0;
  /** Thrown for a whole batch. */
  refuseAll: AppError | undefined;

  put(task: Partial<Task> & Pick<Task, 'id' | 'accountId'>): Task {
    const known = this.tasks.get(task.id) ?? blankTask;
    const next = { ...known, version: (this.tasks.get(task.id)?.version ?? 0) + 1, ...task };
    this.tasks.set(task.id, next);
    return next;
  }

  tasksOf(accountId: string): Task[] {
    return [...this.tasks.values()].filter((task) => task.accountId === accountId);
  }
}

export const blankTask: Task = {
  id: 'vidgen_1783003830450_081f0558',
  accountId: 'nobody',
  version: 1,
  mode: 'live',
  model: 'video-2.0-mini-reference-to-video',
  status: 'pending',
  type: 'text-to-video',
  progress: 0,
  resolution: '720p',
  duration: 'auto',
  aspectRatio: '9:16',
  generateAudio: true,
  outputs: [],
  creditsReserved: '180',
  creditsCharged: null,
  creditsRefunded: false,
  error: null,
  metadata: {},
  endUserId: null,
  queuePosition: null,
  etaSeconds: null,
  createdAt: '2026-07-02T14:50:30.450Z',
  startedAt: null,
  completedAt: null,
};

@Controller()
export class FakeOrchestrator {
  constructor(private readonly world: World) {}

  @HandleRpc(createTask)
  async create({ tasks }: RpcRequest<typeof createTask>): Promise<RpcResponse<typeof createTask>> {
    this.world.creates += 1;
    await Promise.all([this.world.gate, ...tasks.map((submission) => this.world.look(submission))]);
    if (this.world.refuseAll !== undefined) throw this.world.refuseAll;
    return { results: tasks.map((submission) => this.createOne(submission)) };
  }

  private createOne(submission: TaskSubmission) {
    const known = this.world.tasks.get(submission.taskId);
    if (known !== undefined) return { task: known };
    this.world.submissions.push(submission);
    const refusal = this.world.refuse(submission);
    if (refusal !== undefined) return { error: refusal.toJSON() };
    const { taskId, accountId, mode, request } = submission;
    return {
      task: this.world.put({
        id: taskId,
        accountId,
        mode,
        model: request.model,
        metadata: request.metadata,
        endUserId: request.endUserId ?? null,
        prompt: request.prompt,
      }),
    };
  }

  @HandleRpc(getTasks)
  async get({ tasks }: RpcRequest<typeof getTasks>): Promise<RpcResponse<typeof getTasks>> {
    this.world.reads += 1;
    return {
      tasks: tasks.flatMap(({ accountId, taskId }) => {
        const task = this.world.tasks.get(taskId);
        return task?.accountId === accountId ? [task] : [];
      }),
    };
  }

  @HandleRpc(listTasks)
  async list(query: RpcRequest<typeof listTasks>): Promise<RpcResponse<typeof listTasks>> {
    const all = this.world
      .tasksOf(query.accountId)
      .filter((task) => query.status === undefined || task.status === query.status)
      .filter((task) => query.endUserId === undefined || task.endUserId === query.endUserId)
      .filter((task) => Object.entries(query.metadata ?? {}).every(([name, value]) => task.metadata[name] === value))
      .toReversed();
    const rest = all.slice(all.findIndex(({ id }) => id === query.after) + 1);
    return { tasks: rest.slice(0, query.limit), hasMore: rest.length > query.limit };
  }

  @HandleRpc(cancelTask)
  async cancel({ accountId, taskId }: RpcRequest<typeof cancelTask>): Promise<RpcResponse<typeof cancelTask>> {
    const task = this.find(accountId, taskId);
    if (task.status !== 'pending') throw new AppError('not_cancellable', 'It can no longer be cancelled.');
    const error = { code: 'cancelled' as const, message: 'Cancelled.' };
    return { task: this.world.put({ ...task, version: task.version + 1, status: 'failed', error }) };
  }

  @HandleRpc(deleteTask)
  async delete({ accountId, taskId }: RpcRequest<typeof deleteTask>): Promise<RpcResponse<typeof deleteTask>> {
    const task = this.find(accountId, taskId);
    if (task.status === 'pending') throw new AppError('task_not_terminal', 'It is still running.');
    this.world.tasks.delete(taskId);
    return { deleted: true };
  }

  @HandleRpc(estimateTask)
  async estimate(): Promise<RpcResponse<typeof estimateTask>> {
    return { credits: '180', billing: { mode: 'per_call', credits: 180 }, routeCandidates: ['sandbox'] };
  }

  @HandleRpc(listModels)
  async models(): Promise<RpcResponse<typeof listModels>> {
    return { revision: '1', models: [fakeModel] };
  }

  @HandleRpc(applyCatalog)
  async apply({ catalog }: RpcRequest<typeof applyCatalog>): Promise<RpcResponse<typeof applyCatalog>> {
    return { revision: '2', models: catalog.models.length, channels: catalog.channels.length, pricesChanged: 0 };
  }

  private find(accountId: string, taskId: string): Task {
    const task = this.world.tasks.get(taskId);
    if (task?.accountId !== accountId) throw new AppError('task_not_found', 'There is no such task.');
    return task;
  }
}

@Controller()
export class FakeBilling {
  constructor(private readonly world: World) {}

  @HandleRpc(getWallet)
  async wallet(): Promise<RpcResponse<typeof getWallet>> {
    return { balance: '1000', held: '180', available: '820' };
  }

  @HandleRpc(listPrices)
  async prices({ accountId }: RpcRequest<typeof listPrices>): Promise<RpcResponse<typeof listPrices>> {
    const credits = accountId === null ? 180 : 120;
    return { prices: [{ model: fakeModel.id, price: { mode: 'per_call', credits } }] };
  }

  @HandleRpc(grantCredits)
  async grant(request: RpcRequest<typeof grantCredits>): Promise<RpcResponse<typeof grantCredits>> {
    this.world.grants.push(request);
    return { available: request.amount, reserved: '0' };
  }

  @HandleRpc(setPriceList)
  async priceList({ priceList }: RpcRequest<typeof setPriceList>): Promise<RpcResponse<typeof setPriceList>> {
    return { priceList };
  }

  @HandleRpc(listEntries)
  async entries(): Promise<RpcResponse<typeof listEntries>> {
    return { entries: [], hasMore: false };
  }
}

@Controller()
export class FakeUploads {
  @HandleRpc(presignUpload)
  async presign({ filename }: RpcRequest<typeof presignUpload>): Promise<RpcResponse<typeof presignUpload>> {
    return {
      key: `uploads/a/2026/01/${filename}`,
      uploadUrl: 'http://127.0.0.1:9/put',
      headers: { 'content-type': 'image/png' },
      expiresAt: '2026-07-02T15:00:00.000Z',
      path: '/media/m1/sig.png',
    };
  }

  @HandleRpc(openMedia)
  async open({ mediaId, signature }: RpcRequest<typeof openMedia>): Promise<RpcResponse<typeof openMedia>> {
    if (signature !== 'goodsignature') throw new AppError('not_found', 'There is no such file.');
    return { url: `http://127.0.0.1:9/${mediaId}?X-Amz-Signature=1`, contentType: 'video/mp4', expiresInSeconds: 600 };
  }
}

@Controller()
export class FakeWebhooks {
  @HandleRpc(createEndpoint)
  async create({ url, eventTypes, description }: RpcRequest<typeof createEndpoint>) {
    const endpoint: Endpoint = {
      id: 'we_1',
      url,
      eventTypes: eventTypes ?? ['*'],
      description: description ?? '',
      state: 'enabled',
      disabledReason: null,
      createdAt: '2026-07-02T15:00:00.000Z',
      lastSuccessAt: null,
    };
    return { endpoint, secret: 'whsec_c2VjcmV0' };
  }
}

export const fakeModel: ListedModel = {
  id: 'video-2.0-mini-reference-to-video',
  name: 'Video 2.0 mini',
  description: '',
  ownedBy: 'videoapi',
  created: 1_760_000_000,
  status: 'active',
  capabilities: {
    types: ['text-to-video', 'image-to-video'],
    resolutions: ['480p', '720p'],
    durations: { min: 4, max: 12, auto: true },
    durationsByType: {},
    aspectRatios: ['auto', '16:9', '9:16'],
    maxImages: 4,
    maxVideos: 1,
    maxAudios: 1,
    firstFrame: false,
    lastFrame: false,
    audio: 'optional',
    seed: true,
    negativePrompt: false,
    watermark: false,
    cameraFixed: false,
    maxPromptLength: 8000,
  },
  defaults: { resolution: '720p', duration: 'auto', aspectRatio: '16:9', generateAudio: false },
  price: { mode: 'per_call', credits: 180 },
  p50Seconds: 60,
  routed: true,
};

@Module({ controllers: [FakeOrchestrator, FakeBilling, FakeUploads, FakeWebhooks, FakeChannels], providers: [World] })
class Fakes {}

/** The other services, on the real transport. */
export async function startFakes(natsUrl: string) {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(Fakes, {
    ...natsTransport({ app: 'fakes', url: natsUrl }),
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  return { world: app.get(World), close: () => app.close() };
}
