import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, tempDir } from '@videoapi/testing';
import { curl } from './curl.js';
import { Customer, newCustomer } from './customer.js';
import { wallet } from './ledger.js';
import { pngImage } from './samples.js';
import { sharedStack } from './stack.js';
import { probe } from './video.js';

const stack = sharedStack();
let customer: Customer & { readonly accountId: string };

beforeAll(async () => {
  customer = await newCustomer(stack, 10_000, 'yishang');
});

interface Status {
  readonly task_id: string;
  readonly status: string;
  readonly progress: number;
  readonly message?: string;
  readonly video_url?: string;
  readonly thumbnail_url?: string;
}

/** The curls of the document, with its host, key and task filled in and nothing else changed. */
function call<Body>(...args: string[]): { status: number; body: Body } {
  const { status, body } = curl(...args);
  return { status, body: JSON.parse(body) };
}

const authorization = (key = customer.key) => ['-H', `Authorization: Bearer ${key}`];
const json = ['-H', 'Content-Type: application/json'];
const videos = `${stack.gateway}/v1/videos`;
const submit = (body: object, key?: string) =>
  call<Status>('-X', 'POST', videos, ...authorization(key), ...json, '-d', JSON.stringify(body));
const read = (id: string) => call<Status>('-X', 'GET', `${videos}/${id}`, ...authorization());

async function finished(id: string): Promise<Status> {
  return eventually(
    async () => {
      const { body } = read(id);
      if (body.status === 'queued' || body.status === 'processing') throw new Error(`still ${JSON.stringify(body)}`);
      return body;
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
}

async function imageUrl(): Promise<string> {
  const form = new FormData();
  form.append('files', new Blob([pngImage()]), 'image.png');
  const { body } = await customer.call<{ data: { url: string }[] }>('POST', '/api/upload', { body: form });
  return body.data[0]?.url ?? '';
}

describe("the document's own calls", () => {
  it('submit, poll, and get a video that plays', async () => {
    const { status, body } = submit({
      model: 'sora-2',
      prompt: 'A cat playing piano in the garden',
      size: '720x1280',
      seconds: '5',
      input_reference: [await imageUrl()],
    });
    expect([status, body]).toEqual([
      200,
      { task_id: body.task_id, status: 'queued', message: '视频生成任务已提交,正在处理中' },
    ]);

    const seen = read(body.task_id).body;
    if (seen.status === 'processing') expect(seen.message).toBe(`视频生成中,已完成${seen.progress}%`);

    const done = await finished(body.task_id);

    expect(done).toEqual({
      task_id: body.task_id,
      status: 'completed',
      progress: 100,
      video_url: expect.stringMatching(/\/media\/.+\.mp4$/),
      thumbnail_url: expect.stringMatching(/\/media\/.+\.webp$/),
      seconds: expect.any(Number),
      width: 720,
      height: 1280,
      file_size: expect.any(Number),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      completed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const film = probe(done.video_url ?? '');
    expect([film.width, film.height, Math.round(film.seconds)]).toEqual([720, 1280, 5]);
    expect(await wallet(stack, customer.accountId)).toMatchObject({ settled: 100, reserved: 0 });
  });

  it('take the reference as a file too, under either of its names', async () => {
    const file = join(tempDir('yishang'), 'image.png');
    writeFileSync(file, pngImage());
    for (const field of ['input_reference', 'seconds']) {
      const fields = ['-F', 'model=sandbox-video', '-F', 'prompt=a boat', '-F', `${field}=@${file}`];
      const { status, body } = call<Status>('-X', 'POST', videos, ...authorization(), ...fields);
      expect([status, body]).toEqual([200, expect.objectContaining({ status: 'queued' })]);
      expect(await finished(body.task_id)).toMatchObject({ status: 'completed' });
    }
  });

  it('say why a video failed', async () => {
    const { body } = submit({ model: 'sandbox-video', prompt: 'not nice [[sim:moderate]]' });
    expect(await finished(body.task_id)).toMatchObject({
      status: 'failed',
      message: expect.any(String),
      error: { message: expect.any(String), type: 'generation_error', code: 'content_rejected' },
    });
  });
});

it("answers every row of the document's error table", async () => {
  const error = (message: string, type: string, code: string) => ({ error: { message, type, code } });
  expect(submit({ model: 'sora-2' })).toEqual({
    status: 400,
    body: error('prompt field is required', 'invalid_request_error', 'missing_parameter'),
  });
  expect(call(videos, ...authorization('sk-nonsense'))).toMatchObject({
    status: 401,
    body: error('Invalid API key provided', 'authentication_error', 'invalid_api_key'),
  });
  const poor = await newCustomer(stack, 1, 'yishang');
  expect(submit({ model: 'sora-2', prompt: 'A cat' }, poor.key)).toEqual({
    status: 403,
    body: error('Insufficient quota', 'permission_error', 'insufficient_quota'),
  });
  const limited = new Customer(stack, await keyWith({ requests_per_minute: 1 }));
  expect((await limited.call('GET', '/v1/videos')).status).toBe(200);
  expect(call(videos, ...authorization(limited.key))).toEqual({
    status: 429,
    body: error('Rate limit exceeded', 'rate_limit_error', 'rate_limit_exceeded'),
  });
  expect(read('task_123456789')).toEqual({
    status: 404,
    body: error('Task not found', 'not_found_error', 'task_not_found'),
  });
});

async function keyWith(limits: object): Promise<string> {
  const admin = new Customer(stack, stack.keys.admin);
  const json = { name: 'limited', dialect: 'yishang', ...limits };
  return (await admin.call<{ key: string }>('POST', `/api/admin/accounts/${customer.accountId}/keys`, { json })).body
    .key;
}
