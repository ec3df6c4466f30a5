import { type ChannelTarget, type Handle } from '@videoapi/contracts';
import {
  type Adapter,
  type Call,
  Caller,
  type CallReport,
  isSuccess,
  ProviderHttp,
  ProviderRuntime,
  refused,
  Secrets,
  unreadable,
} from '@videoapi/provider-kit';
import { createSafeFetch } from '@videoapi/safe-fetch';
import fc from 'fast-check';
import { type Socket } from 'node:net';
import { deadUrl, type LocalServer, serveBytes, serveHttp, textOf } from './server.js';
import { input } from './upstream.js';

/** For what must be waited for to the end; everything else is answered long before the other one. */
const timeoutMs = 300;
const patientMs = 20_000;
const key = 'sk-secret-0123456789';
const auth = { put: 'bearer', credential: 'apiKey' } as const;
const get: Call = { method: 'GET', path: '/v1/things/1', auth };

let http: ProviderHttp;
let servers: LocalServer[];
let reports: CallReport[];

beforeEach(() => {
  http = new ProviderHttp({ connectionsPerOrigin: 4, connectTimeoutMs: 20_000 });
  servers = [];
  reports = [];
});
afterEach(async () => {
  await http.close();
  for (const server of servers) server.close();
});

function using(server: LocalServer): LocalServer {
  servers.push(server);
  return server;
}

function callerOf(options: Partial<ConstructorParameters<typeof Caller>[0]> = {}): Caller {
  const secrets = new Secrets({ env: { KEY: key } });
  return new Caller({ http, secrets, observe: (report) => reports.push(report), ...options });
}

function channelAt(baseUrl: string, credentials: Record<string, string> = { apiKey: 'env:KEY' }) {
  return { id: 'one', provider: 'test', baseUrl, credentials, options: {} };
}

function perform(url: string, call: Call = get, caller = callerOf()) {
  return performAt(channelAt(url), call, caller);
}

function performAt(channel: ChannelTarget, call: Call = get, caller = callerOf(), forMs = patientMs) {
  return caller.converse('poll', { channel, hosts: {} }).perform(call, forMs);
}

describe('a call that is answered', () => {
  it('carries the credential and comes back parsed, over kept connections', async () => {
    const seen: unknown[] = [];
    const server = using(
      await serveHttp((request, response) => {
        seen.push([request.method, request.url, request.headers['authorization']]);
        response.writeHead(200, { 'X-Request-Id': 'r1' }).end('{"a":[1]}');
      }),
    );
    const call = { ...get, query: { id: ['1', 'b&c'] } };

    for (let calls = 0; calls < 20; calls += 1) {
      expect(await perform(`${server.url}/base/`, call)).toMatchObject({
        kind: 'reply',
        reply: { status: 200, headers: { 'x-request-id': 'r1' }, body: { a: [1] } },
      });
    }
    const asked = ['GET', '/base/v1/things/1?id=1&id=b%26c', `Bearer ${key}`];
    expect(seen).toEqual(Array.from({ length: 20 }, () => asked));
    expect(server.connections()).toBeLessThanOrEqual(4);
    expect(reports[0]).toMatchObject({ provider: 'test', channelId: 'one', outcome: 'reply', status: 200 });
  });

  it('sends JSON, forms and files', async () => {
    const bodies: string[] = [];
    const server = using(
      await serveHttp((request, response) => {
        if (request.url === '/picture.png') return response.writeHead(200, { 'content-type': 'image/png' }).end('PNG!');
        void textOf(request).then((text) => {
          bodies.push(`${String(request.headers['content-type'])}\n${text}`);
          response.writeHead(200).end('{}');
        });
      }),
    );
    const caller = callerOf({ assets: createSafeFetch({ userAgent: 'test', allow: ['127.0.0.1/32'] }) });
    const post = { method: 'POST', path: '/v1', auth } as const;
    const multipart = [
      { name: 'model', value: 'm"1' },
      { name: 'input_reference', fileUrl: `${server.url}/picture.png` },
    ];

    await perform(server.url, { ...post, json: { seed: 0, size: undefined } }, caller);
    await perform(server.url, { ...post, form: { a: 'b c' } }, caller);
    await perform(server.url, { ...post, multipart }, caller);

    expect(bodies.slice(0, 2)).toEqual(['application/json\n{"seed":0}', 'application/x-www-form-urlencoded\na=b+c']);
    const boundary = /boundary=(\S+)/.exec(bodies[2] ?? '')?.[1] ?? '';
    expect(bodies[2]).toBe(
      [
        `multipart/form-data; boundary=${boundary}`,
        `--${boundary}\r\ncontent-disposition: form-data; name="model"\r\n\r\nm"1\r`,
        `--${boundary}\r\ncontent-disposition: form-data; name="input_reference"; filename="input_reference.png"\r`,
        `content-type: image/png\r\n\r\nPNG!\r\n--${boundary}--\r\n`,
      ].join('\n'),
    );
  });

  it('keeps text beside a failure, and calls it unparseable beside a success', async () => {
    let status = 502;
    const server = using(await serveHttp((_, response) => response.writeHead(status).end('<html>')));

    expect(await perform(server.url)).toMatchObject({ kind: 'reply', reply: { status: 502, body: '<html>' } });
    status = 200;
    expect(await perform(server.url)).toMatchObject({ kind: 'unparseable' });
  });

  it('does not follow a redirect', async () => {
    const elsewhere = using(await serveHttp((_, response) => response.end('{}')));
    const server = using(await serveHttp((_, response) => response.writeHead(302, { location: elsewhere.url }).end()));

    expect(await perform(server.url)).toMatchObject({ kind: 'reply', reply: { status: 302 } });
    expect(elsewhere.connections()).toBe(0);
  });
});

