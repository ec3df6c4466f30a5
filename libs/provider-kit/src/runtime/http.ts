import { Agent, type Dispatcher } from 'undici';
import { type CallFailure, type Reply } from '../call/call.js';

/** A reply that is not a film fits easily; anything larger is a mistake or an attack. Bytes. */
export const replyCap = 1024 * 1024;

export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpLimits {
  /** Over everything, from the wait for a connection to the last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type RawReply = { readonly kind: 'raw'; readonly reply: Omit<Reply, 'body'>; readonly bytes: Buffer };
export type HttpOutcome = RawReply | Extract<CallFailure, { kind: 'not_sent' | 'ambiguous' | 'too_large' }>;

export interface ProviderHttpOptions {
  /** As many as there are calls, when left out. */
  readonly connectionsPerOrigin?: number;
  readonly connectTimeoutMs?: number;
}

/**
 * Plain HTTP/1.1 to providers, with one pool of kept-alive connections per origin. How many calls are under way is for who
 * makes them to bound: a bound per origin would let submits that hang stop the polls, and one channel all others of a host.
 */
export class ProviderHttp {
  readonly agent: Agent;

  constructor({ connectionsPerOrigin, connectTimeoutMs = 5_000 }: ProviderHttpOptions = {}) {
    this.agent = new Agent({
      connections: connectionsPerOrigin ?? null,
      pipelining: 1,
      // Whether a request was sent must be known exactly, so each has its connection to itself.
      allowH2: false,
      keepAliveTimeout: 10_000,
      keepAliveMaxTimeout: 60_000,
      connect: { timeout: connectTimeoutMs },
      // Every call has a clock of its own over all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** One request, one outcome; never throws, follows no redirect, tries nothing twice. */
  exchange(request: HttpRequest, limits: HttpLimits): Promise<HttpOutcome> {
    return new Promise((resolve) => {
      const exchange = new Exchange(limits, resolve);
      if (exchange.isOver) return;
      const { origin, pathname, search } = request.url;
      this.agent.dispatch(
        {
          origin,
          path: pathname + search,
          method: request.method,
          headers: { ...request.headers },
          body: request.body ?? null,
        },
        exchange,
      );
    });
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** What happens to one request on the wire, in undici's own terms. */
class Exchange implements Dispatcher.DispatchHandler {
  isOver = false;
  private isSent = false;
  private controller: Dispatcher.DispatchController | undefined;
  private reply: Omit<Reply, 'body'> | undefined;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly limits: HttpLimits,
    private readonly resolve: (outcome: HttpOutcome) => void,
  ) {
    this.timer = setTimeout(() => this.giveUp(`no answer within ${limits.timeoutMs} ms`), limits.timeoutMs);
    if (limits.signal?.aborted === true) this.onAbort();
    else limits.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** The request is about to be written. Until now not one byte of it has left. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.isOver) return controller.abort(new Error('given up while it waited for a connection'));
    this.isSent = true;
    this.controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.reply = { status, headers: flat(headers) };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size <= replyCap) return void this.chunks.push(chunk);
    this.end({ kind: 'too_large', reason: `the reply has more than ${replyCap} bytes` });
    controller.abort(new Error('reply too large'));
  }

  onResponseEnd(): void {
    if (this.reply === undefined) return this.giveUp('the answer had no head');
    this.end({ kind: 'raw', reply: this.reply, bytes: Buffer.concat(this.chunks, this.size) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(codeOf(error));
  }

  private readonly onAbort = (): void => this.giveUp('aborted');

  private giveUp(reason: string): void {
    this.fail(reason);
    this.controller?.abort(new Error(reason));
  }

  private fail(reason: string): void {
    this.end(this.isSent ? { kind: 'ambiguous', reason } : { kind: 'not_sent', cause: 'network', reason });
  }

  private end(outcome: HttpOutcome): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.limits.signal?.removeEventListener('abort', this.onAbort);
    this.resolve(outcome);
  }
}

export function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}

/** Codes such as ECONNRESET are for people; nothing is decided by them. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'failed';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'failed';
}
