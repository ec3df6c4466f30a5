import {
  Controller,
  type INestApplicationContext,
  Logger,
  type LoggerService,
  Module,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { defineEvent, defineJob, defineRpc } from '@videoapi/contracts';
import { DatabaseModule } from '@videoapi/database';
import {
  HandleEvent,
  HandleJob,
  jetStreamTransport,
  type JetStreamOptions,
  type MessageMeta,
  MessagingModule,
  type MessagingOptions,
  natsTransport,
} from '@videoapi/messaging';
import { z } from 'zod';

export const happened = defineEvent('thing', 'happened', z.object({ n: z.int() }));
export const unheard = defineEvent('thing', 'unheard', z.object({ n: z.int() }));
export const work = defineJob('work', z.object({ n: z.int() }));
export const ask = defineRpc(
  'rpc.oracle.v1.ask',
  z.object({ question: z.enum(['echo', 'refuse', 'crash', 'wait', 'tell much']) }),
  z.object({ traceparent: z.string().nullable() }),
);
export const askNobody = defineRpc('rpc.nobody.v1.ask', z.object({}), z.object({}));

export interface Seen {
  readonly n: number;
  readonly meta: MessageMeta;
  readonly at: number;
}

/** A controller that keeps what it was handed; `react` may wait or throw before that counts as seen. */
export function recorder(react: (seen: Seen) => Promise<void> | void = () => {}, lane?: string) {
  const seen: Seen[] = [];
  async function take({ n }: { n: number }, meta: MessageMeta): Promise<void> {
    const entry = { n, meta, at: Date.now() };
    await react(entry);
    seen.push(entry);
  }

  @Controller()
  class Events {
    @HandleEvent(happened)
    onHappened(data: { n: number }, meta: MessageMeta): Promise<void> {
      return take(data, meta);
    }
  }

  @Controller()
  class Jobs {
    @HandleJob(work, { ...(lane !== undefined && { lane }), concurrency: 4, ackWaitMs: 3_000 })
    onWork(data: { n: number }, meta: MessageMeta): Promise<void> {
      return take(data, meta);
    }
  }
  return { seen, Events, Jobs, numbers: () => seen.map(({ n }) => n) };
}

const running = new Set<INestApplicationContext>();

/** An app that receives over one transport. */
export async function startReceiver(
  transport: 'rpc' | 'jetstream',
  options: JetStreamOptions,
  controllers: Type[],
): Promise<INestApplicationContext> {
  @Module({ imports: [MessagingModule.register({ app: options.app, url: options.url })], controllers })
  class Receiver {}
  const strategy = transport === 'rpc' ? natsTransport(options) : jetStreamTransport(options);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(Receiver, { ...strategy, abortOnError: false });
  await app.listen();
  running.add(app);
  return app;
}

/** An app that only sends; with `databaseUrl` it relays an outbox. */
export async function startSender(options: MessagingOptions, databaseUrl?: string): Promise<INestApplicationContext> {
  const database =
    databaseUrl === undefined
      ? []
      : [DatabaseModule.register({ url: databaseUrl, poolSize: 4, applicationName: options.app })];
  @Module({ imports: [...database, MessagingModule.register({ ...options, relay: databaseUrl !== undefined })] })
  class Sender {}
  const app = await NestFactory.createApplicationContext(Sender, { abortOnError: false });
  running.add(app);
  return app;
}

export async function stop(app: INestApplicationContext): Promise<void> {
  if (running.delete(app)) await app.close();
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

/** The `event` fields of everything logged from now on. */
export function captureLogs(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const keep = (line: unknown) => {
    if (typeof line === 'object' && line !== null) lines.push({ ...line });
  };
  const logger: LoggerService = { log: keep, error: keep, warn: keep };
  Logger.overrideLogger(logger);
  return lines;
}
