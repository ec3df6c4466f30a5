import { startStack, type Stack } from './harness.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.close());

const path = '/v1/video/generations';
const model = 'video-2.0-mini-reference-to-video';
const create = (body: unknown, init: RequestInit & { key?: string } = {}) =>
  stack.call(path, { method: 'POST', body: JSON.stringify(body), ...init });

describe('the native dialect', () => {
  it('creates a task as the document prints it, and shows it', async () => {
    const response = await create({
      model,
      type: 'image-to-video',
      prompt: '让 @Image1 中的人物自然转身,镜头缓慢推进,光影真实',
      image_urls: ['https://your-domain.com/uploads/reference.png'],
      video_urls: [],
      audio_urls: [],
      resolution: '720p',
      duration: 'auto',
      aspect_ratio: '9:16',
      generate_audio: true,
      end_user_id: 'customer_001',
    });
    const accepted: any = await response.json();
    expect([response.status, accepted]).toEqual([
      200,
      { task_id: expect.stringMatching(/^vidgen_\d{13}_[0-9a-f]{8}$/), status: 'pending', poll_interval_seconds: 30 },
    ]);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('server-timing')).toMatch(/auth;dur=.*validate;dur=.*engine;dur=.*total;dur=/);

    const shown = await stack.call(`${path}/${accepted.task_id}`);
    expect(shown.headers.get('retry-after')).toBe('30');
    expect(await shown.json()).toMatchObject({
      task_id: accepted.task_id,
      status: 'pending',
      url: null,
      credits_reserved: 180,
      end_user_id: 'customer_001',
      metadata: { credits_reserved: 180, public_model: model, asset_reference_style: '@Image1/@Video1/@Audio1' },
    });
  });

  it('lists the models in public and with own prices', async () => {
    const anybody: any = await (await stack.call('/v1/models', { key: '' })).json();
    const own: any = await (await stack.call('/v1/models')).json();
    expect([anybody.object, anybody.data[0].id, anybody.data[0].billing.credits, own.data[0].billing.credits]).toEqual([
      'list',
      model,
      180,
      120,
    ]);
  });
});
