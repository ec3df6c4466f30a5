import { randomBytes } from 'node:crypto';
import { Controller, Inject, Module } from '@nestjs/common';
import { type Running, start } from '@videoapi/chassis';
import {
  applyCatalog,
  applyPrices,
  attemptAccepted,
  attemptCancelled,
  attemptObserved,
  attemptRefused,
  attemptUnknown,
  beginSubmit,
  cancelJob,
  catalog as catalogSchema,
  createTask,
  deleteMedia,
  getTasks,
  holdResolved,
  type JobData,
  mediaStored,
  mediaStoreFailed,
  type Observation,
  placeHold,
  pollJob,
  resolveAssets,
  resolveHoldJob,
  type RpcRequest,
  type RpcResponse,
  storeResultJob,
  submitJob,
  type SubmitOrder,
  type Task,
  type TaskSubmission,
} from '@videoapi/contracts';
import { createDataSource, migrate } from '@videoapi/database';
import {
  HandleJob,
  HandleRpc,
  jetStreamTransport,
  MessagingModule,
  natsTransport,
  Publisher,
  RpcClient,
} from '@videoapi/messaging';
import { eventually, freshDatabase, type NatsServer, startNats } from '@videoapi/testing';
import { type DataSource } from 'typeorm';
import { type z } from 'zod';
import { type OrchestratorConfig } from '../src/config.js';
import { migrations } from '../src/db/migrations.js';
import { OrchestratorModule, transports } from '../src/orchestrator.module.js';

type Verdict = RpcResponse<typeof placeHold>['verdicts'][number];
export type Submitting = {
  readonly order: SubmitOrder;
  readonly permit: 'go' | 'look_up' | 'stop';
  readonly epoch: number;
};
export type SubmitAnswer =
  | { readonly accepted: Record<string, unknown> }
  | { readonly refused: z.input<typeof attemptRefused.data>['failure'] }
  | 'unknown'
  | 'silence';

/** What the services around the orchestrator do, changeable by a test at any moment. */
export class Script {
  readonly holds = new Map<string, { amount: number; status: 'open' | 'settled' | 'released' }>();
  readonly submits: Submitting[] = [];
  readonly stores: JobData<typeof storeResultJob>[] = [];
  readonly resolutions: JobData<typeof resolveHoldJob>[] = [];
  readonly cancels: JobData<typeof cancelJob>[] = [];
  readonly deletedMedia: string[] = [];
  price = 10;
  verdict: (taskId: string) => Verdict | undefined = () => undefined;
  /** Answers to place_hold that get lost after billing has decided. */
  loseHoldAnswers = 0;
  assetsRefused = false;
  submit: (submitting: Submitting) => SubmitAnswer = () => ({ accepted: { upstreamId: 'up-1' } });
  poll: (attemptId: string, look: number) => Observation = () => ({
    state: 'succeeded',
    outputs: [{ kind: 'url', url: 'http://127.0.0.1:1/video.mp4' }],
    usage: {},
  });
  cancel: () => 'cancelled' | 'too_late' = () => 'cancelled';
  store: (attemptId: string) => 'stored' | 'gone' | 'silence' = () => 'stored';
  resolve: (taskId: string) => 'resolve' | 'silence' = () => 'resolve';
  /** How often each fact is reported. */
  copies = 1;
}

@Controller()
class Neighbours {
  constructor(
    private readonly script: Script,
    private readonly publisher: Publisher,
    private readonly rpc: RpcClient,
  ) {}

  @HandleRpc(placeHold)
  async placeHold({ holds }: RpcRequest<typeof placeHold>): Promise<RpcResponse<typeof placeHold>> {
    const { script } = this;
    const verdicts = holds.map(({ taskId, maxCredits }): Verdict => {
      const scripted = script.verdict(taskId);
      if (scripted !== undefined) return scripted;
      if (maxCredits !== undefined && Number(maxCredits) < script.price) {
        return { verdict: 'over_max', taskId, required: String(script.price) };
      }
      if (!script.holds.has(taskId)) script.holds.set(taskId, { amount: script.price, status: 'open' });
      const quote = { credits: String(script.price), priceId: '1', mode: 'per_call' as const, rate: '10', units: 1 };
      return { verdict: 'placed', taskId, quote };
    });
    if (script.loseHoldAnswers > 0) {
      script.loseHoldAnswers -= 1;
      await new Promise((resolve) => setTimeout(resolve, 4_500).unref());
    }
    return { verdicts };
  }

