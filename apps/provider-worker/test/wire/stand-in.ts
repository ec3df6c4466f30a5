import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ChannelTarget, type Handle, type Observation, type ResolvedRequest } from '@videoapi/contracts';
import {
  type Adapter,
  type AdapterObservation,
  Caller,
  Downloads,
  ProviderHttp,
  ProviderRuntime,
  type RawCallback,
  Secrets,
  type SubmitInput,
} from '@videoapi/provider-kit';
import { createSafeFetch } from '@videoapi/safe-fetch';
import { eventually, freePort, serve, startProcess, tempDir } from '@videoapi/testing';
import { adapterOf } from '../../src/channel/adapter-of.js';

const run = promisify(execFile);
const loader = fileURLToPath(new URL('from-source.mjs', import.meta.url));
const simulator = fileURLToPath(new URL('../../../simulator/src/main.ts', import.meta.url));

/** What the simulator says of a render that it accepted. */
export interface Truth {
  readonly id: string;
  readonly clientReference: string | null;
  readonly model: string;
  readonly prompt: string;
  readonly inputs: readonly unknown[];
  readonly callbackUrl: string | null;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly audio: boolean;
  readonly seed: number | null;
  readonly outcome: string;
}

export interface StandInOptions {
  /** Settings of the simulator. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a channel's `env:NAME` reads. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A callback as the webhook service would see it. */
export type Received = RawCallback & { readonly path: string };

/**
 * The simulator in a process of its own, and what a worker has to speak with it: an adapter is held against the wire that
 * plays its provider, over real HTTP.
 */
export async function openStandIn({ env = {}, secrets = {} }: StandInOptions = {}) {
  const [port, healthPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    LOG_LEVEL: 'warn',
    SIMULATED_LATENCY_MS: '30',
    SIMULATED_QUEUE_MS: '0',
    PORT: String(port),
    HEALTH_PORT: String(healthPort),
    ...env,
  };
  const server = startProcess({
    command: 'env',
    args: [
      ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
      process.execPath,
      '--conditions=@videoapi/source',
      '--import',
      loader,
      simulator,
    ],
    logFile: join(tempDir('stand-in'), 'simulator.log'),
  });
  const http = new ProviderHttp();
  const control = async (path: string) =>
    JSON.parse((await read(http, `${url}/control/${path}`)).toString()) as { renders: Truth[] };
  await eventually(
    () => {
      if (!server.isRunning()) throw new Error(server.logTail());
      return control('renders');
    },
    { timeoutMs: 30_000, message: 'the simulator' },
  );
  const allow = ['127.0.0.1/32'];
  const caller = new Caller({
    http,
    secrets: new Secrets({ env: secrets }),
    assets: createSafeFetch({ userAgent: 'VideoAPI/1.0', allow, maxUrlLength: 8_192 }),
  });
  const runtimeWith = (submitTimeoutMs: number) =>
    new ProviderRuntime(caller, {
      submitTimeoutMs,
      readTimeoutMs: 20_000,
      onAdapterError: (operation, _channel, error) => {
        throw error.cause ?? new Error(`${operation}: ${error.reason}`);
      },
    });
  const runtime = runtimeWith(20_000);
  const listeners: Awaited<ReturnType<typeof listen>>[] = [];
  const downloads = new Downloads(http, caller, { maxBytes: 100_000_000, timeoutMs: 30_000 });

  return {
    url,
    runtime,
    /** Waits only two seconds for the answer to a submit. */
    hastyRuntime: runtimeWith(2_000),
    downloads,
    /** A channel at this path of the simulator; `credentials` name entries of `secrets`. */
    channel: (provider: string, path: string, changes: Partial<ChannelTarget> = {}): ChannelTarget => ({
      id: `sim-${provider}`,
      provider,
      baseUrl: `${url}${path}`,
      credentials: {},
      options: {},
      ...changes,
    }),
    /** Every accepted render, oldest first; of one reference where it is given. */
    renders: async (clientReference?: string): Promise<Truth[]> => {
      const query = clientReference === undefined ? '' : `?clientReference=${encodeURIComponent(clientReference)}`;
      return (await control(`renders${query}`)).renders;
    },
    /** Submits what the provider must take. */
    accept: async (adapter: Adapter, channel: ChannelTarget, order: SubmitInput): Promise<Handle> => {
      const outcome = await runtime.submit(adapter, channel, order);
      if (outcome.outcome !== 'accepted') throw new Error(JSON.stringify(outcome));
      return outcome.handle;
    },
    /** Polls until the render has ended; every state that it went through, without repeats. */
    settle: async (adapter: Adapter, channel: ChannelTarget, handle: Handle) => {
      const states: AdapterObservation['state'][] = [];
      const end = await eventually(
        async () => {
          const seen = await runtime.poll(adapter, channel, handle);
          if (states.at(-1) !== seen.state) states.push(seen.state);
          if (seen.state !== 'succeeded' && seen.state !== 'failed' && seen.state !== 'gone') {
            throw new Error(`still ${JSON.stringify(seen)}`);
          }
          return seen;
        },
        { timeoutMs: 60_000 },
      );
      return { end, states };
    },
    /** The file of a result, by its URL or with the channel's key, and what ffprobe reads out of it. */
    watch: async (channel: ChannelTarget, seen: AdapterObservation | Observation) => {
      if (seen.state !== 'succeeded') throw new Error(`no result: ${JSON.stringify(seen)}`);
      const output = seen.outputs[0];
      if (output === undefined || output.kind === 'uploaded') throw new Error('nothing to watch');
      if (output.kind === 'url') return probe(await read(http, output.url));
      const download = await downloads.open(adapterOf(channel), channel, output.call);
      if (download.kind === 'unavailable') throw new Error(download.reason);
      return probe(download.kind === 'url' ? await read(http, download.url) : await bytesOf(download.body));
    },
    /** Somebody to call back, until the stand-in closes. */
    listen: async (answer?: Parameters<typeof listen>[0]) => {
      const listener = await listen(answer);
      listeners.push(listener);
      return listener;
    },
    close: async () => {
      for (const listener of listeners) await listener.close();
      await http.close();
      await server.stop();
    },
  };
}
export type StandIn = Awaited<ReturnType<typeof openStandIn>>;

/** A submit with a reference and a prompt of its own; `directives` as in `429=1, slow=50`. */
export function orderOf(
  upstreamModel: string,
  request: Partial<ResolvedRequest> = {},
  directives = '',
  callbackUrl: string | null = null,
): SubmitInput {
  const reference = randomUUID();
  const script = directives === '' ? '' : ` [[sim:${directives}]]`;
  return {
    reference,
    upstreamModel,
    callbackUrl,
    request: {
      prompt: `a calico cat plays the piano ${reference.slice(0, 8)}${script}`,
      type: 'text-to-video',
      images: [],
      videos: [],
      audios: [],
      resolution: '720p',
      duration: 5,
      maxDurationMs: 5_000,
      aspectRatio: '16:9',
      generateAudio: false,
      providerOptions: {},
      ...request,
    },
  };
}

/** The webhook service's place: whatever is posted to `url`, byte for byte. Answers 200, and JSON where `answer` has any. */
async function listen(answer: (received: Received) => unknown = () => undefined) {
  const received: Received[] = [];
  const { url, close } = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [path = '', query = ''] = (request.url ?? '').split('?', 2);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const body = Buffer.concat(chunks).toString();
      const raw = { method: request.method ?? '', path, query, headers, body };
      received.push(raw);
      const said = answer(raw);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? {}));
    });
  });
  return {
    received,
    /** The order, with callbacks to here: to its reference, as the platform's end in a token of the attempt. */
    about: (order: SubmitInput): SubmitInput => ({ ...order, callbackUrl: `${url}/callbacks/${order.reference}` }),
    /** What came for a reference, once there are so many. */
    of: (reference: string, count = 1): Promise<Received[]> =>
      eventually(() => {
        const found = received.filter(({ path }) => path.endsWith(reference));
        expect(found.length).toBeGreaterThanOrEqual(count);
        return found;
      }),
    close,
  };
}

async function read({ agent }: ProviderHttp, url: string): Promise<Buffer> {
  const { origin, pathname, search } = new URL(url);
  const signal = AbortSignal.timeout(30_000);
  const { statusCode, body } = await agent.request({ origin, path: pathname + search, method: 'GET', signal });
  const bytes = await bytesOf(body);
  expect([url, statusCode]).toEqual([url, 200]);
  return bytes;
}

async function bytesOf(body: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What ffprobe reads out of a film, and whatever ffmpeg complains about while it decodes all of it. */
async function probe(bytes: Buffer) {
  const file = join(tempDir('film'), 'result.mp4');
  writeFileSync(file, bytes);
  const decode = await run('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-']);
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file]);
  const { streams, format } = JSON.parse(stdout) as {
    streams: { codec_type: string; width?: number; height?: number }[];
    format: { duration: string };
  };
  const video = streams.find((stream) => stream.codec_type === 'video');
  return {
    width: video?.width,
    height: video?.height,
    seconds: Number(format.duration),
    hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
    complaints: decode.stderr,
  };
}
