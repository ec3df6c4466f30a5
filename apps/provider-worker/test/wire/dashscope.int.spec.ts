import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { modesOf, nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('dashscope', '/dashscope/api/v1');
const words = 'happyhorse-1.0-t2v';
const order = (directives?: string) => orderOf(words, {}, directives);
const image = 'https://example.com/a.png';
const video = 'https://example.com/v.mp4';
const twoFrames = { type: 'image-to-video', images: [image, image] } satisfies Parameters<typeof orderOf>[1];
const references = {
  type: 'reference-to-video',
  images: [image],
  videos: [video],
} satisfies Parameters<typeof orderOf>[1];
const edit = { type: 'video-edit', videos: [video], duration: 'auto' } satisfies Parameters<typeof orderOf>[1];

testWire('dashscope', wire, {
  order,
  carriesReference: false,
  film: {
    order: (directives) => orderOf(words, { duration: 3, maxDurationMs: 3_000, aspectRatio: '9:16' }, directives),
    width: 720,
    height: 1280,
    seconds: 3,
    hasAudio: true,
  },
  modes: modesOf(
    ['happyhorse-1.0', { seed: 7 }, { model: 'happyhorse-1.0-t2v', inputs: [], seed: 7 }],
    ['happyhorse-1.0', { type: 'image-to-video', images: [image] }, { model: 'happyhorse-1.0-i2v', inputs: [image] }],
    [
      'happyhorse-1.0',
      { type: 'reference-to-video', images: [image, image] },
      { model: 'happyhorse-1.0-r2v', inputs: [image, image] },
    ],
    ['happyhorse-1.0', edit, { model: 'happyhorse-1.0-video-edit', inputs: [video] }],
    ['happyhorse-1.1', { aspectRatio: '21:9', resolution: '480p' }, { model: 'happyhorse-1.1-t2v', inputs: [] }],
    ['wan2.6', { negativePrompt: 'blur', aspectRatio: '1:1', seed: 7 }, { model: 'wan2.6-t2v', inputs: [], seed: 7 }],
    ['wan2.6', { type: 'image-to-video', firstFrame: image, duration: 10 }, { model: 'wan2.6-i2v', inputs: [image] }],
    ['wan2.6-i2v-flash', { type: 'image-to-video', images: [image] }, { model: 'wan2.6-i2v-flash', inputs: [image] }],
    ['wan2.6', references, { model: 'wan2.6-r2v', inputs: [image, video] }],
    ['wan2.5-t2v-preview', {}, { model: 'wan2.5-t2v-preview', inputs: [] }],
    ['wan2.2-kf2v-flash', twoFrames, { model: 'wan2.2-kf2v-flash', inputs: [image, image] }],
    ['wan2.7', twoFrames, { model: 'wan2.7-i2v', inputs: [image, image] }],
    ['wan2.7', references, { model: 'wan2.7-r2v', inputs: [image, video] }],
    ['wan2.7', { ...edit, aspectRatio: 'auto' }, { model: 'wan2.7-videoedit', inputs: [video] }],
    ['wan3.0-video', { duration: 'auto', aspectRatio: 'auto' }, { model: 'wan3.0-video', inputs: [] }],
    [
      'wan3.0-video',
      { type: 'image-to-video', firstFrame: image, lastFrame: image },
      { model: 'wan3.0-video', inputs: [image, image] },
    ],
    ['wan3.0-video', references, { model: 'wan3.0-video', inputs: [image, video] }],
  ),
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {},
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: { ...usualLooks, 'unknown-status': { state: 'running', unknownStatus: 'SIMMERING' } },
});

it('is cancelled while it waits, and no later', async () => {
  const waiting = await wire.accept(order('queue=60000'));
  const running = await wire.accept(order('hang'));

  expect(await wire.cancel(waiting)).toBe('cancelled');
  expect(await wire.cancel(running)).toBe('too_late');

  expect(await wire.poll(waiting)).toMatchObject({ failure: { code: 'cancelled' } });
});
