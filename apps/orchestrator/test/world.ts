import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { type Running, start } from '@videoapi/chassis';
import {
  applyCatalog,
  catalog as catalogSchema,
  createTask,
  getTasks,
  type Task,
  type TaskSubmission,
} from '@videoapi/contracts';
import { createDataSource, migrate } from '@videoapi/database';
import { Publisher, RpcClient } from '@videoapi/messaging';
import { eventually, freshDatabase, type NatsServer, startNats } from '@videoapi/testing';
import { type DataSource } from 'typeorm';
import { type z } from 'zod';
import { type OrchestratorConfig } from '../src/config.js';
import { migrations } from '../src/db/migrations.js';
import { OrchestratorModule, transports } from '../src/orchestrator.module.js';
import { defaultCatalog } from './catalog.js';
import { Script, startNeighbours } from './neighbours.js';

export interface World {
  readonly script: Script;
  readonly source: DataSource;
  readonly nats: NatsServer;
  readonly rpc: RpcClient;
  readonly publisher: Publisher;
  readonly config: OrchestratorConfig;
  /** What the replicas have logged. */
  readonly lines: readonly Record<string, unknown>[];
  /** Those that run, the first one first. */
  readonly replicas: readonly Running[];
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
    historyDays: 30,
    natsUrl: nats.url,
  };
  const script = new Script();
  const neighbours = await startNeighbours(script, nats.url);
  const replicas: Running[] = [];
  const lines: Record<string, unknown>[] = [];
  const replica = async () => {
    const running = await startOrchestrator(config, lines);
    replicas.push(running);
    return running;
  };
  await replica();
  const rpc = neighbours.app.get(RpcClient);
  await rpc.call(applyCatalog, { catalog: catalogSchema.parse(catalog) }, { timeoutMs: 20_000 });
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
    lines,
    replicas,
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
      keyMaxConcurrent: null,
      ...overrides,
    }),
    async create(submission) {
      const { results } = await rpc.call(createTask, { tasks: [submission] }, { timeoutMs: 20_000 });
      const [result] = results;
      if (result === undefined || !('task' in result)) throw new RefusedError(result?.error);
      return result.task;
    },
    async read(taskId) {
      const { tasks } = await rpc.call(getTasks, { tasks: [{ accountId: account, taskId }] }, { timeoutMs: 20_000 });
      return tasks[0];
    },
    ended: (taskId, timeoutMs = 30_000) =>
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

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly param?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

export class RefusedError extends Error {
  readonly code: string | undefined;
  readonly details: unknown;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(error: Refusal | undefined) {
    super(error?.message);
    this.code = error?.code;
    this.details = error?.details;
    this.param = error?.param;
    this.retryAfterMs = error?.retryAfterMs;
  }
}

export function newTaskId(): string {
  return `vidgen_${Date.now()}_${randomBytes(4).toString('hex')}`;
}

async function startOrchestrator(config: OrchestratorConfig, lines: Record<string, unknown>[]): Promise<Running> {
  @Module({ imports: [OrchestratorModule.register(config)] })
  class Orchestrator {}
  return start(Orchestrator, {
    name: 'orchestrator',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'info', destination: { write: (line) => keep(line, lines) } },
    microservices: () => transports(config),
  });
}

/** An error is worth reading beside the test that it belongs to. */
function keep(line: string, lines: Record<string, unknown>[]): void {
  const fields: Record<string, unknown> = JSON.parse(line);
  lines.push(fields);
  if (fields['level'] === 'error') process.stdout.write(line);
}
