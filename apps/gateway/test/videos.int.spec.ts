import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { AppError, type Task } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import OpenAI, { toFile } from 'openai';
import { z } from 'zod';
import { startStack, type Stack } from './harness.js';
import { fakeModel } from './fakes.js';
import { startUploads } from './uploads-double.js';

let stack: Stack;
let uploads: Awaited<ReturnType<typeof startUploads>>;
let client: OpenAI;
beforeAll(async () => {
  uploads = await startUploads();
  stack = await startStack({ uploadsUrl: uploads.url });
  client = clientWith(stack.keys.live);
});
afterAll(async () => {
  await stack.close();
  await uploads.close();
});
beforeEach(() => {
  uploads.reset();
  uploads.seen.length = 0;
  stack.world.submissions.length = 0;
});
afterEach(() => {
  stack.world.refuse = () => undefined;
});

const clientWith = (apiKey: string) =>
  new OpenAI({ baseURL: `${stack.url}/v1`, apiKey, organization: null, project: null });
const model = fakeModel.id;
const png = Buffer.from('89504e470d0a1a0a', 'hex');
const requests = () => stack.world.submissions.map(({ request }) => request);
const lastRequest = () => requests().at(-1) ?? fail();
const post = (body: unknown, init: RequestInit & { key?: string } = {}, path = '/v1/videos') =>
  stack.call(path, { method: 'POST', body: body instanceof FormData ? body : JSON.stringify(body), ...init });
const form = (fields: readonly (readonly [string, string | Blob, string?])[]) => {
  const body = new FormData();
  for (const [name, value, filename] of fields) {
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value, filename);
  }
  return body;
};
const complete = (id: string) =>
  stack.world.put({
    ...(stack.world.tasks.get(id) ?? fail()),
    status: 'completed',
    progress: 100,
    outputs: [
      {
        mediaId: 'm1',
        path: '/media/m1/goodsignature.mp4',
        contentType: 'video/mp4',
        size: 10,
        width: 720,
        height: 1280,
        durationMs: 5000,
        thumbnailPath: '/media/m1_t/goodsignature.webp',
      },
    ],
    completedAt: '2026-07-02T14:51:40.000Z',
  });

