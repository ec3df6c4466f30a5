import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Injectable, Module, type OnApplicationShutdown, Res } from '@nestjs/common';
import { type CustomTransportStrategy, Ctx, MessagePattern, Payload, Server } from '@nestjs/microservices';
import { eventually } from '@videoapi/testing';
import { type FastifyReply } from 'fastify';
import { Drain, Health, Log, Metrics, type Running, start, type StartOptions } from '../src/index.js';

const story: string[] = [];
const gates = { dependency: true, open: (): void => {} };

@Injectable()
class Resource implements OnApplicationShutdown {
  constructor(
    private readonly drain: Drain,
    health: Health,
    metrics: Metrics,
    log: Log,
  ) {
    health.check('dependency', () => (gates.dependency ? Promise.resolve() : Promise.reject(new Error('down'))));
    metrics.counter({ name: 'things_total', help: 'Things' }).inc(3);
    log.debug({ event: 'made' });
    drain.signal.addEventListener('abort', () => story.push('drain'));
  }

  onApplicationShutdown(): void {
    story.push(this.drain.isDraining ? 'resource closed' : 'resource closed too early');
  }
}

@Controller()
class Routes {
  constructor(private readonly drain: Drain) {}

  @Get('/stream')
  stream(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write('event\n');
    story.push('stream open');
    this.drain.signal.addEventListener('abort', () => reply.raw.end('bye'));
  }

  @Get('/hello')
  hello(): string {
    return 'hello';
  }

  @Get('/gated')
  async gated(): Promise<string> {
    story.push('request taken');
    await new Promise<void>((resolve) => (gates.open = resolve));
    story.push('request answered');
    return 'gated';
  }

  @MessagePattern('job')
  async job(@Payload() payload: string, @Ctx() _context: unknown): Promise<void> {
    story.push(`${payload} taken`);
    await sleep(50);
    story.push(`${payload} finished`);
  }
}

@Module({ controllers: [Routes], providers: [Resource] })
class AppModule {}

@Module({ providers: [{ provide: 'x', useFactory: () => 1, inject: ['nobody provides this'] }] })
class BrokenModule {}

/** A transport that takes one message and, when closed, waits for it. */
class OneMessage extends Server implements CustomTransportStrategy {
  private inFlight: Promise<unknown> = Promise.resolve();

  listen(callback: () => void): void {
    const handler = this.getHandlerByPattern('job');
    if (handler === null) throw new Error('no handler');
    this.inFlight = Promise.resolve(handler('message', undefined));
    callback();
  }

  async close(): Promise<void> {
    await this.inFlight;
    if (!story.includes('transport closed')) story.push('transport closed');
  }

  on(): void {}

  unwrap<T>(): T {
    throw new Error('nothing inside');
  }
}

let running: Running | undefined;

beforeEach(() => {
  story.length = 0;
  gates.dependency = true;
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe('start', () => {
  it('serves HTTP, health and metrics on two ports', async () => {
    const { url, healthUrl } = await startApp();
    expect(await text(`${url}/hello`)).toEqual([200, 'hello']);
    expect((await text(`${url}/health/live`))[0]).toBe(404);
    expect(await text(`${healthUrl}/health/ready`)).toEqual([
      200,
      JSON.stringify({ state: 'ready', checks: { dependency: 'ok' } }),
    ]);
    const [, metrics] = await text(`${healthUrl}/metrics`);
    expect(metrics).toContain('videoapi_things_total 3');
    expect(metrics).toContain('videoapi_http_request_seconds_count{method="GET",route="/hello",status="200"} 1');
    expect(metrics).toContain('nodejs_eventloop_lag');
    expect((await text(`${healthUrl}/other`))[0]).toBe(404);
  });

  it('is alive but not ready while a dependency is away', async () => {
    const { healthUrl } = await startApp();
    gates.dependency = false;
    expect(await text(`${healthUrl}/health/ready`)).toEqual([
      503,
      JSON.stringify({ state: 'failing', checks: { dependency: 'failed' } }),
    ]);
    expect((await text(`${healthUrl}/health/live`))[0]).toBe(200);
  });

  it('stops in order: not ready, work in flight finishes, then the resources close', async () => {
    const { url, healthUrl, service } = await startApp({ microservices: () => [{ strategy: new OneMessage() }] });
    const agent = new Agent({ keepAlive: true });
    expect(await get(`${url}/hello`, agent)).toMatchObject({ body: 'hello', connection: 'keep-alive' });
    const gated = text(`${url}/gated`);
    await eventually(() => story.includes('request taken'));
    const closing = service.close();
    expect((await text(`${healthUrl}/health/ready`))[0]).toBe(503);
    expect(story).not.toContain('resource closed');
    gates.open();
    expect(await gated).toEqual([200, 'gated']);
    await closing;
    agent.destroy();
    expect(story.filter((line) => !line.startsWith('message'))).toEqual([
      'request taken',
      'drain',
      'request answered',
      'transport closed',
      'resource closed',
    ]);
    expect(story.indexOf('message finished')).toBeLessThan(story.indexOf('transport closed'));
    await expect(text(`${healthUrl}/health/live`)).rejects.toThrow();
  });

  it('tells clients to leave while it waits for load balancers', async () => {
    const { url, service } = await startApp({ drainDelayMs: 2_000 });
    const agent = new Agent({ keepAlive: true });
    await get(`${url}/hello`, agent);
    const closing = service.close();
    expect(await get(`${url}/hello`, agent)).toMatchObject({ body: 'hello', connection: 'close' });
    await closing;
    agent.destroy();
  });

  it('does not wait for the connection of a stream that ended', async () => {
    const { url, service } = await startApp();
    const agent = new Agent({ keepAlive: true });
    const stream = get(`${url}/stream`, agent);
    await eventually(() => story.includes('stream open'));
    await service.close();
    expect(await stream).toMatchObject({ body: 'event\nbye' });
    agent.destroy();
  });

  it('rejects when the grace is over', async () => {
    const { url, service } = await startApp({ shutdownGraceMs: 50 });
    const gated = text(`${url}/gated`);
    await eventually(() => story.includes('request taken'));
    await expect(service.close()).rejects.toThrow('in flight');
    running = undefined;
    gates.open();
    await gated;
  });

  it('throws what keeps it from starting', async () => {
    const starting = start(BrokenModule, { ...quiet, name: 'broken', healthPort: 0 });
    await expect(starting).rejects.toThrow('nobody provides this');
  });
});

const quiet = { ownsProcess: false, logger: { level: 'error', destination: { write: () => {} } } } as const;

async function startApp(options: Partial<StartOptions> = {}) {
  running = await start(AppModule, {
    name: 'app',
    healthPort: 0,
    healthHost: '127.0.0.1',
    http: { port: 0, host: '127.0.0.1' },
    ...quiet,
    ...options,
  });
  return {
    service: running,
    url: `http://127.0.0.1:${running.port}`,
    healthUrl: `http://127.0.0.1:${running.healthPort}`,
  };
}

async function text(url: string): Promise<[number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

/** Over an agent, because `fetch` hides the connection header. */
function get(url: string, agent: Agent): Promise<{ body: string; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ body, connection: response.headers.connection }));
    })
      .on('error', reject)
      .end();
  });
}
