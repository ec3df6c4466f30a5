import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Downloads, failureOf, type TokenSource } from '@videoapi/provider-kit';
import { adapterWith, env, json, Upstream } from './upstream.js';

let upstream: Upstream;
beforeEach(async () => {
  upstream = await Upstream.open();
});
afterEach(() => upstream.close());

describe('a token', () => {
  const source: TokenSource = {
    name: 'access',
    credentials: ['accessKey', 'secretKey'],
    mint: ({ accessKey = '', secretKey = '' }) => {
      if (accessKey === 'ak-broken') throw new TypeError('no key file');
      return { method: 'POST', path: '/token', host: 'oauth', form: { id: accessKey, secret: secretKey } };
    },
    read: (reply) => {
      const body = reply.body;
      if (typeof body === 'object' && body !== null && 'token' in body) {
        return { token: String(body.token), livesMs: 60_000 };
      }
      if (reply.status === 418) throw new TypeError('a defect');
      return {
        failure: failureOf(reply.status === 401 ? 'channel_credentials' : 'rate_limited', JSON.stringify(body), reply),
      };
    },
    isRefused: ({ status }) => status === 401,
  };
  const adapter = adapterWith({ put: 'token', as: 'bearer', token: source });

  /** Tokens `token-0000000001`, …; a render is for the newest only. */
  function serveTokens(): void {
    let count = 0;
    upstream.answers['/oauth/token'] = (_, __, response) => {
      count += 1;
      // Long enough for others to ask meanwhile.
      setTimeout(() => response.writeHead(200).end(JSON.stringify({ token: tokenAt(count) })), 20);
    };
    upstream.answers['/api/render'] = (_, request, response) => {
      const isNewest = request.headers.authorization === `Bearer ${tokenAt(count)}`;
      response.writeHead(isNewest ? 200 : 401).end(isNewest ? '{"id":"r1"}' : '{"error":"expired"}');
    };
  }
  const tokenAt = (count: number) => `token-${String(count).padStart(10, '0')}`;
  const accepted = { outcome: 'accepted', handle: { id: 'r1' } };

  it('is minted once, at another host, for all calls of a channel and its credential', async () => {
    serveTokens();
    const caller = upstream.caller();
    const runtime = upstream.runtime(caller);

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => upstream.submit(adapter, runtime, upstream.channel())),
    );
    outcomes.push(await upstream.submit(adapter, runtime, upstream.channel()));

    expect(outcomes).toEqual(Array.from({ length: 11 }, () => accepted));
    expect(upstream.paths().filter((path) => path === '/oauth/token')).toHaveLength(1);
    expect(upstream.asked[0]?.text).toBe(`id=${env.ACCESS_KEY}&secret=${env.SECRET_KEY}`);
    expect(upstream.asked[0]?.request.headers.authorization).toBeUndefined();
    expect(upstream.reports[0]).toMatchObject({ operation: 'token', outcome: 'reply', status: 200 });

    await upstream.submit(adapter, runtime, { ...upstream.channel(), id: 'two' });
    expect(upstream.paths().filter((path) => path === '/oauth/token')).toHaveLength(2);
  });

  it('that is refused is minted anew and the call repeated, once', async () => {
    serveTokens();
    const runtime = upstream.runtime();
    await upstream.submit(adapter, runtime, upstream.channel());
    const real = upstream.answers['/api/render'];
    let refusals = 0;
    upstream.answers['/api/render'] = (text, request, response) => {
      refusals += 1;
      if (refusals === 1) response.writeHead(401).end('{}');
      else real?.(text, request, response);
    };
    upstream.asked.length = 0;

    expect(await upstream.submit(adapter, runtime, upstream.channel())).toEqual(accepted);

    expect(upstream.paths()).toEqual(['/api/render?v=1', '/oauth/token', '/api/render?v=1']);
    expect(upstream.asked[2]?.text).toBe(upstream.asked[0]?.text);
  });

  it('that is refused again is the answer, and the next call begins with a new one', async () => {
    serveTokens();
    upstream.answers['/api/render'] = json(401, { error: 'no such account' });
    const runtime = upstream.runtime();

    expect(await upstream.submit(adapter, runtime, upstream.channel())).toMatchObject({
      outcome: 'refused',
      failure: { code: 'channel_credentials' },
    });
    expect(upstream.paths()).toEqual(['/oauth/token', '/api/render?v=1', '/oauth/token', '/api/render?v=1']);

    serveTokens();
    expect(await upstream.submit(adapter, runtime, upstream.channel())).toEqual(accepted);
  });

  it('many whose token is refused at once share the next one', async () => {
    serveTokens();
    const runtime = upstream.runtime();
    await upstream.submit(adapter, runtime, upstream.channel());
    const mints = () => upstream.paths().filter((path) => path === '/oauth/token').length;
    upstream.answers['/api/render'] = (_, request, response) => {
      const isNew = request.headers.authorization === `Bearer ${tokenAt(2)}`;
      response.writeHead(isNew ? 200 : 401).end('{"id":"r1"}');
    };

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => upstream.submit(adapter, runtime, upstream.channel())),
    );

    expect(outcomes).toEqual(Array.from({ length: 10 }, () => accepted));
    expect(mints()).toBe(2);
  });

  it.each([
    ['refuses the credential', json(401, { error: 'bad key' }), 'channel_credentials'],
    ['has had too many', json(429, { error: 'slow down' }), 'rate_limited'],
    ['hangs up', (_: string, request: IncomingMessage) => void request.socket.destroy(), 'provider_unavailable'],
    ['answers rubbish', (_: string, __: IncomingMessage, r: ServerResponse) => r.end('<html>'), 'provider_unavailable'],
    ['trips the adapter', json(418, {}), 'provider_unavailable'],
    ['gives what is no header', json(200, { token: 'a\r\nb' }), 'channel_credentials'],
  ] as const)('cannot be had when its server %s: refused as $2, and nothing is sent', async (_, answer, code) => {
    upstream.answers['/oauth/token'] = answer;

    expect(await upstream.submit(adapter, upstream.runtime(), upstream.channel())).toMatchObject({
      outcome: 'refused',
      failure: { code },
    });
    expect(upstream.paths()).toEqual(['/oauth/token']);
  });

  it('of a credential that cannot be used or is not there is ours to mend', async () => {
    const broken = await upstream.submit(
      adapter,
      upstream.runtime(upstream.caller({ ...env, ACCESS_KEY: 'ak-broken' })),
      upstream.channel(),
    );
    const missing = await upstream.submit(adapter, upstream.runtime(upstream.caller({})), upstream.channel());

    for (const outcome of [broken, missing]) {
      expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
    }
    expect(upstream.asked).toEqual([]);
  });

  it('that does not come in time ends the submit before it was sent', async () => {
    upstream.answers['/oauth/token'] = () => undefined;

    const outcome = await upstream.submit(adapter, upstream.runtime(upstream.caller(), 200), upstream.channel());

    expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'provider_unavailable' } });
    expect(upstream.paths()).toEqual(['/oauth/token']);
  });

  it('is not repeated after an answer that trips the adapter: something may be running', async () => {
    serveTokens();
    const tripping = adapterWith({
      put: 'token',
      as: { header: 'X-Token' },
      token: {
        ...source,
        isRefused: () => {
          throw new TypeError('a defect');
        },
      },
    });
    upstream.answers['/api/render'] = (_, __, response) => void response.writeHead(200).end('{"id":"r1"}');

    expect(await upstream.submit(tripping, upstream.runtime(), upstream.channel())).toEqual(accepted);
    expect(upstream.paths()).toEqual(['/oauth/token', '/api/render?v=1']);
    expect(upstream.asked[1]?.request.headers['x-token']).toBe(tokenAt(1));
  });

  it('that is quoted does not come through', async () => {
    serveTokens();
    upstream.answers['/api/render'] = (_, request, response) =>
      void response.writeHead(400).end(JSON.stringify({ error: `odd ${request.headers.authorization?.slice(7)}` }));

    const outcome = await upstream.submit(adapter, upstream.runtime(), upstream.channel());

    expect(outcome).toMatchObject({ outcome: 'refused', failure: { message: expect.stringContaining('[redacted]') } });
    expect(JSON.stringify(outcome)).not.toContain(tokenAt(1));
  });

  it('opens results too, and is renewed for them once', async () => {
    serveTokens();
    let refusals = 0;
    upstream.answers['/storage/film'] = (_, __, response) => {
      refusals += 1;
      if (refusals === 1) response.writeHead(401).end();
      else response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': '4' }).end('FILM');
    };
    const downloads = new Downloads(upstream.http, upstream.caller(), { maxBytes: 100, timeoutMs: 20_000 });
    const channel = upstream.channel();
    const auth = { put: 'token', as: 'bearer', token: source } as const;

    const download = await downloads.open(adapter, channel, { method: 'GET', path: '/film', host: 'storage', auth });

    expect(download).toMatchObject({ kind: 'bytes', size: 4 });
    if (download.kind === 'bytes') download.body.destroy();
    expect(upstream.paths()).toEqual(['/oauth/token', '/storage/film', '/oauth/token', '/storage/film']);
  });
});
