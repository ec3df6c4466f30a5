import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AddressPolicy } from './address.js';
import { discard, limitedBody, readAll } from './body.js';
import { guardedAgent, type Resolve, resolveChecked, systemResolve } from './connector.js';
import { asFetchError, FetchLimitError, UnsafeUrlError } from './errors.js';
import { Exchange, observeExchange, unwatchSockets, watchSockets } from './exchange.js';
import { followRedirect, type Hop, isRedirect } from './redirect.js';
import { checkUrl, endpointOf, literalAddress, type UrlRules } from './url.js';

export interface SafeFetchOptions {
  /** Sent with every request; callers cannot change it. */
  readonly userAgent: string;
  /** Addresses that may be called although they are not public, or not on a public port: `CIDR` or `CIDR:port`. */
  readonly allow?: readonly string[];
  /** Plain HTTP to public addresses. Default false; allowed addresses may always be called without TLS. */
  readonly allowHttp?: boolean;
  /** Ports of public addresses. Default 443, 8443 and, with `allowHttp`, 80. */
  readonly ports?: readonly number[];
  /** Our own public host names, which nobody may make us call. */
  readonly ownHosts?: readonly string[];
  /** Default 2048 characters. */
  readonly maxUrlLength?: number;
  /** Sockets per origin. Default 64. */
  readonly connectionsPerOrigin?: number;
  /** PEM of a private authority to trust instead of the public ones. */
  readonly ca?: string;
  /** The resolver, for tests. */
  readonly lookup?: Resolve;
}

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable;
  readonly signal?: AbortSignal;
  /** Over everything, from the first DNS question to the last byte of the body. Default 60 s. */
  readonly timeoutMs?: number;
  /** Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** From the request's last byte to the response's headers. Default 10 s. */
  readonly headersTimeoutMs?: number;
  /** Longest silence within a body. Default 15 s. */
  readonly idleTimeoutMs?: number;
  /** Of the body. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Past `maxBytes`: fail (default), or with `onBody: 'buffer'` keep the beginning and hang up. */
  readonly overflow?: 'fail' | 'truncate';
  /** Default 0: a redirect is then an answer like any other. */
  readonly maxRedirects?: number;
  /** Undo a content-encoding, although none was asked for. Default true. */
  readonly decode?: boolean;
}

export interface FetchResponse<Body> {
  readonly status: number;
  /** Lower-case names; repeated ones are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the last hop. */
  readonly url: string;
  readonly body: Body;
  readonly truncated: boolean;
  readonly remoteAddress: string;
  readonly timings: {
    /** 0 when the connection was already open. */
    readonly dnsMs: number;
    /** TCP and TLS; 0 when the connection was already open. */
    readonly connectMs: number;
    /** From the call to the last hop's headers. */
    readonly headersMs: number;
  };
}

export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  return new SafeFetch(options);
}

/** The only way to call a URL that someone else chose. See the README for what it promises. */
export class SafeFetch {
  readonly #rules: UrlRules;
  readonly #options: SafeFetchOptions;
  readonly #resolve: Resolve;
  /** By connect timeout, which undici knows per agent only. */
  readonly #agents = new Map<number, Dispatcher>();