describe('the openai package, stock', () => {
  it('creates from text', async () => {
    const video = await client.videos.create({ model, prompt: 'a boat', seconds: '8', size: '1280x720' });
    expect(video).toMatchObject({ object: 'video', status: 'queued', progress: 0, model, prompt: 'a boat' });
    expect(video.created_at).toBeLessThan(1e10);
    expect(lastRequest()).toMatchObject({ duration: 8, resolution: '720p', aspectRatio: '16:9', images: [] });
  });

  it('creates from a file, which goes through to uploads', async () => {
    const bytes = Buffer.concat([png, randomBytes(3_000_000)]);
    const file = await toFile(bytes, 'cat.png', { type: 'image/png' });
    await client.videos.create({ model, prompt: 'a boat', input_reference: file });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const [seen] = uploads.seen;
    expect(seen).toMatchObject({
      accountId: stack.accountId,
      filename: 'cat.png',
      contentType: 'image/png',
      size: bytes.length,
      sha256,
    });
    expect(lastRequest().images).toEqual([seen?.key]);
  });

  it('creates from a URL and from a data URL', async () => {
    await client.videos.create({ model, prompt: 'a boat', input_reference: { image_url: 'https://a.example/1.png' } });
    expect(lastRequest().images).toEqual(['https://a.example/1.png']);
    const image_url = `data:image/png;base64,${png.toString('base64')}`;
    await client.videos.create({ model, prompt: 'a boat', input_reference: { image_url } });
    expect(uploads.seen).toMatchObject([{ contentType: 'image/png', size: png.length }]);
    expect(lastRequest().images).toEqual([uploads.seen[0]?.key]);
  });

  it('retrieves, and is told when to look again', async () => {
    const { id } = await client.videos.create({ model, prompt: 'a boat' });
    const { data, response } = await client.videos.retrieve(id).withResponse();
    expect(data).toMatchObject({ id, status: 'queued', error: null, remixed_from_video_id: null });
    expect([response.headers.get('openai-poll-after-ms'), response.headers.get('retry-after')]).toEqual(['5000', '5']);
    expect(response.headers.get('x-request-id')).toBeTruthy();
    complete(id);
    const done = await client.videos.retrieve(id).withResponse();
    expect(done.data).toMatchObject({ status: 'completed', progress: 100, size: '720x1280', seconds: '5' });
    expect(done.data).toHaveProperty('url', 'https://api.example.com/media/m1/goodsignature.mp4');
    expect(done.response.headers.get('openai-poll-after-ms')).toBeNull();
  });

  it('lists page by page', async () => {
    const made = new Set<string>();
    for (let index = 0; index < 3; index += 1) {
      made.add((await client.videos.create(ours({ model, prompt: 'a boat', user: 'pager' }))).id);
    }
    const listed: string[] = [];
    for await (const video of client.videos.list(ours({ limit: 2, user: 'pager' }))) listed.push(video.id);
    expect(new Set(listed)).toEqual(made);
    expect(listed).toHaveLength(3);
    expect((await client.videos.list({ limit: 0 })).data).toEqual([]);
  });

  it('deletes what has ended', async () => {
    const { id } = await client.videos.create({ model, prompt: 'a boat' });
    await expect(client.videos.delete(id)).rejects.toBeInstanceOf(OpenAI.ConflictError);
    complete(id);
    expect(await client.videos.delete(id)).toEqual({ id, object: 'video.deleted', deleted: true });
  });

  it('remixes and edits', async () => {
    const { id } = await client.videos.create({ model, prompt: 'a boat', seconds: '8' });
    await expect(client.videos.remix(id, { prompt: 'at night' })).rejects.toMatchObject({ status: 400 });
    complete(id);
    const remix = await client.videos.remix(id, { prompt: 'at night' });
    expect(remix).toMatchObject({ remixed_from_video_id: id, prompt: 'at night', model });
    const file = await toFile(Buffer.from('film'), 'cat.mp4', { type: 'video/mp4' });
    for (const video of [{ id }, file]) {
      const refused = client.videos.edit(ours({ prompt: 'in snow', video, model }));
      await expect(refused).rejects.toMatchObject({ status: 400, code: 'unsupported_operation' });
    }
    const unknown = client.videos.remix('vidgen_1783003830450_00000000', { prompt: 'at night' });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('is told what no model can do', async () => {
    const video = await toFile(Buffer.from('film'), 'cat.mp4');
    const unsupported = { status: 400, code: 'unsupported_operation' };
    await expect(client.videos.createCharacter({ name: 'cat', video })).rejects.toMatchObject(unsupported);
    await expect(client.videos.getCharacter('char_1')).rejects.toMatchObject(unsupported);
    await expect(client.videos.extend({ prompt: 'on', seconds: '4', video })).rejects.toMatchObject(unsupported);
  });

  it('meets its own error classes, and retries only what can help', async () => {
    const tries = async (code: 'invalid_field' | 'insufficient_credits' | 'queue_full') => {
      stack.world.submissions.length = 0;
      stack.world.refuse = () => new AppError(code, 'Because.', { retryAfterMs: 1, param: 'resolution' });
      const error: unknown = await client.videos
        .create({ model, prompt: randomUUID() })
        .catch((thrown: unknown) => thrown);
      return [error, stack.world.submissions.length];
    };
    const [bad, badTries] = await tries('invalid_field');
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
    expect([bad, badTries]).toEqual([expect.objectContaining({ code: 'invalid_value', param: 'size' }), 1]);
    const [poor, poorTries] = await tries('insufficient_credits');
    expect(poor).toBeInstanceOf(OpenAI.RateLimitError);
    expect([poor, poorTries]).toEqual([expect.objectContaining({ code: 'insufficient_quota' }), 1]);
    const [full, fullTries] = await tries('queue_full');
    expect([full, fullTries]).toEqual([expect.objectContaining({ status: 429, code: 'queue_full' }), 3]);
    await expect(clientWith('nonsense').videos.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(client.videos.retrieve('video_1')).rejects.toMatchObject({
      status: 404,
      type: 'invalid_request_error',
    });
  });

  it.each([
    ['text', async () => ({})],
    ['a file', async () => ({ input_reference: await toFile(png, 'cat.png') })],
    ['a data URL', async () => ({ input_reference: { image_url: `data:image/png;base64,${png.toString('base64')}` } })],
  ])(
    'retries a 503 by itself, from %s, and makes no second task',
    async (_name, reference) => {
      const prompt = randomUUID();
      let refusals = 0;
      stack.world.refuse = () =>
        (refusals += 1) === 1 ? new AppError('unavailable', 'Away.', { retryAfterMs: 1 }) : undefined;
      const video = await client.videos.create({ model, prompt, ...(await reference()) });
      expect(stack.world.submissions.map(({ taskId }) => taskId)).toEqual([video.id, video.id]);
    },
    20_000,
  );
});

describe('content', () => {
  const content = (id: string, query = '', init: RequestInit = {}) =>
    stack.call(`/v1/videos/${id}/content${query}`, { redirect: 'manual', ...init });
  const made = async () => (await client.videos.create({ model, prompt: 'a boat' })).id;

  it('is a short link to the stored file, for GET and HEAD', async () => {
    const id = await made();
    complete(id);
    for (const [query, media] of [
      ['', 'm1'],
      ['?variant=video', 'm1'],
      ['?variant=thumbnail', 'm1_t'],
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const response = await content(id, query, { method });
        expect([response.status, response.headers.get('location')]).toEqual([
          302,
          `http://127.0.0.1:9/${media}?X-Amz-Signature=1`,
        ]);
        expect(response.headers.get('cache-control')).toBe('private, max-age=300');
      }
    }
  });

  it('is refused when there is none', async () => {
    const id = await made();
    const codeOf = async (response: Response) => [response.status, await response.json()];
    const error = (code: string) => ({ error: expect.objectContaining({ code }) });
    expect(await codeOf(await content(id))).toEqual([409, error('task_not_terminal')]);
    expect(await codeOf(await content(id, '?variant=spritesheet'))).toEqual([400, error('unsupported_operation')]);
    expect(await codeOf(await content(id, '?variant=gif'))).toEqual([400, error('invalid_value')]);
    stack.world.put({ ...(stack.world.tasks.get(id) ?? fail()), status: 'failed' });
    expect(await codeOf(await content(id))).toEqual([404, error('not_found')]);
  });
});

describe('a form', () => {
  it('carries every field of the document, and several files in their places', async () => {
    const body = form([
      ['model', model],
      ['prompt', 'a boat'],
      ['image', new Blob([png]), 'a.png'],
      ['duration', '8'],
      ['width', '1280'],
      ['height', '720'],
      ['fps', '30'],
      ['seed', '20231234'],
      ['n', '1'],
      ['response_format', 'url'],
      ['user', 'user-1234'],
      ['metadata', '{"shot":7}'],
      ['mode', 'r2v'],
      ['images[]', 'https://a.example/2.png'],
      ['images[]', new Blob(['film']), 'b.mp4'],
      ['content', '{}'],
      ['size', '1280x720'],
      ['seconds', '8'],
      ['input_reference', new Blob([png]), 'c.png'],
      ['parameters', '{}'],
    ]);
    expect((await post(body)).status).toBe(200);
    expect(lastRequest()).toMatchObject({
      type: 'reference-to-video',
      images: ['uploads/acc/2026/11/med_2.png', 'uploads/acc/2026/11/med_0.png', 'https://a.example/2.png'],
      videos: ['uploads/acc/2026/11/med_1.mp4'],
      duration: 8,
      resolution: '720p',
      aspectRatio: '16:9',
      seed: 20231234,
      endUserId: 'user-1234',
      metadata: { shot: 7 },
      providerOptions: { fps: 30 },
    });
  });

  it('is compared by what is in its files, under whatever boundary', async () => {
    const key = randomUUID();
    const send = (bytes: Uint8Array<ArrayBuffer>) =>
      post(
        form([
          ['prompt', 'a boat'],
          ['image', new Blob([bytes]), 'a.png'],
        ]),
        { headers: { 'idempotency-key': key } },
      );
    const first = await (await send(png)).json();
    const again = await send(png);
    expect([again.headers.get('idempotent-replayed'), await again.json()]).toEqual(['true', first]);
    expect((await send(Buffer.from('another'))).status).toBe(422);
    const inline = { prompt: 'a boat', image: `data:image/png;base64,${png.toString('base64')}` };
    const asText = await post(inline, { headers: { 'idempotency-key': key } });
    expect([asText.status, await asText.json()]).toEqual([200, first]);
    expect(await sql(stack.source, 'SELECT 1 FROM idempotency_key WHERE key = $1', [`key:${key}`])).toHaveLength(1);
  });

  it('has no file where a browser chose none', async () => {
    expect(
      (
        await post(
          form([
            ['prompt', 'a boat'],
            ['image', new Blob([]), ''],
          ]),
        )
      ).status,
    ).toBe(200);
    expect(lastRequest().images).toEqual([]);
  });

  it.each([
    ['too many files', Array.from({ length: 11 }, () => ['image', new Blob([png]), 'a.png'] as const), 413, null],
    ['a name that means nothing', [['a[b', 'c'] as const], 400, 'a[b'],
    ['half a character', [['prompt', 'a\0b'] as const], 400, 'prompt'],
  ])('with %s is refused', async (_name, fields, status, param) => {
    const response = await post(form(fields));
    expect([response.status, await response.json()]).toEqual([status, { error: expect.objectContaining({ param }) }]);
    expect(requests()).toEqual([]);
  });

  it('says which file uploads would not take', async () => {
    uploads.set((request, response) => {
      request.resume();
      const error = new AppError('unsupported_media_type', 'a.txt is no picture.', { param: 'files' });
      response.writeHead(415, { 'content-type': 'application/json' }).end(JSON.stringify({ error: error.toJSON() }));
    });
    const response = await post(
      form([
        ['prompt', 'a boat'],
        ['image', new Blob(['text']), 'a.txt'],
      ]),
    );
    expect([response.status, await response.json()]).toEqual([
      415,
      { error: expect.objectContaining({ message: 'a.txt is no picture.', param: 'image' }) },
    ]);
  });

  it('is 503 while uploads is away', async () => {
    uploads.set((request) => request.socket.destroy());
    const response = await post(
      form([
        ['prompt', 'a boat'],
        ['image', new Blob([png]), 'a.png'],
      ]),
    );
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'true']);
  });

  it('takes its uploads along when the customer goes away', async () => {
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    uploads.set((request) => {
      request.once('data', () => started.resolve());
      request.on('error', () => undefined);
      request.once('close', () => ended.resolve());
    });
    const call = httpRequest(new URL('/v1/videos', stack.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.live}`, 'content-type': 'multipart/form-data; boundary=x' },
    });
    call.on('error', () => undefined);
    call.write('--x\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n');
    call.write(Buffer.alloc(200_000));
    await started.promise;
    call.destroy();
    await ended.promise;
    expect(requests()).toEqual([]);
  });

  it.each([
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nhalf'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\nha',
    ],
    ['multipart/form-data; boundary=x', ''],
  ])('as %s with %j cannot be read', async (type, body) => {
    const response = await post('', { body, headers: { 'content-type': type } });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.objectContaining({ type: 'invalid_request_error' }) },
    ]);
  });
});

describe('a large body', () => {
  const large = () => ({
    prompt: 'a boat',
    image: `data:image/png;base64,${randomBytes(6_000_000).toString('base64')}`,
  });

  it('may carry a picture', async () => {
    expect((await post(large())).status).toBe(200);
    expect(uploads.seen).toMatchObject([{ size: 6_000_000 }]);
    expect(lastRequest().images).toEqual([uploads.seen[0]?.key]);
  });

  it('is not read for a stranger, nor on another path', async () => {
    const stranger = await post(large(), { key: `vga_live_${'A'.repeat(48)}` });
    expect(stranger.status).toBe(401);
    expect((await post(large(), {}, '/v1/video/generations')).status).toBe(413);
  });

  it('has an end', async () => {
    const body = JSON.stringify({ prompt: 'a boat', image: 'A'.repeat(30_000_000) });
    expect((await post('', { body })).status).toBe(413);
  });

  it.each(['data:image/png,hello', 'data:;base64,AAAA', 'data:image/png;base64,', 'data:'])(
    'with the data URL %s is refused',
    async (image) => {
      const response = await post({ prompt: 'a boat', image });
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: expect.objectContaining({ param: 'input_reference[0]' }) },
      ]);
    },
  );
});

describe('yishang', () => {
  const key = () => stack.keys.yishang;
  const create = (body: unknown = { model: 'sora-2', prompt: 'A cat' }) => post(body, { key: key() });
  const answerOf = async (response: Response) => [response.status, await response.json()];

  it('answers as its document prints it, from submit to video', async () => {
    const response = await create({
      model: 'sora-2',
      prompt: 'A cat playing piano in the garden',
      size: '720x1280',
      seconds: '5',
      input_reference: ['https://example.com/image.jpg'],
    });
    const accepted = z.looseObject({ task_id: z.string() }).parse(await response.json());
    const id = accepted.task_id;
    expect(accepted).toEqual({ task_id: id, status: 'queued', message: '视频生成任务已提交,正在处理中' });
    const read = async () => (await stack.call(`/v1/videos/${id}`, { key: key() })).json();
    stack.world.put({ ...(stack.world.tasks.get(id) ?? fail()), status: 'processing', progress: 45 });
    expect(await read()).toEqual({ task_id: id, status: 'processing', progress: 45, message: '视频生成中,已完成45%' });
    complete(id);
    expect(await read()).toEqual({
      task_id: id,
      status: 'completed',
      progress: 100,
      video_url: 'https://api.example.com/media/m1/goodsignature.mp4',
      thumbnail_url: 'https://api.example.com/media/m1_t/goodsignature.webp',
      seconds: 5,
      width: 720,
      height: 1280,
      file_size: 10,
      created_at: '2026-07-02T14:50:30.450Z',
      completed_at: '2026-07-02T14:51:40.000Z',
    });
  });

  it('has the file under both of its names', async () => {
    const body = form([
      ['model', 'sora-2'],
      ['prompt', 'A cat'],
      ['seconds', '10'],
      ['seconds', new Blob([png]), 'a.png'],
      ['input_reference', new Blob([png]), 'b.png'],
    ]);
    expect((await post(body, { key: key() })).status).toBe(200);
    expect(lastRequest()).toMatchObject({
      duration: 10,
      images: ['uploads/acc/2026/11/med_1.png', 'uploads/acc/2026/11/med_0.png'],
    });
  });

  it('refuses in every row of its table', async () => {
    const row = (message: string, type: string, code: string) => ({ error: { message, type, code } });
    const missing = row('prompt field is required', 'invalid_request_error', 'missing_parameter');
    expect(await answerOf(await create({ model: 'sora-2' }))).toEqual([400, missing]);

    stack.world.refuse = () => new AppError('insufficient_credits', 'Needs 180.');
    expect(await answerOf(await create())).toEqual([
      403,
      row('Insufficient quota', 'permission_error', 'insufficient_quota'),
    ]);
    stack.world.refuse = () => new AppError('rate_limited', 'Slow down.');
    expect(await answerOf(await create())).toEqual([
      429,
      row('Rate limit exceeded', 'rate_limit_error', 'rate_limit_exceeded'),
    ]);
    stack.world.refuse = () => new AppError('internal_error', 'Oh.');
    expect(await answerOf(await create())).toEqual([
      500,
      row('Internal server error', 'server_error', 'internal_error'),
    ]);
    const unknown = await stack.call('/v1/videos/task_123456789', { key: key() });
    expect(await answerOf(unknown)).toEqual([404, row('Task not found', 'not_found_error', 'task_not_found')]);
    const unauthorized = row('Invalid API key provided', 'authentication_error', 'invalid_api_key');
    await sql(stack.source, `UPDATE api_key SET revoked_at = now() WHERE id = $1`, [key().slice(9, 19)]);
    const other = await stack.another();
    const revoked = await globalThis.fetch(`http://127.0.0.1:${other.port}/v1/videos`, {
      headers: { authorization: `Bearer ${key()}` },
    });
    await sql(stack.source, `UPDATE api_key SET revoked_at = NULL WHERE id = $1`, [key().slice(9, 19)]);
    expect(await answerOf(revoked)).toEqual([401, unauthorized]);
    const stranger = await stack.call('/v1/videos', { key: `vga_live_${'A'.repeat(48)}` });
    expect(await answerOf(stranger)).toEqual([401, { error: { ...unauthorized.error, param: null } }]);
  });
});

