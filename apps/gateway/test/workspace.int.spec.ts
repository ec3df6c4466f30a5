import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppError, verifyInternal } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually, type LocalServer, serve } from '@videoapi/testing';
import { z } from 'zod';
import { Public } from '../src/edge/access.js';
import { RouteAudit } from '../src/edge/route-audit.js';
import { Routes } from '../src/edge/routes.js';
import { enteredCredentials } from './fake-channels.js';
import { internalTokenKey, startStack, type Stack } from './harness.js';

let stack: Stack;
let uploads: LocalServer;
/** What the stand-in for the uploads service does with a call. */
let receive: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  uploads = await serve((request, response) => receive(request, response));
  stack = await startStack({ uploadsUrl: uploads.url });
});
afterAll(async () => {
  await uploads.close();
  await stack.close();
});

const madeKey = z.looseObject({ id: z.string(), key: z.string(), scopes: z.array(z.string()), status: z.string() });
const failure = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) });
const send = (method: string, path: string, body?: unknown, key = stack.keys.admin) =>
  stack.call(path, { method, key, ...(body !== undefined && { body: JSON.stringify(body) }) });
const codeOf = async (response: Response) => failure.parse(await response.json()).error.code;
const makeKey = async (body: object = { name: 'a key' }) =>
  madeKey.parse(await (await send('POST', '/api/keys', body)).json());
const statusWith = async (key: string, base = stack.url) =>
  (await globalThis.fetch(`${base}/v1/credits`, { headers: { authorization: `Bearer ${key}` } })).status;

describe('API keys', () => {
  it('are shown once, listed without their secret, and work at once', async () => {
    const made = await makeKey({ name: 'ci', mode: 'test', dialect: 'yishang', scopes: ['credits:read'] });
    expect(made.key).toMatch(/^vga_test_[0-9A-Za-z]{48}$/);
    expect(await statusWith(made.key)).toBe(200);
    const listed = await (await send('GET', '/api/keys')).text();
    expect(listed).toContain(`"prefix":"vga_test_${made.id}"`);
    expect(listed).not.toContain(made.key.slice(19));
    const rows = await sql<{ row: string }>(stack.source, 'SELECT k::text AS row FROM api_key k');
    expect(rows.some(({ row }) => row.includes(made.key.slice(19)))).toBe(false);
  });

  it('die on every gateway when revoked', async () => {
    const other = await stack.another();
    const base = `http://127.0.0.1:${other.port}`;
    const { id, key } = await makeKey();
    expect([await statusWith(key), await statusWith(key, base)]).toEqual([200, 200]);
    const revoked = await send('DELETE', `/api/keys/${id}`);
    expect(await revoked.json()).toMatchObject({ id, status: 'revoked' });
    expect(await statusWith(key)).toBe(401);
    await eventually(async () => expect(await statusWith(key, base)).toBe(401));
    expect(await codeOf(await stack.call('/v1/credits', { key }))).toBe('api_key_revoked');
    expect((await send('DELETE', `/api/keys/${id}`)).status).toBe(200);
  });

  it('rotate with overlap, or without', async () => {
    const { id, key } = await makeKey({ name: 'r', scopes: ['credits:read'] });
    const next = madeKey.parse(await (await send('POST', `/api/keys/${id}/rotate`)).json());
    expect(next.scopes).toEqual(['credits:read']);
    expect([await statusWith(key), await statusWith(next.key)]).toEqual([200, 200]);
    const last = await send('POST', `/api/keys/${next.id}/rotate`, { overlap_seconds: 0 });
    expect(await statusWith(madeKey.parse(await last.json()).key)).toBe(200);
    expect(await statusWith(next.key)).toBe(401);
    expect((await send('POST', `/api/keys/${next.id}/rotate`)).status).toBe(409);
  });

  it('expire', async () => {
    const { id, key } = await makeKey();
    await sql(stack.source, `UPDATE api_key SET expires_at = now() + interval '3 s' WHERE id = $1`, [id]);
    expect(await statusWith(key)).toBe(200);
    await eventually(async () => expect(await statusWith(key)).toBe(401));
    expect(await codeOf(await stack.call('/v1/credits', { key }))).toBe('api_key_expired');
  });

  it('cannot make a key that may do more than they may', async () => {
    const account = z.object({ id: z.string() });
    const { id } = account.parse(await (await send('POST', '/api/admin/accounts', { name: 'Small' })).json());
    const scopes = ['keys:manage', 'credits:read'];
    const made = await send('POST', `/api/admin/accounts/${id}/keys`, { name: 'k', scopes, requests_per_minute: 60 });
    const { key } = madeKey.parse(await made.json());
    for (const more of [{ scopes: ['admin'] }, { scopes: ['tasks:write'] }, { scopes, requests_per_minute: 61 }]) {
      const response = await send('POST', '/api/keys', { name: 'x', ...more }, key);
      expect([response.status, await codeOf(response)]).toEqual([403, 'insufficient_scope']);
    }
    const equal = { name: 'x', scopes, requests_per_minute: 60 };
    expect((await send('POST', '/api/keys', equal, key)).status).toBe(201);
  });

  it('belong to their account', async () => {
    const account = z.object({ id: z.string() });
    const { id: other } = account.parse(await (await send('POST', '/api/admin/accounts', { name: 'Other' })).json());
    const made = await send('POST', `/api/admin/accounts/${other}/keys`, { name: 'k', scopes: ['keys:manage'] });
    const { key } = madeKey.parse(await made.json());
    const { id } = await makeKey();
    expect((await send('DELETE', `/api/keys/${id}`, undefined, key)).status).toBe(404);
    expect((await send('POST', `/api/keys/${id}/rotate`, {}, key)).status).toBe(404);
    expect(await (await send('GET', '/api/keys', undefined, key)).text()).not.toContain(id);
  });

  it.each([{}, { name: '' }, { name: 'x', scopes: ['everything'] }, { name: 'x', scopes: [] }, { name: 7 }])(
    'are not made of %j',
    async (body) => {
      const response = await send('POST', '/api/keys', body);
      expect([response.status, await codeOf(response)]).toEqual([422, 'invalid_field']);
    },
  );
});

