import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  createSafeFetch,
  FetchLimitError,
  type SafeFetch,
  type SafeFetchOptions,
  UnsafeUrlError,
} from '../src/index.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<{ port: number; url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = portOf(server.address());
  return { port, url: `http://127.0.0.1:${port}`, server };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('Not listening on TCP');
  return address.port;
}

function client(port: number, options: Partial<SafeFetchOptions> = {}): SafeFetch {
  const safeFetch = createSafeFetch({
    userAgent: 'test/1',
    allowHttp: true,
    allow: [`127.0.0.1/32:${port}`],
    ...options,
  });
  closers.push(() => safeFetch.close());
  return safeFetch;
}

const answering = (...addresses: string[]) =>
  Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

const unsafe = (code: string) => expect.objectContaining({ name: 'UnsafeUrlError', code });
const limit = (code: string) => expect.objectContaining({ name: 'FetchLimitError', code });
const network = (code: string) => expect.objectContaining({ name: 'FetchNetworkError', code });

describe('a call that is allowed', () => {
  it('answers with status, headers, body, address and timings, and keeps the connection', async () => {
    const { port, url } = await serve((request, response) => {
      response.setHeader('x-got', `${request.method} ${request.url} ${request.headers['user-agent']}`);
      response.writeHead(404).end('nothing here');
    });
    const safeFetch = client(port);
    const first = await safeFetch.request(`${url}/a?b=1#c`, { headers: { 'User-Agent': 'forged', Host: 'forged' } });
    expect(first).toMatchObject({ status: 404, url: `${url}/a?b=1`, truncated: false, remoteAddress: '127.0.0.1' });
    expect(first.headers['x-got']).toBe('GET /a?b=1 test/1');
    expect(first.body.toString()).toBe('nothing here');
    expect(first.timings.connectMs).toBeGreaterThan(0);
    await safeFetch.request(url); // undici may not have the first socket back yet
    expect(await safeFetch.request(url)).toMatchObject({
      remoteAddress: '127.0.0.1',
      timings: { dnsMs: 0, connectMs: 0 },
    });
  });

  it('tells which address each of many concurrent calls went to', async () => {
    const { port } = await serve((_request, response) => void response.end());
    const safeFetch = client(port, {
      allow: [`127.0.0.0/8:${port}`],
      lookup: (hostname) => answering(hostname.startsWith('a') ? '127.0.0.1' : '127.0.0.1'),
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        safeFetch.request(`http://${index % 2 ? 'a' : 'b'}.example.com:${port}/`),
      ),
    );
    expect(answers.every(({ remoteAddress }) => remoteAddress === '127.0.0.1')).toBe(true);
  });

  it('streams a body both ways', async () => {
    const { port, url } = await serve((request, response) => void request.pipe(response));
    const { body } = await client(port).request(url, {
      method: 'POST',
      body: Readable.from([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)]),
      onBody: 'stream',
    });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toHaveLength(200_000);
  });
});