  @HandleRpc(applyPrices)
  applyPrices(): Promise<{ changed: number }> {
    return Promise.resolve({ changed: 0 });
  }

  @HandleRpc(resolveAssets)
  resolveAssets({ assets }: RpcRequest<typeof resolveAssets>): Promise<RpcResponse<typeof resolveAssets>> {
    return Promise.resolve({
      assets: assets.map(({ source }) =>
        this.script.assetsRefused
          ? { outcome: 'refused', code: 'asset_blocked', message: 'Not a public address.' }
          : { outcome: 'ok', url: source, contentType: 'image/png', size: 1 },
      ),
    });
  }

  @HandleRpc(deleteMedia)
  deleteMedia({ mediaIds }: RpcRequest<typeof deleteMedia>): Promise<{ deleted: number }> {
    this.script.deletedMedia.push(...mediaIds);
    return Promise.resolve({ deleted: mediaIds.length });
  }

  @HandleJob(submitJob, { concurrency: 128 })
  async submit(order: JobData<typeof submitJob>): Promise<void> {
    const { attemptId, taskId } = order;
    const { permits } = await this.rpc.call(beginSubmit, { attempts: [{ attemptId }] }, { timeoutMs: 3_000 });
    const { permit, epoch } = permits[0] ?? { permit: 'stop', epoch: 0 };
    const submitting = { order, permit, epoch } as const;
    this.script.submits.push(submitting);
    if (permit === 'stop') return;
    const answer = this.script.submit(submitting);
    const ref = { attemptId, taskId, epoch };
    if (answer === 'silence') return;
    if (answer === 'unknown')
      return this.tell(attemptUnknown, `${attemptId}:${epoch}:unknown`, { ...ref, reason: 'x' });
    if ('accepted' in answer) {
      return this.tell(attemptAccepted, `${attemptId}:${epoch}:accepted`, { ...ref, handle: answer.accepted });
    }
    return this.tell(attemptRefused, `${attemptId}:${epoch}:refused`, { ...ref, failure: answer.refused });
  }

  @HandleJob(pollJob, { concurrency: 128 })
  async poll({ polls }: JobData<typeof pollJob>): Promise<void> {
    await Promise.all(
      polls.map(({ attemptId, taskId, epoch, look, last }) => {
        const observation = this.script.poll(attemptId, look);
        if (JSON.stringify(observation) === JSON.stringify(last)) return undefined;
        return this.tell(attemptObserved, `${attemptId}:${epoch}:obs:${look}`, {
          attemptId,
          taskId,
          epoch,
          look,
          observation,
        });
      }),
    );
  }

  @HandleJob(cancelJob)
  async cancel(order: JobData<typeof cancelJob>): Promise<void> {
    this.script.cancels.push(order);
    const { attemptId, taskId, epoch } = order;
    const outcome = this.script.cancel();
    await this.tell(attemptCancelled, `${attemptId}:${epoch}:cancelled`, { attemptId, taskId, epoch, outcome });
  }

  @HandleJob(storeResultJob, { lane: 'main', concurrency: 128 })
  async store(order: JobData<typeof storeResultJob>): Promise<void> {
    this.script.stores.push(order);
    const { taskId, accountId, attemptId } = order;
    const how = this.script.store(attemptId);
    if (how === 'silence') return;
    if (how === 'gone') {
      const failed = { taskId, accountId, attemptId, code: 'gone' as const, message: 'gone', retryable: false };
      return this.tell(mediaStoreFailed, `${attemptId}:store_failed`, failed);
    }
    await this.tell(mediaStored, `${attemptId}:stored`, {
      taskId,
      accountId,
      attemptId,
      outputs: [outputOf(attemptId)],
    });
  }