it('is refused in the words of its key, although nobody has asked for the key yet', async () => {
  const send = (key: string) =>
    stack.call('/v1/videos', {
      method: 'POST',
      key,
      body: '{"model"',
      headers: { 'content-type': 'application/json' },
    });
  const message = 'The request body is not valid JSON.';
  const type = 'invalid_request_error';
  expect(await (await send(stack.keys.yishang)).json()).toEqual({
    error: { message, type, code: 'invalid_parameter' },
  });
  const inDefault = { error: { message, type, param: null, code: 'invalid_json' } };
  for (const key of [stack.keys.live, '', 'nonsense']) expect(await (await send(key)).json()).toEqual(inDefault);
});

it('tells a sender of a large form why, and lets it finish, when it is refused before the form is read', async () => {
  const { hostname: host, port } = new URL(stack.url);
  const bytes = randomBytes(5_000_000);
  const headers = { 'content-type': 'multipart/form-data; boundary=x', 'content-length': bytes.length };
  const call = httpRequest({ host, port, method: 'POST', path: '/v1/videos', headers });
  call.write(bytes.subarray(0, 1_000));
  const [response]: IncomingMessage[] = await once(call, 'response');
  expect(response?.statusCode).toBe(401);
  response?.resume();
  call.end(bytes.subarray(1_000));
  await once(call, 'close');
});

