import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { eventually, freePort } from '@videoapi/testing';
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
  readonly headers: Headers;
  readonly body: unknown;
}

/** A simulator on a port of its own, quick unless told otherwise. */
export async function simulator(env: Record<string, string> = {}) {
  const [port, healthPort] = [await freePort(), await freePort()];
  const pace = { SIMULATED_LATENCY_MS: '20', SIMULATED_QUEUE_MS: '0' };
  const config = z.object(simulatorEnv).parse({ PORT: String(port), ...pace, ...env });
  const running = await startSimulator({ ...config, HEALTH_PORT: healthPort });
  const url = `http://127.0.0.1:${port}`;
  const call = async (method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Answer> => {
    const json = body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...init,
      headers: { authorization: 'Bearer sk-test', ...json, ...init.headers },
      ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  };
  return {
    url,
    call,
    get: (path: string, init?: RequestInit) => call('GET', path, undefined, init),
    post: (path: string, body?: unknown, init?: RequestInit) => call('POST', path, body, init),
    close: () => running.close(),
  };
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
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      received.push({ path: request.url ?? '', headers, text, body: parsed(text), at: Date.now() });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  /** Waits until so many have come to the path. */
  const at = (path: string, count: number) =>
    eventually(() => {
      const found = received.filter((one) => one.path === path);
      return found.length >= count && found;
    }).then((found) => found || []);
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, received, at, close };
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
