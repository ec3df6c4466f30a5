import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@videoapi/testing';
import { curl } from './curl.js';
import { type Customer, newCustomer } from './customer.js';
import { entryCount, holds, imbalances, wallet } from './ledger.js';
import { pngImage } from './samples.js';
import { sharedStack } from './stack.js';
import { probe } from './video.js';

const stack = sharedStack();
let customer: Customer & { readonly accountId: string };

beforeAll(async () => {
  customer = await newCustomer(stack, 1000);
});

/** The curls of the seed document, with its variables filled in and nothing else changed. */
describe("the seed's own calls", () => {
  it('lists models without a key, with prices', () => {
    const { status, body } = curl(`${stack.gateway}/v1/models`);

    expect(status).toBe(200);
    const models: { id: string; billing: { mode: string } }[] = JSON.parse(body).data;
    expect(models.find((model) => model.id === 'video-2.0-mini-reference-to-video')?.billing.mode).toBe('per_second');
  });

  it('uploads two files, renders @Image1, can be polled to completed and downloaded, and charges what was rendered', async () => {
    const folder = tempDir('seed');
    writeFileSync(join(folder, 'image.png'), pngImage());
    writeFileSync(join(folder, 'second.png'), pngImage());
    const bearer = `Authorization: Bearer ${customer.key}`;

    const uploaded = curl(
      '-X',
      'POST',
      `${stack.gateway}/api/upload`,
      '-H',
      bearer,
      '-F',
      `files=@${join(folder, 'image.png')}`,
      '-F',
      `files=@${join(folder, 'second.png')}`,
    );
    expect(uploaded.status).toBe(200);
    const files: { filename: string; key: string; content_type: string }[] = JSON.parse(uploaded.body).data;
    expect(files.map((file) => file.filename)).toEqual(['image.png', 'second.png']);
    expect(files[0]?.content_type).toBe('image/png');

    const created = curl(
      '-X',
      'POST',
      `${stack.gateway}/v1/video/generations`,
      '-H',
      bearer,
      '-H',
      'Content-Type: application/json',
      '-d',
      JSON.stringify({
        model: 'video-2.0-mini-reference-to-video',
        type: 'image-to-video',
        prompt: '让 @Image1 中的人物自然转身,镜头缓慢推进,光影真实',
        image_urls: [files[0]?.key],
        video_urls: [],
        audio_urls: [],
        resolution: '720p',
        duration: 'auto',
        aspect_ratio: '9:16',
        generate_audio: true,
        end_user_id: 'customer_001',
      }),
    );
    expect(created.status).toBe(200);
    const { task_id: taskId, status, poll_interval_seconds: interval } = JSON.parse(created.body);
    expect(taskId).toMatch(/^vidgen_\d{13}_[0-9a-f]{8}$/);
    expect(status).toBe('pending');
    expect(interval).toBeGreaterThan(0);

    const done = await customer.finished(taskId);
    expect(done).toMatchObject({
      status: 'completed',
      format: 'mp4',
      error: null,
      credits_reserved: 180,
      credits_refunded: false,
      metadata: { credits_reserved: 180, public_model: 'video-2.0-mini-reference-to-video' },
    });
    expect(done.videos).toEqual([done.url]);

    const file = join(folder, 'result.mp4');
    expect(curl('-L', '-o', file, done.url ?? '').status).toBe(200);
    const film = probe(file);
    expect(film).toMatchObject({ codec: 'h264', width: 720, height: 1280 });
    // 12 credits a second at 720p with sound, by the probed length, rounded up once
    expect(done.credits_charged).toBe(Math.ceil((done.outputs[0]?.duration ?? 0) * 12));

    expect(await wallet(stack, customer.accountId)).toEqual({
      granted: 1000,
      settled: done.credits_charged,
      reserved: 0,
      available: 1000 - (done.credits_charged ?? 0),
    });
    expect(await holds(stack, customer.accountId)).toEqual({ settled: 1 });
    expect(await entryCount(stack, customer.accountId)).toBe(4); // grant, hold, settle, release of the rest
    expect(await imbalances(stack)).toEqual([]);
  });

  it('serves parts of the video, so that a browser can seek', async () => {
    const taskId = await customer.submit();
    const { url } = await customer.finished(taskId);

    const part = await fetch(url ?? '', { headers: { range: 'bytes=0-99' }, signal: AbortSignal.timeout(10_000) });

    expect(part.status).toBe(206);
    expect((await part.arrayBuffer()).byteLength).toBe(100);
  });
});
