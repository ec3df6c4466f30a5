import { type ResolvedRequest } from '@videoapi/contracts';
import { wireOf } from './request.js';

const image = 'https://e.com/a.png';
const other = 'https://e.com/b.png';
const video = 'https://e.com/v.mp4';

/** The body as it is sent, without what was left out. */
function sent(upstreamModel: string, request: Partial<ResolvedRequest> = {}): unknown {
  const wire = wireOf({ reference: 'att_1', upstreamModel, callbackUrl: null, request: { ...sample, ...request } });
  return JSON.parse(JSON.stringify('json' in wire ? wire.json : wire));
}

const common = { external_task_id: 'att_1', watermark_info: { enabled: false } };

// Exchanges compare in part; these are the fields that must not be there.
it('says nothing that the new generation does not know', () => {
  expect(sent('kling-3.0')).toEqual({
    prompt: 'a cat',
    settings: { resolution: '720p', duration: 5, aspect_ratio: '16:9', audio: 'off' },
    options: common,
  });
  expect(sent('kling-2.5-turbo')).toHaveProperty('settings', {
    resolution: '720p',
    duration: 5,
    aspect_ratio: '16:9',
  });
});

it.each<[string, Partial<ResolvedRequest>, object]>([
  ['kling-3.0', { type: 'image-to-video', images: [image] }, { duration: 5, audio: 'off' }],
  ['kling-3.0-omni', { type: 'image-to-video', images: [image, other] }, { duration: 5, audio: 'off' }],
  ['kling-3.0-omni', { type: 'video-edit', videos: [video], duration: 'auto' }, { audio: 'off' }],
  [
    'kling-3.0-omni',
    { type: 'reference-to-video', images: [image] },
    { duration: 5, aspect_ratio: '16:9', audio: 'off' },
  ],
])('%s %j takes the shape of its input, if it has one', (model, request, settings) => {
  expect(sent(model, request)).toHaveProperty('settings', {
    resolution: '720p',
    ...settings,
  });
});

it('says nothing that the legacy generation does not know', () => {
  const base = { mode: 'std', duration: '5', ...common };
  expect(sent('kling-v2-1')).toEqual({ model_name: 'kling-v2-1', prompt: 'a cat', aspect_ratio: '16:9', ...base });
  expect(sent('kling-v2-6', { type: 'image-to-video', images: [image] })).toEqual({
    model_name: 'kling-v2-6',
    prompt: 'a cat',
    image,
    sound: 'off',
    ...base,
  });
  expect(sent('kling-v3-omni', { type: 'video-edit', videos: [video], duration: 'auto' })).toEqual({
    model_name: 'kling-v3-omni',
    prompt: 'a cat',
    video_list: [{ video_url: video, refer_type: 'base', keep_original_sound: 'no' }],
    mode: 'std',
    sound: 'off',
    ...common,
  });
});

it.each<[string, Partial<ResolvedRequest>]>([
  ['kling-3.0', { type: 'reference-to-video', audios: ['https://e.com/a.mp3'] }],
  ['kling-3.0', { type: 'reference-to-video', videos: [video] }],
  ['kling-3.0', { type: 'image-to-video' }],
  ['kling-3.0', { type: 'image-to-video', images: [image, other, image] }],
  ['kling-3.0', { providerOptions: { element_ids: ['1'] } }],
  ['kling-3.0-omni', { type: 'video-edit' }],
  ['kling-o1', { generateAudio: true }],
  ['kling-v2-6', { providerOptions: { cfg_scale: 0.5 } }],
  ['kling-v2-6', { providerOptions: { multi_shot: true } }],
  ['kling-v2-6', { providerOptions: { element_ids: ['1'] } }],
  ['kling-v1-6', { type: 'reference-to-video', images: [image, image, image, image, image] }],
  ['kling-v1-6', { type: 'reference-to-video', firstFrame: image, images: [other] }],
  ['kling-v3-omni', { negativePrompt: 'rain' }],
  ['kling-v3-omni', { providerOptions: { multi_shot: true } }],
  ['kling-v3-omni', { type: 'image-to-video', lastFrame: image }],
  ['kling-v3-omni', { duration: 'auto' }],
])('%s does not take %j', (model, request) => {
  expect(sent(model, request)).toEqual({ problem: expect.any(String) });
});

const sample: ResolvedRequest = {
  prompt: 'a cat',
  type: 'text-to-video',
  images: [],
  videos: [],
  audios: [],
  resolution: '720p',
  duration: 5,
  maxDurationMs: 5_000,
  aspectRatio: '16:9',
  generateAudio: false,
  providerOptions: {},
};
