import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type RequestListener } from 'node:http';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { start } from '@videoapi/chassis';
import { type EventContract, type EventData, mainLane, signInternal, storeResultJob } from '@videoapi/contracts';
import { migrate } from '@videoapi/database';
import {
  jetStreamTransport,
  LiveEvents,
  MessagingModule,
  natsTransport,
  Publisher,
  RpcClient,
} from '@videoapi/messaging';
import { eventually, freePort, freshDatabase, serve, startNats, startS3, tempDir } from '@videoapi/testing';
import { DataSource } from 'typeorm';
import { type UploadsConfig } from '../src/config.js';
import { migrations } from '../src/db/migrations/index.js';
import { configureHttp } from '../src/http.js';
import { MediaRemoval } from '../src/media/removal.js';
import { ResultJournal } from '../src/result/result-journal.js';
import { UploadsModule } from '../src/uploads.module.js';

export const linkKey = 'l'.repeat(32);
export const publicUrl = 'https://video.example';
const internalTokenKey = 'i'.repeat(32);
const mebibyte = 1024 * 1024;

/** The service as it runs, beside real servers and a site whose answers a test decides. */
export async function startUploads(overrides: Partial<UploadsConfig['result']> = {}) {
  const [url, nats, s3, site] = await Promise.all([freshDatabase('uploads'), startNats(), startS3(), startSite()]);
  const role = `uploads_${randomUUID().slice(0, 8)}`;
  await migrate({ url, schema: 'uploads', role, password: 'x', migrations });
  const database = new URL(url);
  database.username = role;
  database.password = 'x';
  const config: UploadsConfig = {
    publicUrl,
    internalTokenKey,
    linkKey,
    // One server under two names, as in production: a link that is made for the wrong one shows.
    storage: { ...s3, publicEndpoint: s3.endpoint.replace('127.0.0.1', 'localhost') },
    upload: {
      maxFiles: 3,
      maxConcurrent: 8,
      limits: { image: mebibyte, audio: 2 * mebibyte, video: 60 * mebibyte },
      maxPresigned: 100 * mebibyte,
    },
    assetAllow: [`127.0.0.1/32:${site.port}`],
    result: { allow: [`127.0.0.1/32:${site.port}`], maxBytes: 20 * mebibyte, thumbnailsAtOnce: 2, ...overrides },
    database: { url: database.href, poolSize: 6 },
    natsUrl: nats.url,
  };

  @Module({ imports: [UploadsModule.register(config)] })
  class App {}
  const app = { app: 'uploads', url: nats.url };
  const running = await start(App, {
    name: 'uploads',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    http: { port: await freePort(), host: '127.0.0.1', configure: configureHttp },
    microservices: () => [natsTransport(app), jetStreamTransport(app)],
    logger: { destination: { write: () => undefined } },
  });

  @Module({ imports: [MessagingModule.register({ app: 'test', url: nats.url })] })
  class Client {}
  const client = await NestFactory.createApplicationContext(Client, { logger: false });
  const events = recordEvents(client.get(LiveEvents));
  const s3Client = new S3Client({ ...s3, forcePathStyle: true, credentials: s3 });
  const uploadUrl = `http://127.0.0.1:${running.port}/internal/upload`;
  return {
    config,
    nats,
    s3,
    site,
    events,
    uploadUrl,
    healthUrl: `http://127.0.0.1:${running.healthPort}`,
    source: running.app.get(DataSource),
    removal: running.app.get(MediaRemoval),
    journal: running.app.get(ResultJournal),
    rpc: client.get(RpcClient),
    /** Everything in the bucket. */
    async keys(prefix = '') {
      const list = new ListObjectsV2Command({ Bucket: s3.bucket, Prefix: prefix });
      return ((await s3Client.send(list)).Contents ?? []).map((object) => object.Key ?? '');
    },
    async unfinishedUploads() {
      const list = new ListMultipartUploadsCommand({ Bucket: s3.bucket });
      return ((await s3Client.send(list)).Uploads ?? []).length;
    },
    token: (accountId: string) => ({
      'x-videoapi-account': accountId,
      authorization: `Internal ${signInternal(internalTokenKey, accountId, Math.floor(Date.now() / 1000))}`,
    }),
    async publishStore(order: Parameters<typeof storeResultJob.data.parse>[0], id: string = randomUUID()) {
      await client.get(Publisher).publishJob(storeResultJob, mainLane, {
        id,
        data: storeResultJob.data.parse(order),
        occurredAt: new Date(),
      });
    },
    async close() {
      await client.close();
      await running.close();
      s3Client.destroy();
      await Promise.all([nats.stop(), s3.stop(), site.close()]);
    },
  };
}

