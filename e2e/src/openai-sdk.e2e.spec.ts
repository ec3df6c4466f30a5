import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, tempDir } from '@videoapi/testing';
import OpenAI, { toFile } from 'openai';
import { curl } from './curl.js';
import { type Customer, newCustomer } from './customer.js';
import { holds, wallet } from './ledger.js';
import { losingFirstAnswer } from './losing-proxy.js';
import { Receiver } from './receiver.js';
import { pngImage } from './samples.js';
import { query, sharedStack } from './stack.js';
import { probe } from './video.js';

const stack = sharedStack();
let customer: Customer & { readonly accountId: string };
let client: OpenAI;

beforeAll(async () => {
  customer = await newCustomer(stack, 100_000);
  client = clientOf(customer);
});

/** The package as it comes: a base URL and a key, and nothing else. */
function clientOf({ key }: Customer, baseURL = `${stack.gateway}/v1`): OpenAI {
  return new OpenAI({ apiKey: key, baseURL });
}

/** The package passes on what its own types have no word for. */
const params = (body: object) => body as OpenAI.VideoCreateParams & OpenAI.VideoEditParams;
const small = params({ model: 'sandbox-video', prompt: 'a small test video', size: '426x240', seconds: '1' });
const create = (more: object = {}) => client.videos.create({ ...small, ...more });