it('shows a task in whichever dialect it is asked for', async () => {
  const { id } = await client.videos.create({ model, prompt: 'a boat' });
  const task: Task = complete(id);
  const read = async (path: string, key = stack.keys.live) => (await stack.call(path, { key })).json();
  expect(await read(`/v1/videos/${id}`)).toMatchObject({ id, object: 'video', status: 'completed' });
  expect(await read(`/v1/videos/${id}`, stack.keys.yishang)).toMatchObject({ task_id: id, file_size: 10 });
  expect(await read(`/v1/video/generations/${id}`)).toMatchObject({ task_id: id, credits_reserved: 180 });
  expect(await read(`/v1/video/generations/${id}`, stack.keys.yishang)).toMatchObject({ model: task.model });
});

it('cancels, which OpenAI cannot', async () => {
  const { id } = await client.videos.create({ model, prompt: 'a boat' });
  const cancelled = await stack.call(`/v1/videos/${id}/cancel`, { method: 'POST' });
  expect(await cancelled.json()).toMatchObject({ id, status: 'failed', error: { code: 'cancelled' } });
});

/** What the package's own types have no word for, and its calls pass on all the same. */
function ours<Body extends object>(body: Body): Body {
  return body;
}

function fail(): never {
  throw new Error('should be there');
}
