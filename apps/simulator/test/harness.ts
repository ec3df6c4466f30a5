import { execFile } from 'node:child_process';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { parseConfig } from '@videoapi/chassis';
import { eventually, serve } from '@videoapi/testing';
import { z } from 'zod';
import { simulatorEnv } from '../src/config.js';
import { startSimulator } from '../src/service.js';

const run = promisify(execFile);
const stream = z.object({
  codec_type: z.string(),
  codec_name: z.string(),
  pix_fmt: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
});
const probed = z.object({ streams: z.array(stream), format: z.object({ duration: z.string() }) });

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A simulator on a port of its own, quick unless told otherwise. */
export async function simulator(env: Record<string, string> = {}) {
  const pace = { SIMULATED_LATENCY_MS: '20', SIMULATED_QUEUE_MS: '0' };
  const config = parseConfig(z.object(simulatorEnv), { PORT: '0', ...pace, ...env });
  const running = await startSimulator(config, {
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'error' },
  });
  const url = `http://127.0.0.1:${running.port}`;
  const call = async (method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> => {
    const payload = await payloadOf(body);
    const headers = { authorization: 'Bearer sk-test', ...payload.headers, ...options.headers };
    return exchange(url + path, { method, headers, timeoutMs: options.timeoutMs ?? 30_000 }, payload.bytes);
  };
  return {
    url,
    call,
    get: (path: string, options?: CallOptions) => call('GET', path, undefined, options),
    post: (path: string, body?: unknown, options?: CallOptions) => call('POST', path, body, options),
    close: () => running.close(),
  };
}

async function payloadOf(body: unknown): Promise<{ headers: Record<string, string>; bytes?: Buffer }> {
  if (body === undefined) return { headers: {} };
  if (!(body instanceof FormData)) {
    return { headers: { 'content-type': 'application/json' }, bytes: Buffer.from(JSON.stringify(body)) };
  }
  const encoded = new Response(body);
  const contentType = encoded.headers.get('content-type') ?? '';
  return { headers: { 'content-type': contentType }, bytes: Buffer.from(await encoded.arrayBuffer()) };
}

function exchange(
  url: string,
  { method, headers, timeoutMs }: { method: string; headers: Record<string, string>; timeoutMs: number },
  bytes: Buffer | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = parsed(Buffer.concat(chunks).toString());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

export interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly body: unknown;
  readonly at: number;
}

/** Somebody who is called back; answers with the given statuses in turn, then 200. */
export async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const { url, close } = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      received.push({ path: request.url ?? '', headers, text, body: parsed(text), at: Date.now() });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  /** Waits until so many have come to the path. */
  const at = (path: string, count: number) =>
    eventually(() => {
      const found = received.filter((one) => one.path === path);
      return found.length >= count && found;
    }).then((found) => found || []);
  return { url, received, at, close };
}

/** What ffprobe reads out of a file, and that ffmpeg decodes all of it without a complaint. */
export async function probe(path: string) {
  const decode = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-']);
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', path]);
  const { streams, format } = probed.parse(JSON.parse(stdout));
  const video = streams.find((stream) => stream.codec_type === 'video');
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  return {
    codec: video?.codec_name,
    pixels: video?.pix_fmt,
    width: video?.width,
    height: video?.height,
    seconds: Number(format.duration),
    audio: audio?.codec_name,
    complaints: decode.stderr,
  };
}

/** How many pixels of the upper part of the first frame are white: letters are, nothing else is. */
export async function whitePixels(path: string): Promise<number> {
  const filter = 'crop=iw:ih*0.7:0:0,format=gray';
  const args = ['-v', 'error', '-i', path, '-vf', filter, '-frames:v', '1', '-f', 'rawvideo', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  return stdout.filter((luma) => luma > 230).length;
}

/** A text field of an answer; tells what the answer was when it is not there. */
export function field(body: unknown, name: string): string {
  const found = z.looseObject({ [name]: z.string() }).safeParse(body);
  if (!found.success) throw new Error(`no ${name} in ${JSON.stringify(body)}`);
  return String(found.data[name]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
