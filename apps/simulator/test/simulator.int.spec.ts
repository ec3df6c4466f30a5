import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, tempDir } from '@videoapi/testing';
import OpenAI, { toFile } from 'openai';
import { Webhook } from 'standardwebhooks';
import { field, probe, receiver, simulator, whitePixels } from './harness.js';

// Real videos out of every wire format, looked at by ffprobe and decoded to the end.

const frame = 1 / 12;
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const directory = tempDir('simulator-spec');
let sim: Awaited<ReturnType<typeof simulator>>;
let receive: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  [sim, receive] = await Promise.all([simulator(), receiver()]);
});
afterAll(async () => {
  await Promise.all([sim.close(), receive.close()]);
});

describe('simulator', () => {
  it('renders a video of the asked size, length and sound, and calls back signed', async () => {
    const submitted = await sim.post('/simulator/v1/videos', {
      reference: 'att_sim',
      prompt: 'a calico cat plays the piano',
      duration_seconds: 2,
      resolution: '480p',
      aspect_ratio: '9:16',
      audio: true,
      callback_url: `${receive.url}/cb/sim`,
    });
    expect(submitted).toMatchObject({ status: 201, body: { reference: 'att_sim', error: null } });
    const video = await ended(`/simulator/v1/videos/${field(submitted.body, 'id')}`);
    expect(video).toMatchObject({
      status: 'succeeded',
      progress: 100,
      output: { width: 480, height: 854 },
      usage: { seconds: 2 },
    });

    const file = await saved(`${sim.url}/files/${field(video, 'id')}.mp4`);
    expect(await probe(file.path)).toEqual({
      codec: 'h264',
      pixels: 'yuv420p',
      width: 480,
      height: 854,
      seconds: expect.closeTo(2, 1),
      audio: 'aac',
      complaints: '',
    });
    expect(video).toMatchObject({ output: { sha256: file.sha256, bytes: file.bytes } });

    const [callback] = await receive.at('/cb/sim', 1);
    const event = new Webhook('sk-test', { format: 'raw' }).verify(callback?.text ?? '', callback?.headers ?? {});
    expect(event).toEqual({ type: 'video.succeeded', timestamp: expect.any(String), data: video });
    expect((await sim.get('/control/renders?clientReference=att_sim')).body).toMatchObject({
      renders: [{ outcome: 'succeeded', sha256: file.sha256, callbacksSent: 1, callbacksAcknowledged: 1 }],
    });
  });

  it('finds by reference and by ids, only for the same key', async () => {
    const submit = () => sim.post('/simulator/v1/videos', { reference: 'att_twice', prompt: 'twice' });
    const ids = [await submit(), await submit()].map(({ body }) => field(body, 'id'));
    const found = await sim.get('/simulator/v1/videos?reference=att_twice');
    expect(found.body).toMatchObject({ videos: [{ id: ids[1] }, { id: ids[0] }] });
    expect((await sim.get(`/simulator/v1/videos?id=${ids[0]}&id=nope&id=${ids[1]}`)).body).toMatchObject({
      videos: [{ id: ids[0] }, { id: ids[1] }],
    });
    const stranger = { headers: { authorization: 'Bearer sk-other' } };
    expect((await sim.get('/simulator/v1/videos?reference=att_twice', stranger)).body).toEqual({ videos: [] });
    expect((await sim.get(`/simulator/v1/videos/${ids[0]}`, stranger)).status).toBe(404);
    expect((await sim.get('/control/counters')).body).toMatchObject({ repeatedReferences: 1 });
  });

  it('cancels what has not ended, once', async () => {
    const { body } = await sim.post('/simulator/v1/videos', { prompt: '[[sim:hang]]' });
    const cancel = () => sim.post(`/simulator/v1/videos/${field(body, 'id')}/cancel`);
    expect(await cancel()).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await cancel()).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
  });

  it('writes the prompt into the picture, and nothing of a hostile one into the filter', async () => {
    const hostile = `'; movie=/etc/passwd [x] %{localtime} \\ , : $(id) WWWWWWWWWWWW`;
    const [bare, short, long, odd] = await Promise.all(
      ['[[sim:slow=1]]', 'a cat', 'a calico cat plays the piano '.repeat(4), hostile].map(async (prompt) => {
        const { body } = await sim.post('/simulator/v1/videos', { prompt, duration_seconds: 1, resolution: '360p' });
        const id = field(body, 'id');
        await ended(`/simulator/v1/videos/${id}`);
        return whitePixels((await saved(`${sim.url}/files/${id}.mp4`)).path);
      }),
    );
    expect(bare).toBe(0);
    expect(short).toBeGreaterThan(100);
    expect(long).toBeGreaterThan(5 * Number(short));
    expect(odd).toBeGreaterThan(2 * Number(short));
  });

  it('renders the same film once, and again with the same bytes after it was lost', async () => {
    const order = { prompt: 'the same film', duration_seconds: 1, resolution: '240p' };
    const cached = await simulator({ SIMULATOR_CACHE_BYTES: '1' });
    try {
      const hashes = [];
      for (let turn = 0; turn < 2; turn += 1) {
        const { body } = await cached.post('/simulator/v1/videos', order);
        const video = await ended(`/simulator/v1/videos/${field(body, 'id')}`, cached);
        hashes.push((await saved(`${cached.url}/files/${field(video, 'id')}.mp4`)).sha256);
      }
      expect(new Set(hashes).size).toBe(1);
    } finally {
      await cached.close();
    }
  });
});

