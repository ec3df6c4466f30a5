import { Module } from '@nestjs/common';
import { type Running, start } from '@videoapi/chassis';
import { migrate } from '@videoapi/database';
import { bootstrapStreams, openNats } from '@videoapi/messaging';
import { freshDatabase, startNats } from '@videoapi/testing';
import { type GatewayConfig } from '../src/config.js';
import { migrations } from '../src/db/migrations.js';
import { maxJsonBytes } from '../src/edge/body-parsers.js';
import { GatewayModule } from '../src/gateway.module.js';
import { configureHttp, fastifyOptions } from '../src/http.js';
import { seedDemo } from '../src/demo.js';
import { startFakes, type World } from './fakes.js';
import { DataSource } from 'typeorm';

export interface Stack {
  readonly url: string;
  readonly running: Running;
  readonly world: World;
  readonly natsUrl: string;
  readonly accountId: string;
  readonly keys: { readonly live: string; readonly test: string; readonly yishang: string; readonly admin: string };
  readonly source: DataSource;
  call(path: string, init?: RequestInit & { readonly key?: string }): Promise<Response>;
  /** Another gateway on the same database and NATS. */
  another(overrides?: Partial<GatewayConfig>): Promise<Running>;
  close(): Promise<void>;
}

export const pepper = 'a pepper of at least thirty-two characters';
export const internalTokenKey = 'an internal key of at least 32 characters';

/** A gateway as a real HTTP server on a real PostgreSQL and NATS; the other services are fakes behind real rpc. */
export async function startStack(overrides: Partial<GatewayConfig> = {}, ownDatabase?: string): Promise<Stack> {
  const adminUrl = ownDatabase ?? (await freshDatabase('gateway'));
  const role = `gateway_${Math.random().toString(36).slice(2)}`;
  await migrate({ url: adminUrl, schema: 'gateway', role, password: 'secret', migrations });
  const url = new URL(adminUrl);
  url.username = role;
  url.password = 'secret';
  const nats = await startNats();
  const connection = await openNats({ app: 'setup', url: nats.url });
  await bootstrapStreams(connection.connection);
  await connection.close();
  const fakes = await startFakes(nats.url);
  const config: GatewayConfig = {
    publicUrl: 'https://api.example.com',
    uploadsUrl: 'http://127.0.0.1:9',
    internalTokenKey,
    apiKeyPepper: pepper,
    rateLimitPerMinute: 600_000,
    ipRateLimitPerMinute: 6_000_000,
    maxQueuedTasks: 10_000,
    allowHttpCallbacks: false,
    egressAllow: [],
    database: { url: url.href, poolSize: 5 },
    natsUrl: nats.url,
    ...overrides,
  };
  const running = await startGateway(config);
  const source = running.app.get(DataSource);
  const { accountId, keys } = await seedDemo(source, pepper, undefined);
  const base = `http://127.0.0.1:${running.port}`;
  const others: Running[] = [];
  return {
    url: base,
    running,
    world: fakes.world,
    natsUrl: nats.url,
    accountId,
    keys,
    source,
    call: (path, { key = keys.live, ...init } = {}) =>
      globalThis.fetch(base + path, {
        ...init,
        headers: {
          ...(key !== '' && { authorization: `Bearer ${key}` }),
          ...(typeof init.body === 'string' && { 'content-type': 'application/json' }),
          ...Object.fromEntries(new Headers(init.headers)),
        },
      }),
    another: async (more = {}) => {
      const other = await startGateway({ ...config, ...more });
      others.push(other);
      return other;
    },
    close: async () => {
      for (const each of [...others, running]) await each.close();
      await fakes.close();
      await nats.stop();
    },
  };
}

function startGateway(config: GatewayConfig): Promise<Running> {
  @Module({ imports: [GatewayModule.register(config)] })
  class Gateway {}
  return start(Gateway, {
    name: 'gateway',
    healthPort: 0,
    ownsProcess: false,
    logger: { level: 'error' },
    http: { port: 0, host: '127.0.0.1', bodyLimit: maxJsonBytes, fastify: fastifyOptions, configure: configureHttp },
  });
}
