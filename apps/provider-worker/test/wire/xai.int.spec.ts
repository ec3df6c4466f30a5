import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('xai', '/xai/v1');
const model = 'grok-imagine-video';
const image = 'https://assets.example/a.png';
const video = 'https://assets.example/v.mp4';

testWire('xai', wire, {
  order: (directives) => orderOf(model, { duration: 1 }, directives),
  carriesReference: false,
  film: {
    order: (directives) => orderOf(model, { duration: 2, resolution: '480p', generateAudio: true }, directives),
    width: 854,
    height: 480,
    seconds: 2,
    hasAudio: true,
    shows: { usage: { cost: '0.1 USD' } },
  },
  modes: {
    'a first frame': [
      orderOf(model, { type: 'image-to-video', firstFrame: image, aspectRatio: 'auto' }),
      { inputs: [image] },
    ],
    references: [
      orderOf(model, { type: 'reference-to-video', images: [image, `${image}?2`] }),
      { inputs: [image, `${image}?2`] },
    ],
    'an edit': [orderOf(model, { type: 'video-edit', videos: [video] }), { inputs: [video] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a model that is not there': [orderOf('grok-0'), 'provider_error'],
    '1080p': [orderOf(model, { resolution: '1080p' }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'expired' },
  looks: usualLooks,
  // Before the first percent it says nothing at all.
  hanging: { state: 'queued' },
});

it('1.5 says in another way that the content was refused', async () => {
  const { end } = await wire.settle(await wire.accept(orderOf('grok-imagine-video-1.5', { duration: 1 }, 'moderate')));
  expect(end).toMatchObject({ state: 'failed', failure: { code: 'content_rejected' } });
});
