import { type Customer, newCustomer } from './customer.js';
import { pngImage } from './samples.js';
import { sharedStack } from './stack.js';

const stack = sharedStack();
let customer: Customer;
let image: string;

beforeAll(async () => {
  customer = await newCustomer(stack, 100_000);
  const form = new FormData();
  form.append('files', new Blob([pngImage()]), 'image.png');
  const uploaded = await customer.call<{ data: { key: string }[] }>('POST', '/api/upload', { body: form });
  image = uploaded.body.data[0]?.key ?? '';
});

/** The model names of the document, in its order. */
const names = [
  'sora-2',
  'sora-2-pro',
  'gemini-omni',
  'happyhorse-1.0',
  'happyhorse-1.0-i2v',
  'happyhorse-1.0-t2v',
  'happyhorse-1.0-r2v',
  'happyhorse-1.0-video-edit',
  'doubao-seedance-1-0-lite-i2v-250428',
  'doubao-seedance-1-0-lite-t2v-250428',
  'doubao-seedance-1-0-pro-250528',
  'doubao-seedance-1-0-pro-fast-251015',
  'doubao-seedance-1-5-pro-251215',
  'doubao-seedance-2-0-260128',
  'doubao-seedance-2-0-fast-260128',
  'veo3',
  'veo3-fast',
  'veo3-fast-frames',
  'veo3-frames',
  'veo3-pro',
  'veo3-pro-frames',
  'veo3.1',
  'veo3.1-4k',
  'veo3.1-components',
  'veo3.1-fast',
  'veo3.1-pro',
  'veo3.1-pro-4k',
  'kling-video',
  'grok-imagine-1.0-video',
  'grok-imagine-video-1.5-preview',
  'grok-video-3',
  'viduq3-turbo',
  'hailuo-video',
];

interface Model {
  readonly id: string;
  readonly type: readonly string[];
  readonly available: boolean;
}

/** The least that this model can start from. */
function inputsOf({ type }: Model): object {
  if (type.includes('text-to-video')) return {};
  return type.includes('video-edit') ? { video_urls: ['https://example.com/a.mp4'] } : { image_urls: [image] };
}

it('has every model of the document, each with a provider and a price', async () => {
  const { body } = await customer.call<{ data: Model[] }>('GET', '/v1/models');
  const models = new Map(body.data.map((model) => [model.id, model]));
  for (const name of names) {
    const model = models.get(name);
    expect([name, model?.available]).toEqual([name, true]);
    if (model === undefined) continue;
    const json = { model: name, prompt: 'a boat', ...inputsOf(model) };
    const estimate = await customer.call<{ credits: number }>('POST', '/v1/video/generations/estimate', { json });
    expect([name, estimate.status, estimate.body.credits > 0]).toEqual([name, 200, true]);
  }
});

it.each([
  ['sora-2-hd', {}],
  ['gemini-omni', { resolution: '360p', duration: 3 }],
  ['gemini-omni', { resolution: '360p', duration: 3, type: 'image-to-video' }],
  ['grok-imagine-1.0-video', { resolution: '480p', duration: 1 }],
  ['viduq3-turbo', { resolution: '540p', duration: 1 }],
  ['doubao-seedance-1-0-lite-i2v-250428', { resolution: '480p', duration: 2 }],
  ['doubao-seedance-1-0-lite-t2v-250428', { resolution: '480p', duration: 2 }],
  ['doubao-seedance-1-0-pro-fast-251015', { resolution: '480p', duration: 2 }],
  ['doubao-seedance-1-5-pro-251215', { resolution: '480p', duration: 4, generate_audio: false }],
  ['doubao-seedance-2-0-fast-260128', { resolution: '480p', duration: 4 }],
  ['happyhorse-1.0', { resolution: '720p', duration: 3 }],
  ['happyhorse-1.0-i2v', { resolution: '720p', duration: 3 }],
  ['wan2.6', { resolution: '720p' }],
  ['wan3.0-video', { resolution: '480p', duration: 2 }],
  ['hailuo-video', {}],
  ['kling-video', { duration: 3 }],
  ['kling-2.6', {}],
  ['veo3-fast', { duration: 4 }],
  ['veo3.1-components', { type: 'reference-to-video' }],
  ['fal-veo3.1', { duration: 4 }],
  ['fal-kling-2.5-turbo-pro', { type: 'image-to-video', duration: 5 }],
  ['luma-ray-2-flash', { resolution: '540p', duration: 5 }],
  ['luma-ray-3.2', { resolution: '360p', duration: 5 }],
  ['pixverse-v6', { resolution: '360p', duration: 1 }],
  ['pixverse-c1', { resolution: '360p', duration: 1, type: 'reference-to-video' }],
  ['replicate-veo3.1-fast', { duration: 4 }],
  ['replicate-kling-2.5-turbo-pro', { type: 'image-to-video', duration: 5 }],
  ['runway-gen4.5', { duration: 2 }],
  ['runway-gen4-turbo', { type: 'image-to-video', duration: 5 }],
  ['ai-studios-avatar', { resolution: '480p' }],
  ['videoapi-2.0-mini', { resolution: '480p', duration: 4 }],
  ['yishang-sora-2', { duration: 5 }],
  ['hailuo-h3', { duration: 4 }],
  ['jimeng-3.0', { resolution: '720p' }],
])('%s renders what it says it can', async (model, fields) => {
  const needsImage = model.includes('i2v') || 'type' in fields;
  const taskId = await customer.submit({
    resolution: undefined,
    duration: undefined,
    model,
    ...fields,
    ...(needsImage && { image_urls: [image] }),
  });
  expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', error: null });
});