export type Uploads = Awaited<ReturnType<typeof startUploads>>;

/** A result order for a new attempt of a new task. */
export function orderFor(outputs: unknown[], accountId = 'acc_1') {
  const taskId = `vidgen_1783003830450_${randomUUID().slice(0, 8)}`;
  return { taskId, accountId, attemptId: randomUUID(), outputs };
}

function recordEvents(live: LiveEvents) {
  const seen: { subject: string; id: string; data: unknown }[] = [];
  live.subscribe('evt.media.v1.>', (subject, read) => {
    const { id, data } = read();
    seen.push({ subject, id, data });
  });
  return {
    all: (attemptId: string) => seen.filter(({ data }) => isOf(data, attemptId)),
    /** The `count`th event about an attempt. */
    async next<Contract extends EventContract>(
      event: Contract,
      attemptId: string,
      count = 1,
    ): Promise<EventData<Contract>> {
      const found = await eventually(() => {
        const about = seen.filter(({ data }) => isOf(data, attemptId));
        expect(about.map(({ subject }) => subject)).toHaveLength(count);
        return about[count - 1];
      });
      expect(found?.subject).toBe(event.subject);
      return event.data.parse(found?.data) as EventData<Contract>;
    },
  };
}

function isOf(data: unknown, attemptId: string): boolean {
  return typeof data === 'object' && data !== null && 'attemptId' in data && data.attemptId === attemptId;
}

/** Answers what the handler of a path says, and counts. */
async function startSite() {
  const routes = new Map<string, RequestListener>();
  const hits = new Map<string, number>();
  const { url, port, close } = await serve((request, response) => {
    const path = request.url ?? '/';
    hits.set(path, (hits.get(path) ?? 0) + 1);
    const listener = routes.get(path);
    if (listener === undefined) response.writeHead(404).end();
    else listener(request, response);
  });
  return {
    port,
    close,
    hits: (path: string) => hits.get(path) ?? 0,
    /** Returns the URL. */
    on(path: string, listener: RequestListener): string {
      routes.set(path, listener);
      return url + path;
    },
    serve(path: string, body: Buffer, contentType = 'application/octet-stream'): string {
      return this.on(path, (_, response) => {
        response.writeHead(200, { 'content-type': contentType, 'content-length': body.length }).end(body);
      });
    },
  };
}

/** Small real files, made by ffmpeg. `extra` goes between the source and the output. */
export function makeFile(name: string, source: string, extra: string[] = []): Buffer {
  const path = join(tempDir('videoapi-media'), name);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...extra, path]);
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

export function makeVideo(name = 'video.mp4', seconds = 2, extra: string[] = []): Buffer {
  const codec = name.endsWith('.webm') ? ['-c:v', 'libvpx'] : ['-c:v', 'libx264', '-preset', 'ultrafast'];
  return makeFile(name, `testsrc=s=320x180:r=12:d=${seconds}`, [...codec, '-pix_fmt', 'yuv420p', ...extra]);
}

export const makePng = (): Buffer => makeFile('image.png', 'testsrc=s=64x64:d=1', ['-frames:v', '1']);
export const makeWav = (): Buffer => makeFile('audio.wav', 'sine=d=0.2');