describe('addresses', () => {
  it('are refused by literal, by name, and when any one of several is private', async () => {
    const forbidden = ['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '10.0.0.1', 'fd00::1', '0.0.0.0'];
    for (const address of forbidden) {
      const safeFetch = client(1, { lookup: () => answering('93.184.216.34', address) });
      await expect(safeFetch.request('http://mixed.example.com/')).rejects.toEqual(unsafe('blocked_address'));
      await expect(safeFetch.resolve('http://mixed.example.com/')).rejects.toEqual(unsafe('blocked_address'));
    }
    await expect(client(1).request('http://127.0.0.1/')).rejects.toEqual(unsafe('blocked_address'));
  });

  it('are asked for once per connection: a name that was public a moment ago does not help', async () => {
    let asked = 0;
    const { port } = await serve((_request, response) => void response.end('inside'));
    const safeFetch = client(port, {
      allow: [],
      ports: [80, port],
      lookup: () => answering(asked++ === 0 ? '93.184.216.34' : '127.0.0.1'),
    });
    expect(await safeFetch.resolve(`http://rebind.example.com:${port}/`)).toEqual(['93.184.216.34']);
    await expect(safeFetch.request(`http://rebind.example.com:${port}/`)).rejects.toEqual(unsafe('blocked_address'));
    expect(asked).toBe(2);
  });

  it('are checked again on the socket', async () => {
    const { port } = await serve((_request, response) => void response.end('inside'));
    let reads = 0;
    const shifty = {
      family: 4,
      get address() {
        return reads++ === 0 ? '93.184.216.34' : '127.0.0.1';
      },
    };
    const safeFetch = client(port, { allow: [], ports: [port], lookup: () => Promise.resolve([shifty]) });
    await expect(safeFetch.request(`http://shifty.example.com:${port}/`)).rejects.toEqual(unsafe('blocked_address'));
    expect(reads).toBeGreaterThan(1);
  });

  it('are refused for plain HTTP to a public address, also by name', async () => {
    const safeFetch = client(80, { allowHttp: false, lookup: () => answering('93.184.216.34') });
    await expect(safeFetch.resolve('http://plain.example.com/')).rejects.toEqual(unsafe('blocked_address'));
    await expect(safeFetch.request('http://plain.example.com/')).rejects.toEqual(unsafe('blocked_address'));
  });

  it('report DNS failures, refusals and resets as what they are', async () => {
    const { port, url, server } = await serve((request) => void request.socket.destroy());
    const nowhere = client(port, {
      lookup: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOTFOUND' })),
    });
    await expect(nowhere.request(`http://gone.example.com:${port}/`)).rejects.toMatchObject({
      code: 'dns',
      requestSent: false,
    });
    const safeFetch = client(port);
    await expect(safeFetch.request(url)).rejects.toMatchObject({ code: 'reset', requestSent: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(safeFetch.request(url)).rejects.toMatchObject({ code: 'refused', requestSent: false });
  });
});

describe('redirects', () => {
  it('are not followed unless asked for', async () => {
    const { port, url } = await serve((_request, response) => void response.writeHead(302, { location: '/x' }).end());
    expect(await client(port).request(url)).toMatchObject({ status: 302, headers: { location: '/x' } });
  });

  it('are followed hop by hop, each one judged', async () => {
    const { port, url } = await serve((request, response) => {
      if (request.url === '/0') response.writeHead(302, { location: '/1' }).end('x'.repeat(100));
      else if (request.url === '/loopback') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      else if (request.url === '/name') response.writeHead(302, { location: 'http://inside.example.com/' }).end();
      else if (request.url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else response.end(request.url);
    });
    const safeFetch = client(port, { lookup: () => answering('127.0.0.1') });
    const { body, url: last } = await safeFetch.request(`${url}/0`, { maxRedirects: 3 });
    expect([body.toString(), last]).toEqual(['/1', `${url}/1`]);
    await expect(safeFetch.request(`${url}/loopback`, { maxRedirects: 3 })).rejects.toEqual(unsafe('blocked_address'));
    await expect(safeFetch.request(`${url}/name`, { maxRedirects: 3 })).rejects.toEqual(unsafe('blocked_address'));
    await expect(safeFetch.request(`${url}/file`, { maxRedirects: 3 })).rejects.toEqual(unsafe('bad_scheme'));
    await expect(safeFetch.request(`${url}/loop`, { maxRedirects: 3 })).rejects.toEqual(unsafe('redirect_limit'));
  });
});

describe('limits', () => {
  it('cut a body that never ends at the cap', async () => {
    let sent = 0;
    const endless: RequestListener = (_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const push = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        response.once('drain', push);
      };
      push();
    };
    const { port, url } = await serve(endless);
    const safeFetch = client(port);
    await expect(safeFetch.request(url, { maxBytes: 1_000_000 })).rejects.toEqual(limit('too_large'));
    const { body } = await safeFetch.request(url, { maxBytes: 1_000_000, onBody: 'stream' });
    await expect(body.resume().toArray()).rejects.toEqual(limit('too_large'));
    const cut = await safeFetch.request(url, { maxBytes: 70_000, overflow: 'truncate' });
    expect([cut.body.length, cut.truncated]).toEqual([70_000, true]);
    expect(sent).toBeLessThan(30_000_000);
  });

  it('believe a content-length that is too large', async () => {
    const { port, url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 10_000_000_000 }).write('x');
    });
    const safeFetch = client(port);
    await expect(safeFetch.request(url)).rejects.toEqual(limit('too_large'));
    await expect(safeFetch.request(url, { onBody: 'stream' })).rejects.toEqual(limit('too_large'));
  });

  it('end a slow drip, a silent body and a silent server', async () => {
    const { port, url } = await serve((request, response) => {
      if (request.url === '/silent') return;
      response.writeHead(200).write('x');
      if (request.url !== '/drip') return;
      const timer = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(timer));
    });
    const safeFetch = client(port);
    await expect(safeFetch.request(`${url}/drip`, { timeoutMs: 2_000 })).rejects.toEqual(limit('timeout'));
    const { body } = await safeFetch.request(`${url}/drip`, { timeoutMs: 2_000, onBody: 'stream' });
    await expect(body.toArray()).rejects.toMatchObject({ code: 'timeout' });
    await expect(safeFetch.request(`${url}/stop`, { idleTimeoutMs: 200 })).rejects.toEqual(limit('idle_timeout'));
    const silent = safeFetch.request(`${url}/silent`, { headersTimeoutMs: 200 });
    await expect(silent).rejects.toMatchObject({ code: 'headers_timeout', requestSent: true });
  });

  it('type what ends a stream in the middle', async () => {
    const { port, url } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 5000 }).write(Buffer.alloc(1000), () => request.socket.destroy());
    });
    const { body } = await client(port).request(url, { onBody: 'stream' });
    await expect(body.resume().toArray()).rejects.toMatchObject({ name: 'FetchNetworkError', code: 'reset' });
    await expect(client(port).request(url)).rejects.toEqual(network('reset'));
    const control = new AbortController();
    const silent = await serve((_request, response) => void response.writeHead(200).write('x'));
    const open = await client(silent.port).request(silent.url, { onBody: 'stream', signal: control.signal });
    const reason = new Error('enough');
    control.abort(reason);
    await expect(open.body.toArray()).rejects.toBe(reason);
  });

  it("end with the caller's own reason when the caller aborts", async () => {
    const { port, url } = await serve((_request, response) => void response.writeHead(200).write('x'));
    const reason = new Error('shutting down');
    const safeFetch = client(port);
    const control = new AbortController();
    const pending = safeFetch.request(url, { signal: control.signal });
    control.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(safeFetch.request(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('end a connect that hangs in the resolver', async () => {
    const safeFetch = client(1, { lookup: () => new Promise(() => undefined) });
    const pending = safeFetch.request('https://hang.example.com/', { connectTimeoutMs: 100 });
    await expect(pending).rejects.toMatchObject({ code: 'connect_timeout', requestSent: false });
  });

  it('undo compression but not a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const { port, url } = await serve((request, response) => {
      if (request.url === '/odd') response.writeHead(200, { 'content-encoding': 'constructor' }).end('x');
      else if (request.url === '/torn')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb.subarray(0, 20));
      else
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(request.url === '/bomb' ? bomb : gzipSync('small'));
    });
    const safeFetch = client(port);
    expect((await safeFetch.request(url)).body.toString()).toBe('small');
    expect((await safeFetch.request(url, { decode: false })).body).toEqual(gzipSync('small'));
    await expect(safeFetch.request(`${url}/bomb`)).rejects.toEqual(limit('too_large'));
    const roomy = safeFetch.request(`${url}/bomb`, { maxBytes: 100_000_000 });
    await expect(roomy).rejects.toEqual(limit('decompression_ratio'));
    const head = await safeFetch.request(`${url}/bomb`, { maxBytes: 1000, overflow: 'truncate' });
    expect([head.body.length, head.truncated]).toEqual([1000, true]);
    await expect(safeFetch.request(`${url}/odd`)).rejects.toEqual(network('protocol'));
    await expect(safeFetch.request(`${url}/torn`)).rejects.toEqual(network('protocol'));
  });

  it('refuse what is not HTTP', async () => {
    const server = createTcpServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const port = portOf(server.address());
    await expect(client(port).request(`http://127.0.0.1:${port}/`)).rejects.toEqual(network('protocol'));
  });

  it('take no header that would split the request', async () => {
    const { port, url } = await serve((_request, response) => void response.end());
    const split = client(port).request(url, { headers: { 'x-a': 'b\r\nhost: evil' } });
    await expect(split).rejects.toMatchObject({ code: 'protocol', requestSent: false });
  });
});

it('its errors are told apart by class', () => {
  expect(new UnsafeUrlError('bad_url', 'x')).toBeInstanceOf(Error);
  expect(new FetchLimitError('timeout', 'x', false).requestSent).toBe(false);
});
