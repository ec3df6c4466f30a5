import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as connect, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ChannelTarget } from '@videoapi/contracts';
import { type Dispatcher } from 'undici';
import { type Adapter } from '../adapter.js';
import { type Call } from '../call/call.js';
import { type Caller } from './caller.js';
import { codeOf, flat, type HttpRequest, type ProviderHttp } from './http.js';
import { targetOf } from './target.js';

/** Where a result that needs the channel's key is: behind a link for everybody, or here, to be read. */
export type Download =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'bytes'; readonly body: Readable; readonly contentType: string; readonly size: number | undefined }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Where the bytes go: a presigned PUT of our own store. */
export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DownloadLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A token may have to be minted first. Milliseconds. */
const prepareTimeoutMs = 15_000;

/** Results that only the channel's key opens. */
export class Downloads {
  constructor(
    private readonly http: ProviderHttp,
    private readonly caller: Pick<Caller, 'prepare' | 'isTokenRefused'>,
    private readonly limits: DownloadLimits,
  ) {}

  /**
   * Starts reading. A redirect is not followed but handed on: the key must not go to another address, and whoever fetches
   * that one has the guard for it. `bytes` must be read or destroyed.
   */
  async open(adapter: Pick<Adapter, 'capabilities'>, channel: ChannelTarget, call: Call): Promise<Download> {
    const target = targetOf(adapter, channel);
    try {
      for (let repeats = 0; ; repeats += 1) {
        const prepared = await this.caller.prepare(target, call, prepareTimeoutMs);
        if ('kind' in prepared) return { kind: 'unavailable', reason: prepared.reason };
        const answer = await this.ask(prepared.request);
        const reply = { status: answer.statusCode, headers: flat(answer.headers), body: undefined };
        const isRefused = this.caller.isTokenRefused(call, prepared, reply);
        if (!isRefused || repeats > 0) return downloadOf(answer, prepared.request.url);
        answer.body.destroy();
      }
    } catch (error) {
      return { kind: 'unavailable', reason: codeOf(error) };
    }
  }

  /**
   * Carries the bytes over. Object stores want to know the length first: what comes without one is put on disk before.
   * @returns what went wrong, or undefined.
   */
  async carry(download: Extract<Download, { kind: 'bytes' }>, to: Destination): Promise<string | undefined> {
    const { size, body } = download;
    const capped = connect(body, new Cap(this.limits.maxBytes), () => undefined);
    try {
      if (size !== undefined) return await this.put(capped, size, to);
      return await this.spooled(capped, to);
    } catch (error) {
      return codeOf(error);
    } finally {
      body.destroy();
      capped.destroy();
    }
  }

  private async ask({ url, method, headers, body }: HttpRequest): Promise<Dispatcher.ResponseData> {
    const answer = await this.http.agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...headers, accept: '*/*' },
      body: body ?? null,
      signal: this.signal(),
    });
    // It may break while nobody reads it yet, and an error that nobody hears ends the process.
    answer.body.on('error', () => undefined);
    return answer;
  }

  private async spooled(body: Readable, to: Destination): Promise<string | undefined> {
    const directory = await mkdtemp(join(tmpdir(), 'videoapi-result-'));
    try {
      const file = join(directory, 'result');
      await pipeline(body, createWriteStream(file), { signal: this.signal() });
      return await this.put(createReadStream(file), (await stat(file)).size, to);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  private async put(body: Readable, size: number, { url, headers }: Destination): Promise<string | undefined> {
    const { origin, pathname, search } = new URL(url);
    const response = await this.http.agent.request({
      origin,
      path: pathname + search,
      method: 'PUT',
      headers: { ...headers, 'content-length': String(size) },
      body,
      signal: this.signal(),
    });
    await response.body.dump({ limit: 65_536 });
    return response.statusCode >= 200 && response.statusCode < 300 ? undefined : `store: status ${response.statusCode}`;
  }

  private signal(): AbortSignal {
    const timeout = AbortSignal.timeout(this.limits.timeoutMs);
    return this.limits.signal === undefined ? timeout : AbortSignal.any([timeout, this.limits.signal]);
  }
}

function downloadOf({ statusCode: status, headers, body }: Dispatcher.ResponseData, url: URL): Download {
  if (status === 200) {
    const size = Number(headers['content-length'] ?? Number.NaN);
    const contentType = String(headers['content-type'] ?? 'video/mp4').split(';', 1)[0] ?? 'video/mp4';
    return {
      kind: 'bytes',
      body,
      contentType: contentType.trim(),
      size: Number.isSafeInteger(size) ? size : undefined,
    };
  }
  body.destroy();
  const location = URL.parse(String(headers['location'] ?? ''), url.href);
  if ([301, 302, 303, 307, 308].includes(status) && location !== null) return { kind: 'url', url: location.href };
  return { kind: 'unavailable', reason: `status ${status}` };
}

class Cap extends Transform {
  private bytes = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) done(new RangeError('the result is too large'));
    else done(null, chunk);
  }
}