/** As the guide of the package polls: until it is neither queued nor in progress. */
async function finished(id: string): Promise<OpenAI.Videos.Video> {
  return eventually(
    async () => {
      const video = await client.videos.retrieve(id);
      if (video.status === 'queued' || video.status === 'in_progress') throw new Error(`still ${video.status}`);
      return video;
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
}

async function saved(id: string, variant: 'video' | 'thumbnail' = 'video'): Promise<string> {
  const response = await client.videos.downloadContent(id, { variant });
  const file = join(tempDir('openai'), variant === 'video' ? 'video.mp4' : 'thumbnail.webp');
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

it("takes the other document's own curl, with every field that it prints", async () => {
  const example = join(tempDir('openai'), 'example-file.png');
  writeFileSync(example, pngImage());
  // As printed, with values for its placeholders; `sora-2` renders neither 123 seconds nor 512 × 512.
  const form = {
    model: 'sora-2',
    prompt: 'A calico cat playing piano',
    image: `@${example}`,
    duration: '5',
    width: '720',
    height: '1280',
    fps: '30',
    seed: '20231234',
    n: '1',
    response_format: 'url',
    user: 'user-1234',
    metadata: '{}',
    mode: 'i2v',
    images: '',
    content: '{}',
    size: '720x1280',
    seconds: '5',
    input_reference: '',
    parameters: '{}',
  };
  const { status, body } = curl(
    '--request',
    'POST',
    '--url',
    `${stack.gateway}/v1/videos`,
    '--header',
    `Authorization: Bearer ${customer.key}`,
    '--header',
    'Content-Type: multipart/form-data',
    ...Object.entries(form).flatMap(([name, value]) => ['--form', `${name}=${value}`]),
  );
  const created: OpenAI.Video = JSON.parse(body);
  expect([status, created]).toEqual([
    200,
    expect.objectContaining({ object: 'video', model: 'sora-2', status: 'queued', progress: 0, seconds: '5' }),
  ]);

  const video = await finished(created.id);

  expect(video).toMatchObject({ status: 'completed', size: '720x1280' });
  const rows = await query<{ resolved: object; end_user_id: string }>(
    stack,
    'orchestrator',
    'SELECT resolved, end_user_id FROM task WHERE id = $1',
    [video.id],
  );
  expect(rows).toMatchObject([
    { end_user_id: 'user-1234', resolved: { seed: 20231234, duration: 5, providerOptions: { fps: 30 } } },
  ]);
});

describe('the openai package, stock', () => {
  it('renders text: created, polled, downloaded, and the bytes play', async () => {
    const before = (await wallet(stack, customer.accountId))?.settled ?? 0;
    const created = await client.videos.create({
      model: 'sora-2-pro',
      prompt: 'A calico cat playing piano',
      size: '1280x720',
      seconds: '4',
    });
    expect(created).toMatchObject({ object: 'video', status: 'queued', seconds: '4', size: '1280x720', error: null });
    const polled = await client.videos.retrieve(created.id).withResponse();
    expect(Number(polled.response.headers.get('openai-poll-after-ms'))).toBeGreaterThan(0);

    const video = await finished(created.id);

    expect(video).toMatchObject({ status: 'completed', progress: 100, prompt: 'A calico cat playing piano' });
    expect(video.completed_at ?? 0).toBeGreaterThanOrEqual(video.created_at);
    expect(probe(await saved(video.id))).toMatchObject({ width: 1280, height: 720, hasSound: true });
    expect(probe(await saved(video.id, 'thumbnail')).codec).toBe('webp');
    expect(await wallet(stack, customer.accountId)).toMatchObject({ settled: before + 240, reserved: 0 });
  });

  it('serves ranges of the content, for a player that seeks', async () => {
    const { id } = await finished((await create()).id);
    const response = await client.videos.downloadContent(id, undefined, { headers: { range: 'bytes=0-99' } });
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([206, 100]);
  });

  it('starts from a file, a data URL, and a URL', async () => {
    const file = await toFile(pngImage(), 'cat.png', { type: 'image/png' });
    const form = new FormData();
    form.append('files', new Blob([pngImage()]), 'cat.png');
    const uploaded = await customer.call<{ data: { url: string; key: string }[] }>('POST', '/api/upload', {
      body: form,
    });
    const [kept] = uploaded.body.data;
    for (const input_reference of [
      file,
      { image_url: `data:image/png;base64,${pngImage().toString('base64')}` },
      { image_url: kept?.url ?? '' },
      { file_id: kept?.key ?? '' },
    ]) {
      const { id } = await create({ input_reference });
      expect(await finished(id)).toMatchObject({ status: 'completed' });
      const [row] = await query<{ type: string }>(stack, 'orchestrator', 'SELECT type FROM task WHERE id = $1', [id]);
      expect(row?.type).toBe('image-to-video');
    }
  });

  it('lists with auto-paging, and deletes', async () => {
    const lister = await newCustomer(stack, 1000);
    const own = clientOf(lister);
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.push((await own.videos.create(small)).id);

    const listed: string[] = [];
    for await (const video of own.videos.list({ limit: 2 })) listed.push(video.id);
    expect(listed).toEqual(made.toReversed());
    const ascending = await own.videos.list({ limit: 3, order: 'asc' });
    expect(ascending.data.map(({ id }) => id)).toEqual(made.slice(0, 3));

    const [first = ''] = made;
    await lister.finished(first);
    expect(await own.videos.delete(first)).toEqual({ id: first, object: 'video.deleted', deleted: true });
    await expect(own.videos.retrieve(first)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('remixes, and edits where the model can', async () => {
    const source = await finished((await create()).id);
    const remix = await finished((await client.videos.remix(source.id, { prompt: 'the same at night' })).id);
    expect(remix).toMatchObject({
      status: 'completed',
      remixed_from_video_id: source.id,
      prompt: 'the same at night',
      size: source.size,
    });

    const edited = client.videos.edit({ prompt: 'in snow', video: { id: source.id } });
    await expect(edited).rejects.toMatchObject({ status: 400, code: 'unsupported_operation' });
    const model = 'happyhorse-1.0-video-edit';
    const edit = await client.videos.edit(params({ prompt: 'in snow', video: { id: source.id }, model, seconds: 15 }));
    expect(await finished(edit.id)).toMatchObject({ status: 'completed', model, remixed_from_video_id: source.id });
  });

  it('meets its own error classes', async () => {
    await expect(create({ seconds: 'many' })).rejects.toMatchObject({ status: 400, param: 'seconds' });
    await expect(create({ model: 'no-such-model' })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(create({ size: '8192x4320' })).rejects.toMatchObject({ status: 400, param: 'size' });
    await expect(client.videos.retrieve('video_123')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const stranger = new OpenAI({ apiKey: 'sk-nonsense', baseURL: `${stack.gateway}/v1` });
    await expect(stranger.videos.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const other = clientOf(await newCustomer(stack, 0));
    const { id } = await create();
    await expect(other.videos.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(
      client.videos.createCharacter({ name: 'cat', video: await toFile(pngImage(), 'a.mp4') }),
    ).rejects.toMatchObject({ status: 400, code: 'unsupported_operation' });
  });

  it('does not retry when the account is empty', async () => {
    const poor = await newCustomer(stack, 9);
    let calls = 0;
    const counting: typeof fetch = (input, init) => {
      // The package asks a data: URL whether FormData is known.
      const url = input instanceof Request ? input.url : input.toString();
      if (url.startsWith(stack.gateway)) calls += 1;
      return fetch(input, init);
    };
    const own = new OpenAI({ apiKey: poor.key, baseURL: `${stack.gateway}/v1`, fetch: counting });
    const refused: unknown = await own.videos.create(small).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    expect([refused, calls]).toEqual([expect.objectContaining({ status: 429, code: 'insufficient_quota' }), 1]);
    expect(await holds(stack, poor.accountId)).toEqual({});
  });

  it('verifies and reads our delivery', async () => {
    const receiver = await Receiver.open();
    const { body } = await customer.call<{ secret: string }>('POST', '/api/webhooks/secret/rotate', { json: {} });
    const { id } = await create({ callback_url: receiver.url('/openai') });

    await eventually(() => expect(receiver.received).toHaveLength(1), { timeoutMs: 60_000 });
    receiver.close();
    const [told] = receiver.received;
    const headers = Object.entries(told?.headers ?? {}).map(([name, value]) => [name, String(value)]);
    const own = new OpenAI({ apiKey: customer.key, webhookSecret: body.secret });
    const unwrap = (text = '') => own.webhooks.unwrap(text, Object.fromEntries(headers));
    expect(await unwrap(told?.body)).toMatchObject({ type: 'video.completed', data: { task_id: id } });
    await expect(unwrap(`${told?.body} `)).rejects.toBeInstanceOf(OpenAI.InvalidWebhookSignatureError);
  });

  it.each([
    ['text', async () => ({})],
    ['a file', async () => ({ input_reference: await toFile(pngImage(), 'cat.png', { type: 'image/png' }) })],
  ])('retries a 503 by itself, from %s, without a second task', async (_, reference) => {
    const retrying = await newCustomer(stack, 1000);
    const proxy = await losingFirstAnswer(stack.gateway);
    const own = clientOf(retrying, `${proxy.url}/v1`);

    const created = await own.videos.create({ ...small, ...(await reference()) });

    proxy.close();
    expect(proxy.requests()).toBe(2);
    const rows = await query(stack, 'orchestrator', 'SELECT id FROM task WHERE account_id = $1', [retrying.accountId]);
    expect(rows).toEqual([{ id: created.id }]);
  });
});
