import { randomBytes, randomUUID } from 'node:crypto';
import { Controller, Module } from '@nestjs/common';
import { type Running, start } from '@videoapi/chassis';
import {
  listFinished,
  type Rpc,
  type RpcRequest,
  type RpcResponse,
  signCallbackToken,
  type Task,
  type TaskCallback,
  taskCompleted,
  taskFailed,
  taskProgressed,
  taskQueued,
  taskStarted,
} from '@videoapi/contracts';
import { createDataSource, migrate, sql } from '@videoapi/database';
import {
  bootstrapStreams,
  HandleRpc,
  MessagingModule,
  natsTransport,
  type Nats,
  openNats,
  Publisher,
  RpcClient,
} from '@videoapi/messaging';
import { freshDatabase, type NatsServer, startNats } from '@videoapi/testing';
import { type DataSource } from 'typeorm';
import { type CallbackVerifiers, type RawCallback } from '../src/callback/verifier.js';
import { type WebhooksConfig } from '../src/config.js';
import { migrations } from '../src/db/migrations/index.js';
import { httpOptions } from '../src/http.js';
import { transports, WebhooksModule } from '../src/webhooks.module.js';

export const tokenKey = 'a callback key of at least thirty-two characters';

/** `hinting` never signs; `signing` demands the header x-signature: good. Both ask whose address it is. */
const verifiers: CallbackVerifiers = {
  hinting: { verify: () => 'hint', parse, challenge },
  signing: { verify: ({ headers }) => (headers['x-signature'] === 'good' ? 'signed' : 'forged'), parse, challenge },
};

/** `task=<name>` names a render. */
function parse({ body }: RawCallback) {
  return body.startsWith('task=') ? { upstreamId: body.slice('task='.length) } : {};
}

function challenge({ body }: RawCallback) {
  return body.startsWith('challenge=') ? { challenge: body.slice('challenge='.length) } : undefined;
}

const facts = {
  queued: taskQueued,
  started: taskStarted,
  progressed: taskProgressed,
  completed: taskCompleted,
  failed: taskFailed,
} as const;

export interface World {
  readonly source: DataSource;
  readonly nats: NatsServer;
  readonly connection: Nats;
  readonly url: string;
  readonly running: Running;
  /** What the orchestrator says it finished. */
  readonly finished: RpcResponse<typeof listFinished>['tasks'];
  readonly config: WebhooksConfig;
  publish(fact: keyof typeof facts, task: Task, callback?: string | TaskCallback, id?: string): Promise<void>;
  call<R extends Rpc>(rpc: R, request: unknown): Promise<RpcResponse<R>>;
  callbackUrl(provider: string, attemptId: string): string;
  /** Another process on the same database and NATS. */
  another(options?: Options): Promise<Running>;
  stop(): Promise<void>;
}

export interface Options {
  readonly ladderMs?: readonly number[];
  readonly config?: Partial<WebhooksConfig>;
  /** Of a server of its own; default the shared one. */
  readonly adminUrl?: string;
}

