import { readFileSync } from 'node:fs';
import { AppError } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { z } from 'zod';
import { writeSession } from '../src/api-key/session.js';
import { pepper, startStack, type Stack } from './harness.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.world.submissions.length = 0;
});
afterEach(() => {
  stack.world.refuse = () => undefined;
});

const projects = '/api/odin/v3/editor/project';
const examples = new URL('../../../libs/dialects/src/aistudios/examples/create.json', import.meta.url);
const [document] = z
  .array(z.object({ body: z.unknown(), submission: z.object({ request: z.unknown() }).optional() }))
  .parse(JSON.parse(readFileSync(examples, 'utf8')));
const plain = { scenes: [{ sceneIdx: 0, scripts: [{ org: 'Hello.' }] }] };

interface Sent {
  readonly body?: unknown;
  readonly authorization?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** As clients of that document call: the bare key or token in `Authorization`. */
async function call(path: string, { body, authorization = stack.keys.live, method, headers = {} }: Sent = {}) {
  const response = await stack.call(path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    key: '',
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { ...headers, ...(authorization !== '' && { authorization }) },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

async function tokenOf(userKey: string): Promise<string> {
  const { body } = await call('/api/odin/v3/auth/token', { body: { appId: 'app', userKey }, authorization: '' });
  return z.object({ success: z.literal(true), data: z.object({ token: z.string() }) }).parse(body).data.token;
}

async function ordered(body: unknown = plain, more: Sent = {}): Promise<string> {
  const { status, body: answer } = await call(projects, { body, ...more });
  expect([status, answer]).toEqual([200, { success: true, data: { projectId: expect.stringMatching(/^vidgen_/) } }]);
  return answer.data.projectId;
}

const refusal = (code: string, param?: string) => ({
  success: false,
  error: { code, msg: expect.any(String), ...(param !== undefined && { param }) },
});

describe('a token', () => {
  it('stands for its key on the paths of this dialect, bare or as a bearer', async () => {
    const token = await tokenOf(stack.keys.live);
    for (const authorization of [token, `Bearer ${token}`, stack.keys.live, `Bearer ${stack.keys.live}`]) {
      await ordered(plain, { authorization });
      expect((await call('/api/odin/v3/auth', { authorization })).body).toEqual({
        success: true,
        data: { isAuthenticated: true },
      });
    }
    expect(stack.world.submissions.map(({ accountId }) => accountId)).toEqual(Array(4).fill(stack.accountId));
  });

  it('keeps the mode and the limits of its key', async () => {
    const token = await tokenOf(stack.keys.test);
    await ordered(plain, { authorization: token });
    expect(stack.world.submissions).toMatchObject([{ mode: 'test', apiKeyId: stack.keys.test.slice(9, 19) }]);
  });

  it('is nothing on other paths', async () => {
    const token = await tokenOf(stack.keys.live);
    for (const path of ['/v1/credits', '/v1/videos', '/v1/video/generations', '/api/keys']) {
      expect([path, (await stack.call(path, { key: token })).status]).toEqual([path, 401]);
    }
  });

  it('is asked for with a stale one in the header too', async () => {
    const asked = { body: { appId: 'app', userKey: stack.keys.live }, authorization: 'vgs_stale' };
    expect((await call('/api/odin/v3/auth/token', asked)).status).toBe(200);
  });

  it.each([
    ['a key that is none', { appId: 'app', userKey: 'nonsense' }, 401, refusal('invalid_api_key')],
    ['no key', { appId: 'app' }, 400, refusal('missing_parameter', 'userKey')],
    ['no app', { userKey: 'x' }, 400, refusal('missing_parameter', 'appId')],
    ['nothing', '', 422, refusal('invalid_field')],
  ])('is not made of %s', async (_, body, status, answer) => {
    expect(await call('/api/odin/v3/auth/token', { body, authorization: '' })).toMatchObject({ status, body: answer });
  });

  it('ends after its time', async () => {
    const id = stack.keys.live.slice(9, 19);
    const [row] = await sql<{ hash: Buffer }>(stack.source, 'SELECT hash FROM api_key WHERE id = $1', [id]);
    const hash = row?.hash ?? Buffer.alloc(0);
    const until = (ms: number) => writeSession(pepper, { id, hash }, new Date(Date.now() + ms));
    await ordered(plain, { authorization: until(60_000) });
    const forged = writeSession('another pepper', { id, hash }, new Date(Date.now() + 60_000));
    expect(await call(projects, { body: plain, authorization: forged })).toMatchObject({
      status: 401,
      body: refusal('invalid_api_key'),
    });
    expect(await call(projects, { body: plain, authorization: until(-1_000) })).toMatchObject({
      status: 401,
      body: refusal('api_key_expired'),
    });
    expect((await call('/api/odin/v3/auth', { authorization: until(-1_000) })).body.data).toEqual({
      isAuthenticated: false,
    });
  });

  it('dies with its key, at once', async () => {
    const made = await stack.call('/api/keys', { method: 'POST', body: JSON.stringify({ name: 'short' }) });
    const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(await made.json());
    const token = await tokenOf(key);
    await ordered(plain, { authorization: token });

    await stack.call(`/api/keys/${id}`, { method: 'DELETE' });

    expect(await call(projects, { body: plain, authorization: token })).toMatchObject({
      status: 401,
      body: refusal('api_key_revoked'),
    });
    const again = await call('/api/odin/v3/auth/token', { body: { appId: 'app', userKey: key }, authorization: '' });
    expect([again.status, again.body]).toEqual([401, refusal('api_key_revoked')]);
  });

  it.each(['', 'nonsense', 'Bearer', `vgs_AbCdEf0123_t5abcd_${'A'.repeat(43)}`])(
    'that is %j is not one',
    async (authorization) => {
      const { status, headers, body } = await call(projects, { body: plain, authorization });
      const code = authorization === '' ? 'missing_api_key' : 'invalid_api_key';
      expect([status, headers.get('www-authenticate'), body]).toEqual([401, 'Bearer', refusal(code)]);
      expect((await call('/api/odin/v3/auth', { authorization })).body).toEqual({
        success: true,
        data: { isAuthenticated: false },
      });
    },
  );
});

describe('a project', () => {
  it("is a task: the document's own example", async () => {
    await ordered(document?.body);
    expect(JSON.parse(JSON.stringify(stack.world.submissions[0]?.request))).toEqual(document?.submission?.request);
  });

  it('is watched under both addresses until there is something to download', async () => {
    const id = await ordered();
    for (const path of [`/api/odin/v3/editor/progress/${id}`, `/api/odin/editor/progress/${id}`]) {
      const waiting = await call(path);
      expect([waiting.status, waiting.body]).toEqual([200, { success: true, data: { progress: 0, state: 'Waiting' } }]);
      expect([waiting.headers.get('retry-after'), waiting.headers.get('server-timing')]).toEqual([
        '30',
        expect.stringContaining('engine;dur='),
      ]);
    }
    stack.world.put({
      ...taskOf(id),
      status: 'completed',
      progress: 100,
      creditsCharged: '12',
      outputs: [
        {
          mediaId: 'm1',
          path: '/media/m1/goodsignature.mp4',
          contentType: 'video/mp4',
          size: 10,
          width: 1920,
          height: 1080,
          durationMs: 5000,
          thumbnailPath: null,
        },
      ],
    });
    const downloadUrl = 'https://api.example.com/media/m1/goodsignature.mp4';
    for (const path of [`/api/odin/v3/editor/progress/${id}?wait=1`, `/api/odin/editor/progress/${id}`]) {
      const done = await call(path);
      expect(done.body).toEqual({ success: true, data: { progress: 100, state: 'Complete', downloadUrl } });
      expect(done.headers.get('retry-after')).toBeNull();
    }
    expect((await call(`${projects}/${id}`)).body.data.project).toMatchObject({
      _id: id,
      state: 'Complete',
      creditSubstracted: 12,
      download_url: downloadUrl,
    });
  });

  it('that failed says so where its client looks', async () => {
    const id = await ordered();
    const error = { code: 'provider_error' as const, message: 'It broke.' };
    stack.world.put({ ...taskOf(id), status: 'failed', progress: 30, error });
    const answer = await call(`/api/odin/v3/editor/progress/${id}`);
    expect([answer.status, answer.body]).toEqual([
      200,
      { success: false, error: { code: 'provider_error', msg: 'It broke.' }, data: { progress: 30, state: 'Failed' } },
    ]);
  });

  it('tells its webhook in its own format, if that can be reached at all', async () => {
    await ordered({ ...plain, webhookUrl: 'https://customer.example/hook' });
    expect(stack.world.submissions.at(-1)?.callback).toEqual({
      url: 'https://customer.example/hook',
      format: 'aistudios',
    });
    for (const webhookUrl of ['http://customer.example/hook', 'https://127.0.0.1/hook', 'here']) {
      const answer = await call(projects, { body: { ...plain, webhookUrl } });
      expect([webhookUrl, answer.status, answer.body]).toEqual([
        webhookUrl,
        422,
        refusal('invalid_field', 'webhookUrl'),
      ]);
    }
  });

  it('is made once for an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'project-1' };
    const id = await ordered(plain, { headers });
    const again = await call(projects, { body: plain, headers });
    expect([again.body.data.projectId, again.headers.get('idempotent-replayed')]).toEqual([id, 'true']);
    expect(stack.world.submissions).toHaveLength(1);
    const other = await call(projects, { body: { ...plain, orientation: 'portrait' }, headers });
    expect([other.status, other.body]).toEqual([422, refusal('idempotency_key_reused')]);
  });

  it('needs the scopes of a task', async () => {
    const made = await stack.call('/api/keys', {
      method: 'POST',
      body: JSON.stringify({ name: 'reader', scopes: ['tasks:read'] }),
    });
    const { key } = z.object({ key: z.string() }).parse(await made.json());
    for (const authorization of [key, await tokenOf(key)]) {
      const answer = await call(projects, { body: plain, authorization });
      expect([answer.status, answer.body]).toEqual([403, refusal('insufficient_scope')]);
    }
  });

  it("of another account's, or of nobody's, is not there", async () => {
    const { id } = stack.world.put({ ...taskOf(await ordered()), id: 'vidgen_1783003830450_0000000a', accountId: 'x' });
    for (const path of [`${projects}/${id}`, `/api/odin/editor/progress/${id}`, '/api/odin/v3/editor/progress/65fa']) {
      expect(await call(path)).toMatchObject({ status: 404, body: refusal('task_not_found') });
    }
  });
});

describe('refusals', () => {
  it("name the field in this wire's words", async () => {
    stack.world.refuse = () => new AppError('invalid_field', 'No.', { param: 'aspectRatio' });
    expect(await call(projects, { body: plain })).toMatchObject({
      status: 422,
      body: refusal('invalid_field', 'orientation'),
    });
    stack.world.refuse = () => new AppError('insufficient_credits', 'No.', { details: { required: '10' } });
    expect(await call(projects, { body: plain })).toMatchObject({ status: 402, body: refusal('insufficient_credits') });
  });

  it.each([
    ['an address that is not there', '/api/odin/v3/nothing', 'GET', undefined, 404, 'not_found'],
    ['a method that it does not take', projects, 'PUT', undefined, 405, 'method_not_allowed'],
    ['what is no JSON', projects, 'POST', '{', 400, 'invalid_json'],
    ['too much', projects, 'POST', `{"a":"${'x'.repeat(2_000_000)}"}`, 413, 'payload_too_large'],
  ])('of %s are in its own shape', async (_, path, method, body, status, code) => {
    const answer = await call(path, { method, ...(body !== undefined && { body }) });
    expect([answer.status, answer.body]).toEqual([status, refusal(code)]);
    expect(answer.headers.get('x-request-id')).toBeTruthy();
  });

  it('of a form', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const answer = await call(projects, { body: '--x--', headers });
    expect([answer.status, answer.body]).toEqual([415, refusal('unsupported_media_type')]);
  });
});

it('lists the models that it can order', async () => {
  const { body } = await call('/api/odin/v3/model');
  expect(body).toEqual({
    success: true,
    data: {
      models: [
        {
          id: 'video-2.0-mini-reference-to-video',
          label: { en: 'Video 2.0 mini', ko: 'Video 2.0 mini' },
          thumbnail: null,
          clothes: [],
        },
      ],
    },
  });
});

function taskOf(id: string) {
  const task = stack.world.tasks.get(id);
  if (task === undefined) throw new Error('no such task');
  return task;
}
