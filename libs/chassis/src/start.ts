import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ChassisModule, type ChassisParts, chassisParts } from './chassis.module.js';
import { type HealthServer, portOf, startHealthServer } from './health-server.js';
import { fastifyAdapter, type HttpOptions, observeHttp } from './http.js';
import { createLogger, Log, type LoggerOptions, NestLogger } from './logger.js';
import { superviseProcess } from './supervise.js';
import { closeUnusedConnections } from './unused-connections.js';

export interface StartOptions {
  /** The service's name in logs. */
  readonly name: string;
  /** 0 takes any free port. */
  readonly healthPort: number;
  /** Default `0.0.0.0`. */
  readonly healthHost?: string;
  /** Without it the service listens to messages only. */
  readonly http?: HttpOptions;
  readonly microservices?: (app: NestFastifyApplication) => MicroserviceOptions[];
  /** How long work in flight may take once the service is told to stop. Default 25,000. */
  readonly shutdownGraceMs?: number;
  /** Between "not ready" and closing the listeners, where nothing else makes load balancers wait. Default 0. */
  readonly drainDelayMs?: number;
  /** False for a service inside a test: no signal handlers, and nothing ends the process. Default true. */
  readonly ownsProcess?: boolean;
  readonly logger?: LoggerOptions;
}

export interface Running {
  readonly app: NestFastifyApplication;
  readonly healthPort: number;
  /** The port of `http`, resolved when it was 0. */
  readonly port: number | undefined;
  /** Not ready, stop taking work, finish what is in flight, close. Rejects when the grace is over. */
  close(): Promise<void>;
}

/** Starts a service and returns when it takes work. SIGTERM and SIGINT stop it gracefully. */
export async function start(module: Type | DynamicModule, options: StartOptions): Promise<Running> {
  const logger = createLogger(options.name, options.logger);
  const parts = chassisParts(options.name, new Log(logger));
  const startedAt = performance.now();
  // First, so that "alive, not ready" can be seen while the service waits for its database.
  const healthServer = await startHealthServer(parts.health, parts.metrics, {
    port: options.healthPort,
    host: options.healthHost ?? '0.0.0.0',
  });
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApp(module, options, parts, new NestLogger(logger));
    const created = app;
    const close = once(() => stop(created, healthServer, parts, options));
    if (options.ownsProcess !== false) superviseProcess(parts.log, close);
    await app.init();
    await app.startAllMicroservices();
    if (options.http !== undefined) await app.listen(options.http.port, options.http.host ?? '0.0.0.0');
    parts.health.started();
    const port = options.http === undefined ? undefined : portOf(app.getHttpServer());
    const startupMs = Math.round(performance.now() - startedAt);
    parts.log.info({ event: 'service_started', port, healthPort: healthServer.port, startupMs });
    return { app, healthPort: healthServer.port, port, close };
  } catch (error) {
    parts.log.error({ event: 'service_start_failed', err: error });
    await app?.close().catch(() => undefined); // the first error is the one that tells
    await healthServer.close();
    throw error;
  }
}

async function createApp(
  module: Type | DynamicModule,
  options: StartOptions,
  parts: ChassisParts,
  logger: NestLogger,
): Promise<NestFastifyApplication> {
  // Imported first: global modules stop in the reverse order, so logs and metrics outlive everything.
  const root = { module: Root, imports: [ChassisModule.register(parts), module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, fastifyAdapter(options.http), {
    logger,
    abortOnError: false, // an error that nobody could inject is thrown, where the default would end the process silently
  });
  observeHttp(app, parts.metrics, parts.drain);
  closeUnusedConnections(app.getHttpServer(), parts.drain.signal);
  await options.http?.configure?.(app);
  for (const microservice of options.microservices?.(app) ?? []) app.connectMicroservice(microservice);
  return app;
}

class Root {}

/**
 * `app.close()` closes the listeners and transports, waits for what they have in hand, then runs `onApplicationShutdown`:
 * that is where connections are closed, because `onModuleDestroy` still has handlers running.
 */
async function stop(
  app: NestFastifyApplication,
  healthServer: HealthServer,
  { drain, log }: ChassisParts,
  { drainDelayMs = 0, shutdownGraceMs = 25_000 }: StartOptions,
): Promise<void> {
  const startedAt = performance.now();
  drain.begin();
  log.info({ event: 'service_draining' });
  const grace = new AbortController();
  // Node closes idle connections once, when it stops listening; those that become idle later would keep it open.
  const sweep = setInterval(() => app.getHttpServer().closeIdleConnections(), 100);
  try {
    await Promise.race([
      sleep(drainDelayMs).then(() => app.close()),
      sleep(drainDelayMs + shutdownGraceMs, undefined, { signal: grace.signal, ref: false }).then(() => {
        throw new Error(`work was still in flight after ${shutdownGraceMs} ms`);
      }),
    ]);
    log.info({ event: 'service_stopped', drainMs: Math.round(performance.now() - startedAt) });
  } finally {
    grace.abort();
    clearInterval(sweep);
    await healthServer.close();
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= work());
}
