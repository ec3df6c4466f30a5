import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { nativeCreateRequest } from '@videoapi/dialects';
import { sql } from '@videoapi/database';
import { eventually, startPostgres } from '@videoapi/testing';
import { z } from 'zod';
import { mintKey } from '../src/api-key/key-format.js';
import { startStack, type Stack } from './harness.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const path = '/v1/video/generations';
const valid = { model: 'm', prompt: 'a boat' };
const failure = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
    request_id: z.string(),
  }),
});
type Init = RequestInit & { key?: string };

/** Status and error of a call; fails unless the body has exactly the shape that the document promises. */
async function refusal(target: string, init: Init = {}) {
  const response = await stack.call(target, init);
  const { error } = failure.parse(await response.json());
  expect(error.request_id).toBe(response.headers.get('x-request-id'));
  return { status: response.status, code: error.code, param: error.param, headers: response.headers };
}

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  refusal(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe('keys', () => {
  it.each([
    ['nothing', '', 'missing_api_key'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 'missing_api_key'],
    ['no key', 'Bearer', 'invalid_api_key'],
    ['noise', 'Bearer vga_live_nonsense', 'invalid_api_key'],
    ['an unknown key', `Bearer ${mintKey('live').text}`, 'invalid_api_key'],
  ])('with %s the answer is 401', async (_name, authorization, code) => {
    const init = authorization === '' ? {} : { headers: { authorization } };
    const { status, code: found, headers } = await refusal(path, { key: '', ...init });
    expect([status, found, headers.get('www-authenticate')]).toEqual([401, code, 'Bearer']);
  });

  it('knows a key by its secret, not by its id', async () => {
    const other = mintKey('live');
    const { crc32 } = await import('node:zlib');
    const body = stack.keys.live.slice(0, 19) + other.text.slice(19, 51);
    const forged = body + base62(crc32(body));
    expect(await refusal(path, { key: forged })).toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  it('takes a key from the header only', async () => {
    expect(await refusal(`${path}?key=${stack.keys.live}`, { key: '' })).toMatchObject({ status: 401 });
  });

  it.each([
    ['GET', '/api/keys'],
    ['GET', '/api/admin/accounts'],
    ['POST', '/api/admin/catalog'],
  ])('without the scope %s %s is 403', async (method, target) => {
    expect(await refusal(target, { method, key: stack.keys.test })).toMatchObject({
      status: 403,
      code: 'insufficient_scope',
    });
  });

  it('notes when a key was used', async () => {
    await stack.call('/v1/credits');
    const { KeyUsage } = await import('../src/api-key/key-usage.js');
    await stack.running.app.get(KeyUsage).flush();
    const [row] = await sql<{ last_used_at: Date | null }>(
      stack.source,
      'SELECT last_used_at FROM api_key WHERE id = $1',
      [stack.keys.live.slice(9, 19)],
    );
    expect(row?.last_used_at).toBeInstanceOf(Date);
  });

  function base62(value: number): string {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    let text = '';
    for (let rest = value, index = 0; index < 6; index += 1, rest = Math.floor(rest / 62))
      text = digits.charAt(rest % 62) + text;
    return text;
  }
});

describe('addresses', () => {
  it('that do not exist are 404, with a wrong method 405', async () => {
    expect(await refusal('/v1/nothing')).toMatchObject({ status: 404, code: 'not_found' });
    const wrong = await refusal(`${path}/vidgen_1783003830450_081f0558`, { method: 'PATCH' });
    expect([wrong.status, wrong.code, wrong.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'DELETE, GET, HEAD',
    ]);
  });

  it('show how to begin', async () => {
    const response = await stack.call('/', { key: '' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await response.text()).toContain('curl -X POST https://api.example.com/v1/video/generations');
  });

  it.each([
    ['a climb', '/..%2f..%2fetc/passwd'],
    ['half an escape', '/%'],
    ['bytes that are not text', '/v1/models/%ff'],
    ['a very long one', `/${'a'.repeat(5_000)}`],
    ['doubled slashes', '//v1//models'],
    ['NUL', '/v1/models/%00'],
    ['NUL in an id that is looked up', '/api/webhooks/endpoints/%00'],
    ['NUL in a query', '/v1/credits?after=a%00'],
    ['an id that is too long', `/v1/video/generations/${'a'.repeat(5_000)}`],
  ])('like %s are refused in our own words', async (_name, target) => {
    const { status } = await refusal(target);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('are refused in the words of their dialect, even when they are no text', async () => {
    const response = await stack.call('/v1/videos/%e0%a4%a');
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: 'invalid_request' } },
    ]);
  });

  it('keep a good request id and replace a bad one', async () => {
    const idFor = async (given: string) =>
      (await stack.call('/', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await idFor('trace-7:abc')).toBe('trace-7:abc');
    expect(await idFor('two words')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('bad input', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const inMetadata = (value: string) => `{"model":"m","prompt":"p","metadata":{"a":${value}}}`;
  let before: number;
  beforeEach(() => {
    before = stack.world.submissions.length;
  });
  afterEach(async () => {
    expect(stack.world.submissions.length).toBe(before);
    expect(await sql(stack.source, 'SELECT 1 FROM idempotency_key')).toEqual([]);
  });

  it.each([
    ['broken JSON', '{"model": "m"', 400, 'invalid_json', null],
    ['two values', '{} {}', 400, 'invalid_json', null],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'invalid_json', null],
    ['nothing', '', 422, 'invalid_field', null],
    ['a list', '[]', 422, 'invalid_field', null],
    ['null', 'null', 422, 'invalid_field', null],
    ['an array 10,000 deep', nested(10_000), 422, 'invalid_field', '[0]'],
    ['metadata 10,000 deep', inMetadata(nested(10_000)), 422, 'invalid_field', 'metadata'],
    ['metadata 40 deep', inMetadata(nested(40)), 422, 'invalid_field', 'metadata'],
    ['NUL in the prompt', '{"model":"m","prompt":"a\\u0000b"}', 422, 'invalid_field', 'prompt'],
    ['NUL inside metadata', inMetadata('{"b":["\\u0000"]}'), 422, 'invalid_field', 'metadata.a.b[0]'],
    ['NUL in a name', '{"model":"m","prompt":"p","metadata":{"\\u0000":1}}', 422, 'invalid_field', 'metadata'],
    ['half a surrogate pair', inMetadata('"\\ud800"'), 422, 'invalid_field', 'metadata.a'],
    ['__proto__', '{"model":"m","prompt":"p","__proto__":{"admin":true}}', 422, 'invalid_field', null],
    ['__proto__ inside', inMetadata('{"__proto__":{"x":1}}'), 422, 'invalid_field', 'metadata.a'],
    ['a prompt of 10 MB', JSON.stringify({ ...valid, prompt: 'x'.repeat(10_000_000) }), 413, 'payload_too_large', null],
    ['a prompt of 900 KB', JSON.stringify({ ...valid, prompt: 'x'.repeat(900_000) }), 422, 'invalid_field', 'prompt'],
    [
      'a callback to this machine',
      '{"model":"m","prompt":"p","callback_url":"https://127.0.0.1/x"}',
      422,
      'invalid_field',
      'callback_url',
    ],
    ['a number beyond all bounds', '{"model":"m","prompt":"p","seed":1e999}', 422, 'invalid_field', 'seed'],
  ])('%s', async (_name, body, status, code, param) => {
    expect(await post(body, { 'idempotency-key': randomUUID() })).toMatchObject({ status, code, param });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'x',
    'application/json; charset=',
  ])('the content type %s', async (type) => {
    const { status, code } = await post(JSON.stringify(valid).replace('a boat', ''), { 'content-type': type });
    expect([
      [415, 'unsupported_media_type'],
      [422, 'invalid_field'],
    ]).toContainEqual([status, code]);
    if (!type.startsWith('application/json;')) expect(status).toBe(415);
  });

  // Generated from the schema: every field, every type that it is not.
  const wrong = [7.5, true, { a: [1] }, [{}], [[]], '\0', '', -1, 'x'.repeat(40_000)];
  it.each(Object.keys(nativeCreateRequest.shape))('%s of a wrong type names itself', async (field) => {
    for (const value of wrong) {
      if (nativeCreateRequest.shape[field as keyof typeof nativeCreateRequest.shape].safeParse(value).success) continue;
      const found = await post(JSON.stringify({ ...valid, [field]: value }));
      expect([found.status, found.code, found.param]).toEqual([
        422,
        'invalid_field',
        expect.stringMatching(new RegExp(`^${field}\\b`)),
      ]);
    }
  });

  it('a header block without end is refused, and the process lives', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const target = new URL(stack.url);
      const call = httpRequest(
        { host: target.hostname, port: target.port, path, headers: { 'x-a': 'y'.repeat(40_000) } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      call.on('error', reject);
      call.end();
    });
    expect(status).toBe(431);
    expect((await stack.call('/v1/models')).status).toBe(200);
  });
});

describe('rates', () => {
  const limited = async (requestsPerMinute: number) => {
    const response = await stack.call('/api/admin/accounts/acc_demo/keys', {
      method: 'POST',
      key: stack.keys.admin,
      body: JSON.stringify({ name: 'limited', requests_per_minute: requestsPerMinute }),
    });
    return z.object({ key: z.string() }).parse(await response.json()).key;
  };

  it('are told on every answer', async () => {
    const { headers } = await stack.call('/v1/credits');
    expect([headers.get('ratelimit-limit'), Number(headers.get('ratelimit-remaining'))]).toEqual([
      '600000',
      expect.any(Number),
    ]);
    expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThanOrEqual(0);
  });

  it('hold exactly, and over all gateways', async () => {
    const key = await limited(6);
    const other = await stack.another();
    const call = async (index: number) => {
      const base = index % 2 === 0 ? stack.url : `http://127.0.0.1:${other.port}`;
      return globalThis.fetch(`${base}/v1/credits`, { headers: { authorization: `Bearer ${key}` } });
    };
    const responses = await Promise.all(Array.from({ length: 30 }, (_, index) => call(index)));
    expect(responses.filter(({ status }) => status === 200).length).toBe(6);
    const refused = responses.find(({ status }) => status === 429);
    expect(failure.parse(await refused?.json()).error.code).toBe('rate_limited');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(4);
    expect([refused?.headers.get('ratelimit-limit'), refused?.headers.get('ratelimit-remaining')]).toEqual(['6', '0']);
  });
});

describe('when a part is away', () => {
  it('submits and reads are 503 with retry-after, and nothing is kept', async () => {
    const other = await stack.another();
    const { Nats } = await import('@videoapi/messaging');
    const nats = other.app.get(Nats);
    await nats.connection.close();
    await eventually(() => expect(nats.connected).toBe(false));
    for (const init of [{ method: 'POST', body: JSON.stringify(valid) }, {}]) {
      const target = `http://127.0.0.1:${other.port}${path}${'body' in init ? '' : '/vidgen_1783003830450_081f0558'}`;
      const response = await globalThis.fetch(target, {
        ...init,
        headers: { authorization: `Bearer ${stack.keys.live}`, 'content-type': 'application/json' },
      });
      const { error } = failure.parse(await response.json());
      expect([response.status, error.code, response.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    }
  });

  it('known keys go on reading and submitting without the database, and all is well when it is back', async () => {
    const postgres = await startPostgres();
    const own = await startStack({ rateLimitPerMinute: 120 }, postgres.adminUrl);
    try {
      const statusOf = async (init: Init, target = path) => (await own.call(target, init)).status;
      const submit = { method: 'POST', body: JSON.stringify(valid) };
      const withKey = { ...submit, headers: { 'idempotency-key': randomUUID() } };
      expect(await statusOf(submit)).toBe(200);
      await postgres.stop();
      expect(await statusOf({})).toBe(200);
      expect(await statusOf(withKey)).toBe(503);
      expect(await statusOf({ key: own.keys.test })).toBe(503);
      // The leased share runs out: reads go on under a limit of this process, submits may not.
      await eventually(async () => expect(await statusOf(submit)).toBe(503));
      expect(await statusOf({})).toBe(200);
      await postgres.start();
      await eventually(async () => expect(await statusOf(withKey)).toBe(200));
      expect(await statusOf({ key: own.keys.test })).toBe(200);
    } finally {
      await own.close();
      await postgres.stop();
    }
  });
});