export async function startWorld(options: Options = {}): Promise<World> {
  const adminUrl = options.adminUrl ?? (await freshDatabase('webhooks'));
  const role = `webhooks_${randomBytes(4).toString('hex')}`;
  await migrate({ url: adminUrl, schema: 'webhooks', role, password: 'secret', migrations });
  const url = new URL(adminUrl);
  url.username = role;
  url.password = 'secret';
  const nats = await startNats();
  const connection = await openNats({ app: 'test', url: nats.url });
  await bootstrapStreams(connection.connection);
  const source = await createDataSource({ url: url.href, poolSize: 3, applicationName: 'test' }).initialize();
  const finished: RpcResponse<typeof listFinished>['tasks'] = [];
  const orchestrator = await startOrchestrator(nats.url, finished);
  const config: WebhooksConfig = {
    publicUrl: 'https://api.example.com',
    callbackTokenKey: tokenKey,
    callbackSecrets: {},
    secretKek: randomBytes(32),
    egress: { allow: ['127.0.0.0/8', '::1/128'], allowHttp: true },
    slots: { fast: 400, slow: 100 },
    database: { url: url.href, poolSize: 8 },
    natsUrl: nats.url,
    ...options.config,
  };
  const running = await startWebhooks(config, options);
  const base = `http://127.0.0.1:${running.port}`;
  const publisher = new Publisher(connection);
  const rpc = new RpcClient(connection);
  const others: Running[] = [];
  return {
    source,
    nats,
    connection,
    url: base,
    running,
    finished,
    config,
    async publish(fact, task, callback, id = `${task.id}:${task.version}`) {
      const { prompt: _, ...view } = task;
      const told = typeof callback === 'string' ? { url: callback, format: 'native' as const } : (callback ?? null);
      const data = { taskId: task.id, accountId: task.accountId, version: task.version, task: view, callback: told };
      await publisher.publishEvent(facts[fact], { id, occurredAt: new Date(), data });
    },
    call: (contract, request) => rpc.call(contract, request, { timeoutMs: 20_000 }) as never,
    callbackUrl: (provider, attemptId) => `${base}/callbacks/${provider}/${signCallbackToken(tokenKey, attemptId)}`,
    async another(more = {}) {
      const other = await startWebhooks({ ...config, ...more.config }, { ...options, ...more });
      others.push(other);
      return other;
    },
    async stop() {
      await Promise.all([...others, running].map((each) => each.close()));
      await orchestrator.close();
      await connection.close();
      await source.destroy();
      await nats.stop();
    },
  };
}

export function startWebhooks(config: WebhooksConfig, { ladderMs }: Options = {}): Promise<Running> {
  @Module({ imports: [WebhooksModule.register(config, verifiers, ladderMs === undefined ? {} : { ladderMs })] })
  class Webhooks {}
  return start(Webhooks, {
    name: 'webhooks',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'error' },
    http: { port: 0, host: '127.0.0.1', ...httpOptions },
    microservices: () => transports(config),
  });
}

async function startOrchestrator(url: string, finished: World['finished']): Promise<Running> {
  @Controller()
  class Orchestrator {
    @HandleRpc(listFinished)
    list({ from, to }: RpcRequest<typeof listFinished>): Promise<RpcResponse<typeof listFinished>> {
      const tasks = finished.filter(({ task }) => {
        const at = task.completedAt ?? '';
        return at >= from && at < to;
      });
      return Promise.resolve({ tasks, hasMore: false });
    }
  }
  @Module({ imports: [MessagingModule.register({ app: 'orchestrator', url })], controllers: [Orchestrator] })
  class OrchestratorModule {}
  return start(OrchestratorModule, {
    name: 'orchestrator',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'error' },
    microservices: () => [natsTransport({ app: 'orchestrator', url })],
  });
}

export function newAccount(): string {
  return `acc_${randomBytes(6).toString('hex')}`;
}

export function newAttempt(): string {
  return randomUUID();
}

export function newTask(accountId: string, change: Partial<Task> = {}): Task {
  return {
    id: `vidgen_${Date.now()}_${randomBytes(4).toString('hex')}`,
    accountId,
    version: 7,
    mode: 'live',
    model: 'quick',
    status: 'completed',
    type: 'text-to-video',
    progress: 100,
    resolution: '720p',
    duration: 5,
    aspectRatio: '16:9',
    generateAudio: false,
    outputs: [
      {
        mediaId: 'med_1',
        path: '/media/med_1/signature.mp4',
        contentType: 'video/mp4',
        size: 1_000,
        width: 1280,
        height: 720,
        durationMs: 5_000,
        thumbnailPath: null,
      },
    ],
    creditsReserved: '10',
    creditsCharged: '10',
    creditsRefunded: false,
    error: null,
    metadata: { order: 'ünïcode 🎬' },
    endUserId: null,
    queuePosition: null,
    etaSeconds: null,
    createdAt: new Date().toISOString(),
    startedAt: new Date().toISOString(),
    completedAt: new Date().toISOString(),
    ...change,
  };
}

export function rows<Row>(world: World, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return sql<Row>(world.source, text, values);
}