  constructor(options: SafeFetchOptions) {
    const allowHttp = options.allowHttp ?? false;
    this.#options = options;
    this.#resolve = options.lookup ?? systemResolve;
    this.#rules = {
      addresses: new AddressPolicy({
        allow: options.allow ?? [],
        ports: options.ports ?? [443, 8443, ...(allowHttp ? [80] : [])],
        allowHttp,
      }),
      maxUrlLength: options.maxUrlLength ?? 2048,
      ownHosts: options.ownHosts ?? [],
    };
    watchSockets();
  }

  /**
   * The literal rules only: scheme, port, host name, address. Returns the URL as it would be called.
   * @throws UnsafeUrlError
   */
  check(url: string): URL {
    return checkUrl(url, this.#rules);
  }

  /**
   * `check`, then DNS: what a URL given now would connect to. A promise about this moment only.
   * @throws UnsafeUrlError, FetchNetworkError
   */
  async resolve(url: string): Promise<readonly string[]> {
    const checked = this.check(url);
    const literal = literalAddress(checked.hostname);
    if (literal !== undefined) return [literal];
    try {
      const guard = { addresses: this.#rules.addresses, resolve: this.#resolve };
      return (await resolveChecked(checked.hostname, endpointOf(checked), guard)).map(({ address }) => address);
    } catch (error) {
      throw asFetchError(error, false);
    }
  }

  /**
   * Any status is an answer. With `onBody: 'stream'` the body must be read or destroyed; the limits go on holding.
   * @throws UnsafeUrlError, FetchLimitError, FetchNetworkError; the reason of `signal` when that fired.
   */
  request(url: string, options: FetchOptions & { readonly onBody: 'stream' }): Promise<FetchResponse<Readable>>;
  request(url: string, options?: FetchOptions & { readonly onBody?: 'buffer' }): Promise<FetchResponse<Buffer>>;
  async request(
    url: string,
    options: FetchOptions & { readonly onBody?: 'buffer' | 'stream' } = {},
  ): Promise<FetchResponse<Buffer | Readable>> {
    const exchange = new Exchange(options.timeoutMs ?? 60_000, options.signal);
    try {
      const { hop, response } = await this.#follow(url, options, exchange);
      const headers = flatten(response.headers);
      const facts = { status: response.statusCode, headers, url: hop.url.href, ...wireFacts(exchange) };
      if (options.onBody === 'stream') {
        const body = openBody(response.body, headers, { options, exchange });
        body.once('close', () => exchange.finish());
        return { ...facts, body, truncated: false };
      }
      const read = await collectBody(response.body, headers, { options, exchange });
      exchange.finish();
      return { ...facts, ...read };
    } catch (error) {
      exchange.finish();
      throw exchange.explain(error);
    }
  }

  /** Ends idle connections and refuses new requests; those in flight may finish. */
  async close(): Promise<void> {
    unwatchSockets();
    await Promise.all([...this.#agents.values()].map((agent) => agent.close()));
  }

  async #follow(url: string, options: FetchOptions, exchange: Exchange) {
    const maxRedirects = options.maxRedirects ?? 0;
    let hop: Hop = {
      url: this.check(url),
      method: options.method ?? 'GET',
      headers: lowerCased(options.headers ?? {}),
      body: options.body,
    };
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#send(hop, options, exchange);
      if (maxRedirects === 0 || !isRedirect(response.statusCode)) return { hop, response };
      await response.body.dump({ limit: 16_384, signal: exchange.signal });
      if (redirects === maxRedirects) throw new UnsafeUrlError('redirect_limit', 'Too many redirects');
      hop = followRedirect(hop, response.statusCode, flatten(response.headers)['location'], (next) => this.check(next));
    }
  }

  #send(hop: Hop, options: FetchOptions, exchange: Exchange): Promise<Dispatcher.ResponseData<unknown>> {
    return this.#agent(options.connectTimeoutMs ?? 5000).request({
      origin: hop.url.origin,
      path: hop.url.pathname + hop.url.search,
      method: hop.method,
      headers: { 'accept-encoding': 'identity', ...hop.headers, 'user-agent': this.#options.userAgent },
      body:
        hop.body instanceof Uint8Array
          ? Buffer.from(hop.body.buffer, hop.body.byteOffset, hop.body.length)
          : (hop.body ?? null),
      signal: exchange.signal,
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      bodyTimeout: options.idleTimeoutMs ?? 15_000,
      opaque: exchange,
    });
  }

  #agent(connectTimeoutMs: number): Dispatcher {
    const existing = this.#agents.get(connectTimeoutMs);
    if (existing !== undefined) return existing;
    const agent = guardedAgent({
      addresses: this.#rules.addresses,
      resolve: this.#resolve,
      connectTimeoutMs,
      connectionsPerOrigin: this.#options.connectionsPerOrigin ?? 64,
      ca: this.#options.ca,
    }).compose(observeExchange);
    this.#agents.set(connectTimeoutMs, agent);
    return agent;
  }
}

type Headers = Readonly<Record<string, string>>;

const defaultMaxBytes = 1024 * 1024;

interface Reading {
  readonly options: FetchOptions;
  readonly exchange: Exchange;
}

function openBody(source: Readable, headers: Headers, { options, exchange }: Reading): Readable {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  refuseDeclared(source, headers, maxBytes);
  return limitedBody(source, { coding: codingOf(headers, options), maxBytes, exchange });
}

async function collectBody(source: Readable, headers: Headers, { options, exchange }: Reading) {
  const limits = { maxBytes: options.maxBytes ?? defaultMaxBytes, truncate: options.overflow === 'truncate' };
  if (!limits.truncate) refuseDeclared(source, headers, limits.maxBytes);
  const coding = codingOf(headers, options);
  if (coding === undefined) return readAll(source, limits);
  const maxBytes = limits.truncate ? Infinity : limits.maxBytes;
  return readAll(limitedBody(source, { coding, maxBytes, exchange }), limits);
}

/** A body that announces itself as too large is not worth a byte. */
function refuseDeclared(source: Readable, headers: Headers, maxBytes: number): void {
  if (!(Number(headers['content-length']) > maxBytes)) return;
  discard(source);
  throw new FetchLimitError('too_large', 'The response says that it is too large', true);
}

function codingOf(headers: Headers, { decode }: FetchOptions): string | undefined {
  const coding = headers['content-encoding']?.trim().toLowerCase();
  return decode === false || coding === '' || coding === 'identity' ? undefined : coding;
}

function wireFacts({ connection, startedAt }: Exchange): Pick<FetchResponse<never>, 'remoteAddress' | 'timings'> {
  const fresh = connection?.fresh === true ? connection : undefined;
  return {
    remoteAddress: connection?.remoteAddress ?? '',
    timings: {
      dnsMs: fresh?.dnsMs ?? 0,
      connectMs: fresh?.connectMs ?? 0,
      headersMs: performance.now() - startedAt,
    },
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries.filter(([name]) => name !== 'host'));
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
