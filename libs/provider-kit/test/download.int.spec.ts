import { randomBytes } from 'node:crypto';
import { type RequestListener } from 'node:http';
import { Caller, type Call, type Download, Downloads, ProviderHttp, Secrets } from '@videoapi/provider-kit';
import { deadUrl, type LocalServer, serveHttp } from './server.js';

const film = randomBytes(300_000);
const adapter = {
  capabilities: {
    provider: 'test',
    modes: [],
    completion: 'poll',
    cancel: false,
    lookup: false,
    batchPoll: false,
    resultNeedsKey: true,
    resultTtlSeconds: null,
    usage: 'nothing',
    providerOptions: [],
    notes: [],
  },
} as const;
const call: Call = { method: 'GET', path: '/videos/1/content', auth: { put: 'bearer', credential: 'apiKey' } };

let http: ProviderHttp;
let servers: LocalServer[];
let stored: Map<string, Buffer>;
let storeStatus: number;
let store: LocalServer;

beforeEach(async () => {
  http = new ProviderHttp();
  servers = [];
  stored = new Map();
  storeStatus = 200;
  store = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      if (request.headers['content-length'] !== String(bytes.length)) return response.writeHead(411).end();
      if (storeStatus === 200) stored.set(request.url ?? '', bytes);
      response.writeHead(storeStatus).end();
    });
  });
});
afterEach(async () => {
  await http.close();
  for (const server of servers) server.close();
});

async function serve(listener: RequestListener): Promise<LocalServer> {
  const server = await serveHttp(listener);
  servers.push(server);
  return server;
}

function downloadsOf(limits: Partial<{ maxBytes: number; timeoutMs: number }> = {}): Downloads {
  const caller = new Caller({ http, secrets: new Secrets({ env: { KEY: 'sk-secret-0123456789' } }) });
  return new Downloads(http, caller, { maxBytes: 1_000_000, timeoutMs: 20_000, ...limits });
}

function channelAt(baseUrl: string) {
  return { id: 'one', provider: 'test', baseUrl, credentials: { apiKey: 'env:KEY' }, options: {} };
}

async function carried(baseUrl: string, downloads = downloadsOf()): Promise<string | undefined> {
  const download = await downloads.open(adapter, channelAt(baseUrl), call);
  if (download.kind !== 'bytes') throw new Error(`no bytes: ${download.kind}`);
  return downloads.carry(download, { url: `${store.url}/staging/1`, headers: { 'content-type': 'video/mp4' } });
}

it.each([
  ['with its length', { 'content-length': String(film.length) }],
  ['without one', { 'transfer-encoding': 'chunked' }],
])('carries a result over, %s', async (_, headers) => {
  const provider = await serve((request, response) => {
    if (request.headers.authorization !== 'Bearer sk-secret-0123456789') return response.writeHead(401).end();
    response.writeHead(200, { 'content-type': 'video/mp4; codecs=avc1', ...headers }).end(film);
  });
  const download = await downloadsOf().open(adapter, channelAt(provider.url), call);
  expect(download).toMatchObject({ kind: 'bytes', contentType: 'video/mp4' });
  if (download.kind === 'bytes') download.body.destroy();

  expect(await carried(provider.url)).toBeUndefined();
  expect(stored.get('/staging/1')?.equals(film)).toBe(true);
});

it('hands a redirect on instead of taking the key there', async () => {
  const elsewhere = await serve((_, response) => response.end(film));
  const target = `${elsewhere.url}/x.mp4?signature=1`;
  const provider = await serve((_, response) => response.writeHead(302, { location: target }).end());

  expect(await downloadsOf().open(adapter, channelAt(provider.url), call)).toEqual({ kind: 'url', url: target });
  expect(elsewhere.connections()).toBe(0);
});

it.each([404, 409, 500, 204])('has nothing at status %i', async (status) => {
  const provider = await serve((_, response) => response.writeHead(status).end());

  expect(await downloadsOf().open(adapter, channelAt(provider.url), call)).toEqual({
    kind: 'unavailable',
    reason: `status ${status}`,
  } satisfies Download);
});

it('says so when nobody is there, or no key', async () => {
  const channel = channelAt(await deadUrl());

  expect(await downloadsOf().open(adapter, channel, call)).toEqual({ kind: 'unavailable', reason: 'ECONNREFUSED' });
  expect(await downloadsOf().open(adapter, { ...channel, credentials: {} }, call)).toMatchObject({
    kind: 'unavailable',
  });
});

describe('what breaks on the way is not stored', () => {
  const half = film.subarray(0, 100_000);
  const cases: readonly (readonly [string, RequestListener])[] = [
    [
      'broken off against its length',
      (_, response) => {
        response.writeHead(200, { 'content-length': film.length });
        response.write(half, () => response.socket?.destroy());
      },
    ],
    [
      'broken off without one',
      (_, response) => {
        response.writeHead(200);
        response.write(half, () => response.socket?.destroy());
      },
    ],
  ];
  it.each(cases)('%s', async (_, listener) => {
    const provider = await serve(listener);

    expect(await carried(provider.url)).toEqual(expect.any(String));
    expect(stored.size).toBe(0);
  });

  it('silence half way', async () => {
    const provider = await serve(
      (_, response) => void response.writeHead(200, { 'content-length': film.length }).write(half),
    );

    expect(await carried(provider.url, downloadsOf({ timeoutMs: 2_000 }))).toEqual(expect.any(String));
    expect(stored.size).toBe(0);
  });

  it('too large', async () => {
    const provider = await serve((_, response) => response.end(film));

    expect(await carried(provider.url, downloadsOf({ maxBytes: 1_000 }))).toEqual(expect.any(String));
    expect(stored.size).toBe(0);
  });

  it('the store refuses', async () => {
    storeStatus = 403;
    const provider = await serve((_, response) => response.end(film));

    expect(await carried(provider.url)).toBe('store: status 403');
  });
});