  @HandleJob(resolveHoldJob, { lane: 'main', concurrency: 128 })
  async resolve(order: JobData<typeof resolveHoldJob>): Promise<void> {
    this.script.resolutions.push(order);
    const { taskId, accountId, resolution } = order;
    if (this.script.resolve(taskId) === 'silence') return;
    const hold = this.script.holds.get(taskId) ?? { amount: 0, status: 'released' as const };
    if (hold.status === 'open') hold.status = resolution.action === 'settle' ? 'settled' : 'released';
    const isSettled = hold.status === 'settled';
    await this.tell(holdResolved, `${taskId}:hold:${hold.status}`, {
      taskId,
      accountId,
      outcome: isSettled ? 'settled' : 'released',
      held: String(hold.amount),
      charged: isSettled ? String(hold.amount) : '0',
      returned: isSettled ? '0' : String(hold.amount),
      reason: null,
    });
  }

  private async tell<Data extends z.ZodType>(
    event: Parameters<Publisher['publishEvent']>[0] & { data: Data },
    id: string,
    data: z.input<Data>,
  ): Promise<void> {
    for (let copy = 0; copy < this.script.copies; copy += 1) {
      // Another id each time: the stream would drop an exact copy by itself.
      await this.publisher.publishEvent(event, { id: copy === 0 ? id : `${id}:${copy}`, data });
    }
  }
}

export function outputOf(attemptId: string): Task['outputs'][number] {
  return {
    mediaId: `m-${attemptId}`,
    path: `/media/${attemptId}/x.mp4`,
    contentType: 'video/mp4',
    size: 1000,
    width: 426,
    height: 240,
    durationMs: 5_000,
    thumbnailPath: null,
  };
}

export interface World {
  readonly script: Script;
  readonly source: DataSource;
  readonly nats: NatsServer;
  readonly rpc: RpcClient;
  readonly publisher: Publisher;
  readonly config: OrchestratorConfig;
  /** Adds another replica. */
  replica(): Promise<Running>;
  submission(overrides?: Partial<TaskSubmission>): TaskSubmission;
  create(submission: TaskSubmission): Promise<Task>;
  read(taskId: string): Promise<Task | undefined>;
  ended(taskId: string, timeoutMs?: number): Promise<Task>;
  stop(): Promise<void>;
}

export const account = 'acc_1';

/** The orchestrator on real PostgreSQL and NATS, among scripted neighbours. */
export async function startWorld(catalog: z.input<typeof catalogSchema> = defaultCatalog): Promise<World> {
  const url = await freshDatabase('orchestrator');
  await migrate({ url, schema: 'orchestrator', role: 'videoapi_orchestrator', password: 'secret', migrations });
  const nats = await startNats();
  const roleUrl = new URL(url);
  roleUrl.username = 'videoapi_orchestrator';
  roleUrl.password = 'secret';
  const config: OrchestratorConfig = {
    callbackBaseUrl: undefined,
    callbackTokenKey: 'k'.repeat(32),
    database: { url: roleUrl.href, poolSize: 10 },
    natsUrl: nats.url,
  };
  const script = new Script();
  const neighbours = await startNeighbours(script, nats.url);
  const replicas: Running[] = [];
  const replica = async () => {
    const running = await startOrchestrator(config);
    replicas.push(running);
    return running;
  };
  await replica();
  const rpc = neighbours.app.get(RpcClient);
  await rpc.call(applyCatalog, { catalog: catalogSchema.parse(catalog) }, { timeoutMs: 5_000 });
  const source = await createDataSource({ url, poolSize: 3, applicationName: 'test' }).initialize();
  await source.query('SET search_path = orchestrator');
  await source.query(
    `ALTER ROLE postgres IN DATABASE ${new URL(url).pathname.slice(1)} SET search_path = orchestrator`,
  );

  const world: World = {
    script,
    source,
    nats,
    rpc,
    publisher: neighbours.app.get(Publisher),
    config,
    replica,
    submission: (overrides = {}) => ({
      taskId: newTaskId(),
      accountId: account,
      apiKeyId: 'key_1',
      mode: 'live',
      request: {
        model: 'quick',
        prompt: 'a cat',
        images: [],
        videos: [],
        audios: [],
        metadata: {},
        providerOptions: {},
      },
      callback: null,
      maxQueued: 10_000,
      maxConcurrent: null,
      ...overrides,
    }),
    async create(submission) {
      const { results } = await rpc.call(createTask, { tasks: [submission] }, { timeoutMs: 20_000 });
      const [result] = results;
      if (result === undefined || !('task' in result)) throw new RefusedError(result?.error);
      return result.task;
    },
    async read(taskId) {
      const { tasks } = await rpc.call(getTasks, { tasks: [{ accountId: account, taskId }] }, { timeoutMs: 5_000 });
      return tasks[0];
    },
    ended: (taskId, timeoutMs = 15_000) =>
      eventually(
        async () => {
          const task = await world.read(taskId);
          if (task?.status !== 'completed' && task?.status !== 'failed') throw new Error(`still ${task?.status}`);
          return task;
        },
        { timeoutMs },
      ),
    async stop() {
      await Promise.all(replicas.map((running) => running.close()));
      await neighbours.close();
      await source.destroy();
      await nats.stop();
    },
  };
  return world;
}