describe('administration', () => {
  it('opens, disables and enables accounts', async () => {
    const id = `acc_${randomUUID().slice(0, 8)}`;
    const made = await send('POST', '/api/admin/accounts', { id, name: 'Someone', max_queued: 5 });
    expect([made.status, await made.json()]).toEqual([201, expect.objectContaining({ id, max_queued: 5 })]);
    expect((await send('POST', '/api/admin/accounts', { id, name: 'Again' })).status).toBe(409);
    const { key } = madeKey.parse(await (await send('POST', `/api/admin/accounts/${id}/keys`, { name: 'k' })).json());
    expect(await statusWith(key)).toBe(200);
    await send('POST', `/api/admin/accounts/${id}/disable`);
    expect(await codeOf(await stack.call('/v1/credits', { key }))).toBe('account_disabled');
    await send('POST', `/api/admin/accounts/${id}/enable`);
    expect(await statusWith(key)).toBe(200);
    const page = await send('GET', '/api/admin/accounts?limit=1');
    expect(await page.json()).toMatchObject({ data: [{ id }], has_more: true, last_id: id });
    const next = await send('GET', `/api/admin/accounts?limit=1&after=${id}`);
    expect(await next.json()).toMatchObject({ data: [{ id: expect.not.stringMatching(`^${id}$`) }] });
    expect((await send('GET', '/api/admin/accounts/nobody')).status).toBe(404);
  });

  it('grants credits under a key, for accounts that exist', async () => {
    const granted = await send('POST', '/api/admin/accounts/acc_demo/grants', { amount: 500, key: 'invoice-1' });
    expect(await granted.json()).toEqual({ available: 500, reserved: 0 });
    expect(stack.world.grants).toEqual([
      expect.objectContaining({ key: 'invoice-1', accountId: 'acc_demo', amount: '500', category: 'paid' }),
    ]);
    expect((await send('POST', '/api/admin/accounts/nobody/grants', { amount: 5, key: 'k' })).status).toBe(404);
    for (const amount of [0, -5, 1.5, '1e3', null]) {
      const refused = await send('POST', '/api/admin/accounts/acc_demo/grants', { amount, key: 'k' });
      expect(refused.status).toBe(422);
    }
    expect(stack.world.grants.length).toBe(1);
    expect(await (await send('GET', '/api/admin/accounts/acc_demo/credits')).json()).toEqual({
      balance: 1000,
      held: 180,
      available: 820,
    });
  });

  it('sets a price list and applies a catalogue', async () => {
    const listed = await send('PUT', '/api/admin/accounts/acc_demo/price_list', { price_list: 'gold' });
    expect(await listed.json()).toEqual({ price_list: 'gold' });
    const catalog = {
      channels: [{ id: 'sandbox', provider: 'simulator', baseUrl: 'http://127.0.0.1:1' }],
      sandboxChannel: 'sandbox',
      models: [
        {
          id: 'm',
          name: 'M',
          capabilities: {
            types: ['text-to-video'],
            resolutions: ['720p'],
            durations: { values: [5] },
            aspectRatios: ['16:9'],
          },
          defaults: { resolution: '720p', duration: 5, aspectRatio: '16:9' },
          price: { mode: 'per_call', credits: 10 },
        },
      ],
    };
    const applied = await send('POST', '/api/admin/catalog', catalog);
    expect(await applied.json()).toEqual({ revision: '2', models: 1, channels: 1, prices_changed: 0 });
    const broken = await send('POST', '/api/admin/catalog', { ...catalog, sandboxChannel: 'nowhere' });
    expect([broken.status, await codeOf(broken)]).toEqual([422, 'invalid_field']);
  });

  it('enters credentials for a channel, which come back as what can be told of them', async () => {
    const secret = `sk-${randomUUID()}`;
    const path = '/api/admin/channels/first/credentials';
    const entered = { name: 'apiKey', reference: null };
    const shown = { fingerprint: 'f1', last_four: secret.slice(-4), entered_at: expect.any(String) };
    const put = await send('PUT', path, { credentials: { apiKey: ` ${secret}\n` } });
    expect([put.status, await put.json()]).toEqual([
      200,
      { channel: 'first', provider: 'simulator', credentials: [{ ...entered, entered: shown }] },
    ]);
    // Sealed before it was handed on, and trimmed like a mounted file.
    expect(enteredCredentials.get('first')?.['apiKey']?.sealed).toBe(`sealed:${Buffer.from(secret).toString('hex')}`);
    const again = await send('PUT', path, { credentials: { apiKey: null } });
    expect(await again.json()).toMatchObject({ credentials: [] });
    expect(await (await send('GET', path)).json()).toMatchObject({ channel: 'first', credentials: [] });

    for (const credentials of [{}, { apiKey: 'short' }, { apiKey: 7 }, { 'no name': secret }, 'sk-']) {
      const refused = await send('PUT', path, { credentials });
      const text = await refused.text();
      expect([refused.status, text.includes(secret)]).toEqual([422, false]);
    }
    expect((await send('PUT', '/api/admin/channels/none/credentials', { credentials: { k: secret } })).status).toBe(
      404,
    );
    expect((await send('GET', '/api/admin/channels/none/credentials')).status).toBe(404);
    expect((await send('PUT', path, { credentials: { k: secret } }, stack.keys.live)).status).toBe(403);

    const rows = await sql<{ row: string }>(stack.source, 'SELECT l::text AS row FROM audit_log l');
    const record = rows.map(({ row }) => row).join('\n');
    expect(record).toContain('channel.credentials');
    expect(record).not.toContain(secret);
    const audit = await (await send('GET', '/api/admin/audit?limit=2')).json();
    expect(audit).toMatchObject({
      data: [
        { action: 'channel.credentials', target: 'first', detail: { names: [], removed: ['apiKey'] } },
        { action: 'channel.credentials', target: 'first', detail: { names: ['apiKey'], removed: [] } },
      ],
    });
  });

  it('is on record, and the record cannot be changed', async () => {
    const audit = z.object({ data: z.array(z.looseObject({ action: z.string(), actor: z.string() })) });
    const { data } = audit.parse(await (await send('GET', '/api/admin/audit?account_id=acc_demo&limit=100')).json());
    expect(new Set(data.map(({ action }) => action))).toEqual(
      new Set(['api_key.create', 'api_key.revoke', 'api_key.rotate', 'credits.grant', 'account.price_list']),
    );
    expect(data.every(({ actor }) => actor === stack.keys.admin.slice(9, 19))).toBe(true);
    for (const statement of [`UPDATE audit_log SET actor = 'x'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log']) {
      await expect(sql(stack.source, statement)).rejects.toThrow();
    }
  });
});

describe('uploads', () => {
  const form = (...files: [string, Uint8Array][]) => {
    const body = new FormData();
    for (const [name, bytes] of files) body.append('files', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
    return body;
  };

  it('pass through with their account, and the answer comes back', async () => {
    const bytes = randomBytes(3_000_000);
    const answer = { data: [{ filename: 'a.png', content_type: 'image/png', size: 3, key: 'uploads/x', url: 'u' }] };
    const seen = Promise.withResolvers<{ size: number; account: string; token: string; url: string }>();
    receive = (request, response) => {
      let size = 0;
      request.on('data', (chunk: Buffer) => (size += chunk.length));
      request.on('end', () => {
        const { 'x-videoapi-account': account, authorization } = request.headers;
        seen.resolve({ size, account: String(account), token: String(authorization), url: request.url ?? '' });
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
      });
    };
    const response = await stack.call('/api/upload', { method: 'POST', body: form(['a.png', bytes]) });
    expect([response.status, await response.json()]).toEqual([200, answer]);
    const { size, account, token, url } = await seen.promise;
    expect([account, url, size > 3_000_000]).toEqual(['acc_demo', '/internal/upload', true]);
    const now = Math.floor(Date.now() / 1000);
    expect(token.startsWith('Internal ')).toBe(true);
    expect(verifyInternal(internalTokenKey, token.slice('Internal '.length), 'acc_demo', now)).toBe(true);
    expect(response.headers.get('x-request-id')).toBeTruthy();
  });

  it('are refused in the words of the dialect', async () => {
    receive = (request, response) => {
      request.resume();
      const error = new AppError('payload_too_large', 'a.mp4 is larger than 200 MB.', { param: 'files[0]' });
      response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify({ error: error.toJSON() }));
    };
    const response = await stack.call('/api/upload', { method: 'POST', body: form(['a.mp4', randomBytes(10)]) });
    expect([response.status, failure.parse(await response.json()).error]).toEqual([
      413,
      expect.objectContaining({
        code: 'payload_too_large',
        message: 'a.mp4 is larger than 200 MB.',
        param: 'files[0]',
      }),
    ]);
  });

  it.each([
    ['says why', 422, { 'content-type': 'application/json' }],
    ['is gone', 503, undefined],
  ])('let a customer finish who hears of a refusal while sending: the service %s', async (_, status, headers) => {
    receive = (request, response) => {
      const error = new AppError('invalid_field', 'a.exe is nothing that we take.', { param: 'files' });
      if (headers === undefined) request.socket.destroy();
      else response.writeHead(422, { ...headers, connection: 'close' }).end(JSON.stringify({ error }));
    };
    const bytes = randomBytes(3_000_000);
    const call = httpRequest(new URL('/api/upload', stack.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stack.keys.live}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': bytes.length,
      },
    });
    call.write(bytes.subarray(0, 1_000));
    const [response]: IncomingMessage[] = await once(call, 'response');
    expect(response?.statusCode).toBe(status);
    response?.resume();
    call.end(bytes.subarray(1_000));
    await once(call, 'close');
  });

  it('make nothing of an answer that is none', async () => {
    receive = (request, response) => {
      request.resume();
      response.writeHead(500).end('<html>');
    };
    const response = await stack.call('/api/upload', { method: 'POST', body: form(['a.mp4', randomBytes(10)]) });
    expect([response.status, await codeOf(response)]).toEqual([500, 'internal_error']);
  });

  it('are 503 while the service is away', async () => {
    receive = (request) => request.socket.destroy();
    const response = await stack.call('/api/upload', { method: 'POST', body: form(['a.mp4', randomBytes(10)]) });
    expect([response.status, await codeOf(response)]).toEqual([503, 'unavailable']);
  });

  it('break off with the customer', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    receive = (request) => {
      request.once('data', () => started.resolve());
      request.on('error', () => undefined);
      request.once('close', () => aborted.resolve());
    };
    const target = new URL('/api/upload', stack.url);
    const call = httpRequest(target, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.live}`, 'content-type': 'multipart/form-data; boundary=x' },
    });
    call.on('error', () => undefined);
    call.write('--x\r\n');
    await started.promise;
    call.destroy();
    await aborted.promise;
  });

  it('are as slow as the service: nothing piles up here', async () => {
    receive = (request) => void request.pause();
    const target = new URL('/api/upload', stack.url);
    const call = httpRequest(target, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.live}`, 'content-type': 'multipart/form-data; boundary=x' },
    });
    call.on('error', () => undefined);
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    while (written < 200 && call.write(chunk)) written += 1;
    let isBlocked = false;
    while (!isBlocked && written < 200) {
      const drained = new Promise<boolean>((resolve) => call.once('drain', () => resolve(true)));
      isBlocked = !(await Promise.race([drained, sleep(500, false)]));
      if (!isBlocked) call.write(chunk);
      written += 1;
    }
    call.destroy();
    expect(isBlocked).toBe(true);
    expect(written).toBeLessThan(64);
  });

  it('that are no multipart are 415', async () => {
    const response = await stack.call('/api/upload', { method: 'POST', body: '{}' });
    expect([response.status, await codeOf(response)]).toEqual([415, 'unsupported_media_type']);
  });

  it('may be put directly', async () => {
    const body = { filename: 'a.png', content_type: 'image/png', size: 10 };
    const response = await send('POST', '/api/upload/presign', body, stack.keys.live);
    expect(await response.json()).toEqual({
      key: 'uploads/a/2026/01/a.png',
      upload_url: 'http://127.0.0.1:9/put',
      method: 'PUT',
      headers: { 'content-type': 'image/png' },
      expires_at: '2026-07-02T15:00:00.000Z',
      url: 'https://api.example.com/media/m1/sig.png',
    });
  });
});

describe('media links', () => {
  it.each(['GET', 'HEAD'])('%s leads to the object store, for a while', async (method) => {
    const response = await stack.call('/media/m1/goodsignature.mp4', { method, key: '', redirect: 'manual' });
    expect([response.status, response.headers.get('location'), response.headers.get('cache-control')]).toEqual([
      302,
      'http://127.0.0.1:9/m1?X-Amz-Signature=1',
      'private, max-age=300',
    ]);
  });

  it.each(['/media/m1/badsignature.mp4', '/media/m1/nothing', '/media/%2e%2e/goodsignature.mp4'])(
    '%s is nothing',
    async (path) => {
      const response = await stack.call(path, { key: '', redirect: 'manual' });
      expect([response.status, await codeOf(response)]).toEqual([404, 'not_found']);
    },
  );
});

describe('webhook endpoints', () => {
  it('are made with their secret shown once', async () => {
    const body = { url: 'https://a.example/hook', event_types: ['video.completed'] };
    const response = await send('POST', '/api/webhooks/endpoints', body, stack.keys.live);
    expect([response.status, await response.json()]).toEqual([
      201,
      {
        id: 'we_1',
        url: 'https://a.example/hook',
        event_types: ['video.completed'],
        description: '',
        state: 'enabled',
        disabled_reason: null,
        created_at: '2026-07-02T15:00:00.000Z',
        last_success_at: null,
        secret: 'whsec_c2VjcmV0',
      },
    ]);
    for (const wrong of [{}, { url: 'ftp://a.example' }, { ...body, event_types: ['video.exploded'] }]) {
      expect((await send('POST', '/api/webhooks/endpoints', wrong, stack.keys.live)).status).toBe(422);
    }
  });

  it('are 503 while nobody serves them', async () => {
    const response = await send('GET', '/api/webhooks/deliveries', undefined, stack.keys.live);
    expect([response.status, await codeOf(response)]).toEqual([503, 'unavailable']);
  });
});

describe('a route that says nothing of itself', () => {
  @Controller('/forgotten')
  class Forgotten {
    @Get()
    open(): string {
      return 'everything';
    }
  }

  @Controller('/forgotten')
  @Public()
  class Untold {
    @Get()
    open(): string {
      return 'everything';
    }
  }

  it.each([
    ['its access', Forgotten, 'Routes without an access rule: Forgotten.open'],
    ['its description', Untold, 'Routes without a description: Untold.open'],
  ])('like %s keeps the process from starting', async (_, controller, complaint) => {
    @Module({ imports: [DiscoveryModule], controllers: [controller], providers: [RouteAudit, Routes] })
    class App {}
    const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false, abortOnError: false });
    await expect(app.init()).rejects.toThrow(complaint);
  });
});
