import { type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type Adapter,
  type AdapterCapabilities,
  type Auth,
  Caller,
  type CallReport,
  inputOf,
  isSuccess,
  ProviderHttp,
  ProviderRuntime,
  refused,
  Secrets,
  type SubmitOutcome,
  unreadable,
} from '@videoapi/provider-kit';
import { createSafeFetch } from '@videoapi/safe-fetch';
import { type LocalServer, serveHttp, textOf } from './server.js';

export const env = { ACCESS_KEY: 'ak-0123456789', SECRET_KEY: 'sk-secret-0123456789abcdef' };

type Answer = (text: string, request: IncomingMessage, response: ServerResponse) => void;

/** A provider with several paths, and a runtime that calls it. */
export class Upstream {
  readonly http = new ProviderHttp();
  /** What it was asked, in order. */
  readonly asked: { readonly request: IncomingMessage; readonly text: string }[] = [];
  readonly reports: CallReport[] = [];
  /** By path; what has none is 404. */
  readonly answers: Record<string, Answer> = {};

  private server: LocalServer | undefined;

  static async open(): Promise<Upstream> {
    const upstream = new Upstream();
    upstream.server = await serveHttp((request, response) => {
      void textOf(request).then((text) => {
        upstream.asked.push({ request, text });
        const answer = upstream.answers[(request.url ?? '').split('?')[0] ?? ''];
        if (answer === undefined) response.writeHead(404).end('{}');
        else answer(text, request, response);
      });
    });
    return upstream;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  paths(): (string | undefined)[] {
    return this.asked.map(({ request }) => request.url);
  }

  caller(values: Record<string, string> = env): Caller {
    return new Caller({
      http: this.http,
      secrets: new Secrets({ env: values }),
      assets: createSafeFetch({ userAgent: 'test', allow: ['127.0.0.1/32'] }),
      observe: (report) => this.reports.push(report),
      now: () => 1_790_000_000_000,
    });
  }

  runtime(caller = this.caller(), submitTimeoutMs = 20_000): ProviderRuntime {
    return new ProviderRuntime(caller, { submitTimeoutMs, readTimeoutMs: 20_000 });
  }

  /** Other hosts are paths of the same server. */
  channel() {
    return {
      id: 'one',
      provider: 'test',
      baseUrl: `${this.url}/api`,
      credentials: { accessKey: 'env:ACCESS_KEY', secretKey: 'env:SECRET_KEY' },
      options: { hosts: { oauth: `${this.url}/oauth`, storage: `${this.url}/storage`, evil: `${this.url}/evil` } },
    };
  }

  submit(adapter: Adapter, runtime = this.runtime(), channel = this.channel()): Promise<SubmitOutcome> {
    return runtime.submit(adapter, channel, input);
  }

  async close(): Promise<void> {
    await this.http.close();
    this.server?.close();
  }
}

export function json(status: number, body: unknown): Answer {
  return (_text, _request, response) => void response.writeHead(status).end(JSON.stringify(body));
}

const capabilities: AdapterCapabilities = {
  provider: 'test',
  modes: ['text-to-video'],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'nothing',
  hosts: { oauth: 'https://oauth.invalid', storage: 'https://storage.invalid' },
  providerOptions: [],
  notes: [],
};

/** One call to submit, with that credential. */
export function adapterWith(auth: Auth): Adapter {
  return {
    capabilities,
    *submit() {
      const reply = yield callWith(auth);
      const { status, body } = reply;
      if (!isSuccess(reply)) {
        return refused(status === 401 ? 'channel_credentials' : 'provider_error', JSON.stringify(body), reply);
      }
      const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
      return { outcome: 'accepted', handle: { id } };
    },
    *poll() {
      const reply = yield { method: 'GET', path: '/render', auth };
      return isSuccess(reply) ? { state: 'running' } : unreadable(reply);
    },
  };
}

function callWith(auth: Auth) {
  const headers = { 'X-Own': 'kept' };
  const query = { v: '1' };
  return {
    method: 'POST',
    path: '/render',
    query,
    headers,
    json: { prompt: 'kätzchen' },
    auth,
    creates: true,
  } as const;
}

export const input = inputOf({ reference: 'r', upstreamModel: 'm', callbackUrl: null, request: {} });
