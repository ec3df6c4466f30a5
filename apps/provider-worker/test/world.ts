import { randomUUID } from 'node:crypto';
import { Controller, Inject, Module } from '@nestjs/common';
import { Metrics, type Running, start } from '@videoapi/chassis';
import {
  attemptAccepted,
  attemptCancelled,
  attemptObserved,
  attemptRefused,
  attemptUnknown,
  beginSubmit,
  type ChannelTarget,
  presignStaging,
  resolveAssets,
  type RpcRequest,
  type RpcResponse,
  type SubmitOrder,
} from '@videoapi/contracts';
import {
  HandleEvent,
  HandleRpc,
  jetStreamTransport,
  type MessageMeta,
  MessagingModule,
  natsTransport,
  Publisher,
  RpcClient,
} from '@videoapi/messaging';
import { eventually, type NatsServer, startNats } from '@videoapi/testing';
import { type WorkerConfig } from '../src/config.js';
import { transports, WorkerModule } from '../src/worker.module.js';
import { FakeProvider } from './provider.js';

type PermitRequest = RpcRequest<typeof beginSubmit>['attempts'][number];
type Permit = Omit<RpcResponse<typeof beginSubmit>['permits'][number], 'attemptId'>;
type Fact = 'accepted' | 'refused' | 'unknown' | 'observed' | 'cancelled';

export interface Report {
  readonly fact: Fact;
  readonly id: string;
  readonly data: { readonly attemptId: string } & Readonly<Record<string, unknown>>;
}

const go = (): Permit => ({ permit: 'go', epoch: 1 });
const found = {
  outcome: 'ok',
  url: 'https://store.example/presigned.png',
  contentType: 'image/png',
  size: 3,
} as const;

/** What the services around the worker do, changeable by a test at any moment. */
export class Script {
  readonly reports: Report[] = [];
  readonly permitCalls: (readonly PermitRequest[])[] = [];
  readonly resolved: RpcRequest<typeof resolveAssets>[] = [];
  stagingUrl = '';
  permit: (request: PermitRequest) => Permit = go;
  asset: RpcResponse<typeof resolveAssets>['assets'][number] = found;

  reset(): void {
    for (const list of [this.reports, this.permitCalls, this.resolved]) list.length = 0;
    this.permit = go;
    this.asset = found;
  }

  of(attemptId: string): Report[] {
    return this.reports.filter((report) => report.data.attemptId === attemptId);
  }
}

@Controller()
class Neighbours {
  constructor(@Inject(Script) private readonly script: Script) {}

  @HandleRpc(beginSubmit)
  async begin({ attempts }: RpcRequest<typeof beginSubmit>): Promise<RpcResponse<typeof beginSubmit>> {
    this.script.permitCalls.push(attempts);
    return { permits: attempts.map((request) => ({ attemptId: request.attemptId, ...this.script.permit(request) })) };
  }

  @HandleRpc(resolveAssets)
  async resolve(request: RpcRequest<typeof resolveAssets>): Promise<RpcResponse<typeof resolveAssets>> {
    this.script.resolved.push(request);
    return { assets: request.assets.map(() => this.script.asset) };
  }

  @HandleRpc(presignStaging)
  async presign({ attemptId, index }: RpcRequest<typeof presignStaging>): Promise<RpcResponse<typeof presignStaging>> {
    const key = `staging/${attemptId}-${index}`;
    return { key, url: `${this.script.stagingUrl}/${key}`, headers: { 'content-type': 'video/mp4' } };
  }

  @HandleEvent(attemptAccepted)
  async accepted(data: Report['data'], meta: MessageMeta): Promise<void> {
    this.keep('accepted', data, meta);
  }

  @HandleEvent(attemptRefused)
  async refused(data: Report['data'], meta: MessageMeta): Promise<void> {
    this.keep('refused', data, meta);
  }

  @HandleEvent(attemptUnknown)
  async unknown(data: Report['data'], meta: MessageMeta): Promise<void> {
    this.keep('unknown', data, meta);
  }

  @HandleEvent(attemptObserved)
  async observed(data: Report['data'], meta: MessageMeta): Promise<void> {
    this.keep('observed', data, meta);
  }

  @HandleEvent(attemptCancelled)
  async cancelled(data: Report['data'], meta: MessageMeta): Promise<void> {
    this.keep('cancelled', data, meta);
  }