describe('a call that was not sent', () => {
  it('nobody listens', async () => {
    expect(await perform(await deadUrl())).toEqual({ kind: 'not_sent', cause: 'network', reason: 'ECONNREFUSED' });
  });

  it('no such name', async () => {
    expect(await perform('http://provider.invalid')).toMatchObject({ kind: 'not_sent', cause: 'network' });
  });

  it('no TLS at the other end', async () => {
    const server = using(await serveBytes((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')));

    expect(await perform(server.url.replace('http:', 'https:'))).toMatchObject({ kind: 'not_sent' });
  });

  it('no credential under the reference', async () => {
    const server = using(await serveHttp((_, response) => response.end('{}')));
    const call = (credentials: Record<string, string>) => performAt(channelAt(server.url, credentials));

    for (const credentials of [{}, { apiKey: 'env:MISSING' }, { apiKey: 'file:/no/such/file' }, { apiKey: 'plain' }]) {
      expect(await call(credentials)).toMatchObject({ kind: 'not_sent', cause: 'credential' });
    }
    expect(server.connections()).toBe(0);
  });

  it('an input file that cannot be had', async () => {
    const server = using(await serveHttp((_, response) => response.writeHead(404).end()));
    const caller = callerOf({ assets: createSafeFetch({ userAgent: 'test', allow: ['127.0.0.1/32'] }) });
    const call = (fileUrl: string) =>
      perform(
        `${server.url}/api`,
        { method: 'POST', path: '/v1', multipart: [{ name: 'image', fileUrl }], auth },
        caller,
      );

    expect(await call(`${server.url}/gone.png`)).toMatchObject({ kind: 'not_sent', cause: 'asset' });
    expect(await call('http://169.254.169.254/latest')).toMatchObject({ kind: 'not_sent', cause: 'asset' });
  });

  it('gave up while it waited for a connection, and is not sent later', async () => {
    const asked: string[] = [];
    const hanging: (() => void)[] = [];
    const server = using(
      await serveHttp((request, response) => {
        asked.push(request.url ?? '');
        hanging.push(() => response.end('{}'));
      }),
    );
    const narrow = new ProviderHttp({ connectionsPerOrigin: 1 });
    try {
      const caller = callerOf({ http: narrow });
      const first = performAt(channelAt(server.url), { ...get, path: '/first' }, caller);
      const second = await performAt(channelAt(server.url), { ...get, path: '/second' }, caller, 100);
      expect(second).toMatchObject({ kind: 'not_sent', cause: 'network' });
      hanging[0]?.();
      expect(await first).toMatchObject({ kind: 'reply' });
      const third = performAt(channelAt(server.url), { ...get, path: '/third' }, caller);
      await expectSoon(() => expect(asked).toEqual(['/first', '/third']));
      hanging[1]?.();
      await third;
      expect(asked).toEqual(['/first', '/third']);
    } finally {
      await narrow.close();
    }
  });
});

it('calls that hang leave the others of their host alone', async () => {
  const server = using(
    await serveHttp((request, response) => {
      if (request.url !== '/hanging') response.end('{}');
    }),
  );
  const open = new ProviderHttp();
  try {
    const caller = callerOf({ http: open });
    const calls = Array.from({ length: 300 }, () =>
      performAt(channelAt(server.url), { ...get, path: '/hanging' }, caller, 3_000),
    );
    expect(await performAt(channelAt(server.url), get, caller)).toMatchObject({ kind: 'reply' });
    expect((await Promise.all(calls)).every(({ kind }) => kind === 'ambiguous')).toBe(true);
  } finally {
    await open.close();
  }
});

describe('a call that was sent and not answered', () => {
  const cases: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['hung up', (socket) => socket.destroy()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['silence', () => undefined],
    ['half a head', (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-')],
    ['half a body', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":')],
    ['half a body, then silence', (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"id":')],
    [
      'a chunk that never ends',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{'),
    ],
    ['not HTTP', (socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
  ];
  it.each(cases)('%s', async (_, answer) => {
    const server = using(await serveBytes(answer));

    expect(await performAt(channelAt(server.url), get, callerOf(), timeoutMs)).toMatchObject({ kind: 'ambiguous' });
  });

  it('a reply without end is cut off', async () => {
    const block = Buffer.alloc(64 * 1024, ' ');
    const server = using(
      await serveHttp((_, response) => {
        const pour = () => {
          while (!response.destroyed && response.write(block));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      }),
    );

    expect(await perform(server.url, get)).toMatchObject({ kind: 'too_large' });
  });

  it('the process stops', async () => {
    const stopping = new AbortController();
    const server = using(await serveHttp(() => stopping.abort()));

    expect(await perform(server.url, get, callerOf({ signal: stopping.signal }))).toMatchObject({ kind: 'ambiguous' });
    expect(await perform(server.url, get, callerOf({ signal: stopping.signal }))).toMatchObject({ kind: 'not_sent' });
  });
});

/** Reads one thing; refuses with the provider's own words. */
const adapter: Adapter = {
  capabilities: {
    provider: 'test',
    modes: ['text-to-video'],
    completion: 'poll',
    cancel: true,
    lookup: false,
    batchPoll: false,
    resultNeedsKey: false,
    resultTtlSeconds: null,
    usage: 'nothing',
    providerOptions: [],
    notes: [],
  },
  *submit() {
    const token = yield { method: 'GET', path: '/token', auth };
    if (!isSuccess(token)) return refused('channel_credentials', 'no token');
    const reply = yield { method: 'POST', path: '/render', json: {}, auth, creates: true };
    if (isSuccess(reply)) return { outcome: 'accepted', handle: { id: 'x' } };
    return refused('invalid_request', JSON.stringify(reply.body), reply);
  },
  *poll(handle) {
    if (handle['id'] === 'broken') throw new TypeError('a defect');
    const reply = yield get;
    return isSuccess(reply) ? { state: 'running' } : unreadable(reply);
  },
  *cancel() {
    yield get;
    return 'cancelled';
  },
};

function runtimeOf(onAdapterError = () => undefined): ProviderRuntime {
  return new ProviderRuntime(callerOf(), { submitTimeoutMs: patientMs, readTimeoutMs: patientMs, onAdapterError });
}

describe('steps', () => {
  const answers = (render: (socket: Socket) => void) =>
    serveHttp((request, response) => {
      if (request.url === '/token') return response.end('{}');
      render(request.socket);
    });

  it('trouble before the call that creates is a refusal, trouble in it is unknown', async () => {
    const noToken = using(await serveHttp((request) => request.socket.destroy()));
    const noAnswer = using(await answers((socket) => socket.destroy()));
    const broken = using(await answers((socket) => socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}')));

    expect(await runtimeOf().submit(adapter, channelAt(noToken.url), input)).toMatchObject({
      outcome: 'refused',
      failure: { code: 'provider_unavailable' },
    });
    expect(await runtimeOf().submit(adapter, channelAt(noAnswer.url), input)).toMatchObject({ outcome: 'unknown' });
    expect(await runtimeOf().submit(adapter, channelAt(broken.url), input)).toMatchObject({ outcome: 'unknown' });
    expect(await runtimeOf().submit(adapter, channelAt(noToken.url, {}), input)).toMatchObject({
      failure: { code: 'channel_credentials' },
    });
    const clear = { ...adapter, submitRefusal: () => ({ code: 'provider_unavailable', message: 'busy' }) as const };
    expect(await runtimeOf().submit(clear, channelAt(broken.url), input)).toMatchObject({ outcome: 'refused' });
  });

  it('a quoted credential does not come through', async () => {
    const message = `{"error":"Bearer ${key} is not allowed, see https://x.example/?token=abcdef0123"}`;
    const head = `HTTP/1.1 400 Bad\r\ncontent-length: ${message.length}\r\n\r\n`;
    const server = using(await answers((socket) => socket.end(head + message)));

    const outcome = await runtimeOf().submit(adapter, channelAt(server.url), input);

    expect(outcome).toMatchObject({ outcome: 'refused', failure: { message: expect.stringContaining('[redacted]') } });
    expect(JSON.stringify(outcome)).not.toContain(key);
    expect(JSON.stringify(outcome)).not.toContain('abcdef0123');
  });

  it('a defect of an adapter is told of and changes nothing', async () => {
    let told = 0;
    const runtime = runtimeOf(() => void (told += 1));

    expect(await runtime.poll(adapter, channelAt('http://127.0.0.1:1'), { id: 'broken' })).toMatchObject({
      state: 'unreadable',
    });
    expect(told).toBe(1);
  });

  it('whatever bytes come back, a poll is unreadable or running', async () => {
    let bytes = Buffer.alloc(0);
    const server = using(await serveBytes((socket) => void socket.end(bytes)));
    const runtime = new ProviderRuntime(callerOf(), { submitTimeoutMs: patientMs, readTimeoutMs: patientMs });
    const handle: Handle = { id: 'x' };
    const head = fc.constantFrom(
      '',
      'HTTP/1.1 200 OK\r\n\r\n',
      'HTTP/1.1 ',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n',
    );
    await fc.assert(
      fc.asyncProperty(head, fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
        bytes = Buffer.concat([Buffer.from(start), rest]);
        expect(['unreadable', 'running']).toContain((await runtime.poll(adapter, channelAt(server.url), handle)).state);
      }),
      { numRuns: 60 },
    );
  });
});

async function expectSoon(check: () => void): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return check();
    } catch (error) {
      if (tries === 1_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