export class RefusedError extends Error {
  readonly code: string | undefined;
  readonly details: unknown;
  readonly param: string | undefined;

  constructor(error: { code: string; message: string; details?: unknown; param?: string | undefined } | undefined) {
    super(error?.message);
    this.code = error?.code;
    this.details = error?.details;
    this.param = error?.param;
  }
}

export function newTaskId(): string {
  return `vidgen_${Date.now()}_${randomBytes(4).toString('hex')}`;
}

async function startOrchestrator(config: OrchestratorConfig): Promise<Running> {
  @Module({ imports: [OrchestratorModule.register(config)] })
  class Orchestrator {}
  return start(Orchestrator, {
    name: 'orchestrator',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'error' },
    microservices: () => transports(config),
  });
}

async function startNeighbours(script: Script, url: string): Promise<Running> {
  @Module({
    imports: [MessagingModule.register({ app: 'neighbours', url })],
    controllers: [Neighbours],
    providers: [{ provide: Script, useValue: script }],
  })
  class NeighboursModule {}
  return start(NeighboursModule, {
    name: 'neighbours',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'error' },
    microservices: () => [
      natsTransport({ app: 'neighbours', url }),
      jetStreamTransport({ app: 'neighbours', url, lanes: ['simulator', 'seedance', 'openai-compatible', 'second'] }),
    ],
  });
}

const capabilities = {
  types: ['text-to-video' as const, 'image-to-video' as const],
  resolutions: ['240p', '720p'],
  durations: { min: 1, max: 60 },
  aspectRatios: ['16:9'],
  maxImages: 2,
  firstFrame: true,
};
const shared = {
  name: 'Quick',
  capabilities,
  defaults: { resolution: '240p', duration: 5, aspectRatio: '16:9' },
  price: { mode: 'per_call' as const, credits: 10 },
  p50Seconds: 0.5,
};

export const defaultCatalog: z.input<typeof catalogSchema> = {
  sandboxChannel: 'sandbox',
  channels: [
    { id: 'sandbox', provider: 'simulator', baseUrl: 'http://127.0.0.1:1' },
    { id: 'first', provider: 'simulator', baseUrl: 'http://127.0.0.1:1' },
    { id: 'second', provider: 'simulator', lane: 'second', baseUrl: 'http://127.0.0.1:1' },
    { id: 'plain', provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:1' },
  ],
  models: [
    { ...shared, id: 'quick', routes: [{ channel: 'first', upstreamModel: 'up' }] },
    {
      ...shared,
      id: 'two-routes',
      routes: [
        { channel: 'first', upstreamModel: 'up', priority: 0, failoverAfterAcceptance: true },
        { channel: 'second', upstreamModel: 'up-2', priority: 1 },
      ],
    },
    {
      ...shared,
      id: 'hasty',
      deadlines: { queue: 2, submit: 2, generation: 2, total: 30 },
      routes: [{ channel: 'first', upstreamModel: 'up' }],
    },
    { ...shared, id: 'uncancellable', routes: [{ channel: 'plain', upstreamModel: 'up' }] },
    { ...shared, id: 'unrouted' },
  ],
};