describe('openai', () => {
  it('serves the official client: create with a file, poll, list, content in three variants, remix, delete', async () => {
    const client = new OpenAI({ apiKey: 'sk-openai', baseURL: `${sim.url}/openai/v1` });
    const created = await client.videos.create({
      prompt: 'A calico cat playing piano',
      seconds: '4',
      size: '1280x720',
      input_reference: await toFile(png, 'cat.png', { type: 'image/png' }),
    });
    expect(created).toMatchObject({
      object: 'video',
      seconds: '4',
      size: '1280x720',
      error: null,
    });
    const video = await eventually(async () => {
      const seen = await client.videos.retrieve(created.id);
      return seen.status === 'completed' && seen;
    });
    expect(video).toMatchObject({ progress: 100, completed_at: expect.any(Number), expires_at: expect.any(Number) });

    const path = join(directory, 'openai.mp4');
    await writeFile(path, Buffer.from(await (await client.videos.downloadContent(created.id)).arrayBuffer()));
    expect(await probe(path)).toMatchObject({ codec: 'h264', width: 1280, height: 720, audio: 'aac', complaints: '' });
    expect(Math.abs((await probe(path)).seconds - 4)).toBeLessThanOrEqual(frame);
    for (const [variant, type] of [
      ['thumbnail', 'image/webp'],
      ['spritesheet', 'image/jpeg'],
    ] as const) {
      const picture = await client.videos.downloadContent(created.id, { variant });
      expect(picture.headers.get('content-type')).toBe(type);
      expect((await picture.arrayBuffer()).byteLength).toBeGreaterThan(500);
    }

    const remix = await client.videos.remix(created.id, { prompt: 'now a dog [[sim:fail]]' });
    expect(remix).toMatchObject({
      remixed_from_video_id: created.id,
      prompt: 'now a dog [[sim:fail]]',
      size: '1280x720',
    });
    const listed = [];
    for await (const one of client.videos.list({ limit: 1 })) listed.push(one.id);
    expect(listed).toEqual([remix.id, created.id]);
    expect(await client.videos.delete(created.id)).toEqual({ id: created.id, object: 'video.deleted', deleted: true });
    await expect(client.videos.retrieve(created.id)).rejects.toMatchObject({ status: 404 });
    expect((await sim.get('/control/renders?provider=openai')).body).toMatchObject({
      renders: [
        { inputs: ['upload:cat.png'], removed: true },
        { inputs: [`video:${created.id}`], removed: false },
      ],
    });
  });

  it('refuses in the shape that the official client understands', async () => {
    const client = new OpenAI({ apiKey: 'bad-key', baseURL: `${sim.url}/openai/v1`, maxRetries: 0 });
    await expect(client.videos.create({ prompt: 'x' })).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    const form = new FormData();
    form.set('prompt', 'x');
    form.set('seconds', '5');
    expect(await sim.post('/openai/v1/videos', form)).toMatchObject({
      status: 400,
      body: { error: { param: 'seconds', code: 'invalid_value', type: 'invalid_request_error' } },
    });
    const broken = await fetch(`${sim.url}/openai/v1/videos`, {
      method: 'POST',
      headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
      body: '{"prompt":',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(await sim.get('/openai/v1/nothing')).toMatchObject({ status: 404, body: { error: { param: null } } });
  });
});

describe('aiid', () => {
  it('takes a form in its own spelling and gives a public URL', async () => {
    const form = new FormData();
    const fields = {
      model: 'veo3.1',
      prompt: 'a red fox',
      duration: '2',
      size: '9:16',
      metadata: '{"reference":"att_aiid"}',
    };
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.append('images', 'https://example.com/1.png');
    form.append('images', 'https://example.com/2.png');
    form.set('image', new Blob([png], { type: 'image/png' }), 'fox.png');
    const submitted = await sim.post('/aiid/v1/videos', form);
    expect(submitted).toMatchObject({ status: 200, body: { object: 'video', seconds: '2', size: '720x1280' } });
    const id = field(submitted.body, 'id');
    const video = await ended(`/aiid/v1/videos/${id}`);
    expect(video).toMatchObject({ status: 'completed', task_id: id, created_at: expect.any(Number) });
    const { path } = await saved(field(video, 'video_url'));
    expect(await probe(path)).toMatchObject({ codec: 'h264', width: 720, height: 1280, complaints: '' });
    expect(Math.abs((await probe(path)).seconds - 2)).toBeLessThanOrEqual(frame);
    expect((await sim.get('/control/renders?clientReference=att_aiid')).body).toMatchObject({
      renders: [
        { inputs: [expect.stringContaining('fox.png'), 'https://example.com/1.png', 'https://example.com/2.png'] },
      ],
    });
    expect(await sim.post('/aiid/v1/videos', { prompt: 'x' })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request_error', message: 'model is required' } },
    });
  });
});

describe('ark', () => {
  const tasks = '/ark/api/v3/contents/generations/tasks';
  const content = [{ type: 'text', text: 'a kitten yawns' }];

  it('renders, calls back on each change with the body of GET, links the last frame', async () => {
    const submitted = await sim.post(tasks, {
      model: 'doubao-seedance-1-0-pro-250528',
      content,
      resolution: '480p',
      ratio: '16:9',
      frames: 29,
      return_last_frame: true,
      callback_url: `${receive.url}/cb/att_ark`,
    });
    expect(submitted).toEqual({
      status: 200,
      headers: expect.anything(),
      body: { id: expect.stringMatching(/^cgt-/) },
    });
    const task = await ended(`${tasks}/${field(submitted.body, 'id')}`);
    expect(task).toMatchObject({
      status: 'succeeded',
      frames: 29,
      usage: { completion_tokens: Math.floor((864 * 480 * 30) / 1024) },
    });
    const links = field(JSON.parse(JSON.stringify(task)).content, 'video_url');
    const { path } = await saved(links);
    expect(await probe(path)).toMatchObject({ codec: 'h264', width: 864, height: 480, complaints: '' });
    expect(Math.abs((await probe(path)).seconds - 29 / 24)).toBeLessThanOrEqual(frame);
    const still = await fetch(links.replace('.mp4', '.png'));
    expect(
      Buffer.from(await still.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');

    const bodies = (await receive.at('/cb/att_ark', 2)).map(({ body }) => body);
    expect(bodies).toMatchObject([{ status: 'running' }, { status: 'succeeded' }]);
    expect(bodies[1]).toEqual(task);
    expect((await sim.get('/control/renders?clientReference=att_ark')).body).toMatchObject({
      renders: [{ provider: 'ark' }],
    });
  });

  it('lists by ids and by status; deletes as its document says', async () => {
    const submit = async (flags: string) => {
      const body = { model: 'doubao-seedance-2-0-260128', content: [{ type: 'text', text: `a cat ${flags}` }] };
      return field((await sim.post(tasks, body)).body, 'id');
    };
    const [failed, queued, running] = [
      await submit('[[sim:fail]]'),
      await submit('[[sim:queue=60000]]'),
      await submit('[[sim:hang]]'),
    ];
    await ended(`${tasks}/${failed}`);
    const list = await sim.get(`${tasks}?filter.task_ids=${queued}&filter.task_ids=${failed}&filter.task_ids=cgt-0`);
    expect(list.body).toMatchObject({ total: 2, items: [{ id: queued }, { id: failed, status: 'failed' }] });
    expect((await sim.get(`${tasks}?filter.status=running`)).body).toMatchObject({ items: [{ id: running }] });

    expect(await sim.call('DELETE', `${tasks}/${running}`)).toMatchObject({
      status: 409,
      body: { error: { code: 'InvalidAction.RunningTaskDeletion' } },
    });
    expect((await sim.call('DELETE', `${tasks}/${queued}`)).status).toBe(200);
    expect((await sim.get(`${tasks}/${queued}`)).body).toMatchObject({ status: 'cancelled' });
    expect((await sim.call('DELETE', `${tasks}/${failed}`)).status).toBe(200);
    expect(await sim.get(`${tasks}/${failed}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'NotFound.Task' } },
    });
  });
});

/** Polls until the video has ended, as a client would. */
async function ended(path: string, from = sim): Promise<unknown> {
  const done = ['succeeded', 'completed', 'failed', 'cancelled', 'expired'];
  const look = async () => {
    const { body } = await from.get(path);
    return done.includes(field(body, 'status')) && body;
  };
  return eventually(look, { timeoutMs: 60_000 });
}

async function saved(url: string) {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
  const path = join(directory, `${createHash('sha256').update(url).digest('hex')}.mp4`);
  await writeFile(path, bytes);
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