  private keep(fact: Fact, data: Report['data'], { id }: MessageMeta): void {
    this.script.reports.push({ fact, id, data });
  }
}

/** A worker between fakes: a provider over HTTP, the other services over a real NATS. */
export class World {
  readonly script = new Script();
  private constructor(
    readonly nats: NatsServer,
    readonly provider: FakeProvider,
    readonly settings: Partial<WorkerConfig>,
  ) {}

  /** What the worker has logged. */
  readonly lines: string[] = [];
  private neighbours: Running | undefined;
  private worker: Running | undefined;

  static async open(settings: Partial<WorkerConfig> = {}): Promise<World> {
    const world = new World(await startNats(), await FakeProvider.open(), settings);
    await world.start();
    return world;
  }

  get publisher(): Publisher {
    if (this.neighbours === undefined) throw new Error('not started');
    return this.neighbours.app.get(Publisher);
  }

  channel(provider: string, changes: Partial<ChannelTarget> = {}): ChannelTarget {
    const credentials = { apiKey: 'env:TEST_KEY' };
    return { id: `test-${provider}`, provider, baseUrl: this.provider.url, credentials, options: {}, ...changes };
  }

  order(provider: string, changes: Partial<SubmitOrder> = {}): SubmitOrder {
    return {
      attemptId: randomUUID(),
      taskId: `vidgen_${Date.now()}_0123abcd`,
      accountId: 'acc_01',
      channel: this.channel(provider),
      upstreamModel: 'some-model',
      request: sampleRequest,
      callbackUrl: null,
      deadlineAt: new Date(Date.now() + 60_000).toISOString(),
      ...changes,
    };
  }

  /** The reports about an attempt once there are so many. */
  reports(attemptId: string, count = 1): Promise<Report[]> {
    return eventually(() => {
      const found = this.script.of(attemptId);
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    });
  }

  get rpc(): RpcClient {
    if (this.neighbours === undefined) throw new Error('not started');
    return this.neighbours.app.get(RpcClient);
  }

  /** Of the worker, as Prometheus reads them. */
  metrics(): Promise<string> {
    if (this.worker === undefined) throw new Error('not started');
    return this.worker.app.get(Metrics).registry.metrics();
  }

  async stopWorker(): Promise<void> {
    await this.worker?.close();
    this.worker = undefined;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.neighbours?.close();
    this.provider.close();
    await this.nats.stop();
  }

  private async start(): Promise<void> {
    const { url } = this.nats;
    const app = 'neighbours';
    @Module({
      imports: [MessagingModule.register({ app, url })],
      controllers: [Neighbours],
      providers: [{ provide: Script, useValue: this.script }],
    })
    class NeighboursModule {}
    const quiet = { healthPort: 0, ownsProcess: false, logger: { level: 'error' } } as const;
    this.neighbours = await start(NeighboursModule, {
      ...quiet,
      name: app,
      microservices: () => [natsTransport({ app, url }), jetStreamTransport({ app, url })],
    });
    const config: WorkerConfig = { ...defaults, natsUrl: url, ...this.settings };
    @Module({ imports: [WorkerModule.register(config)] })
    class Worker {}
    this.worker = await start(Worker, {
      ...quiet,
      logger: { level: 'debug', destination: { write: (line) => void this.lines.push(line) } },
      name: 'provider-worker',
      shutdownGraceMs: config.shutdownGraceMs,
      microservices: () => transports(config),
    });
  }
}

const defaults: Omit<WorkerConfig, 'natsUrl'> = {
  lanes: ['simulator', 'openai-compatible', 'seedance'],
  channelConcurrency: 64,
  submitTimeoutMs: 20_000,
  readTimeoutMs: 20_000,
  shutdownGraceMs: 10_000,
  maxResultBytes: 10_000_000,
  downloadsAtOnce: 2,
  assetAllow: ['127.0.0.1/32'],
  credentialKeks: [],
  secretEnv: { TEST_KEY: 'sk-test-secret-0123456789' },
};

export const sampleRequest: SubmitOrder['request'] = {
  prompt: 'a calico cat [[sim:slow=10]]',
  type: 'text-to-video',
  images: [],
  videos: [],
  audios: [],
  resolution: '720p',
  duration: 4,
  maxDurationMs: 4_000,
  aspectRatio: '16:9',
  generateAudio: false,
  providerOptions: {},
};
