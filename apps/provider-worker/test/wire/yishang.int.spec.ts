import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('yishang', '/yishang');
const model = 'sora-2';
const image = 'https://assets.example/a.png';
const progress = expect.any(Number);
const [veo, long] = ['veo3.1', { duration: 10 }];

testWire('yishang', wire, {
  order: (directives) => orderOf(model, {}, directives),
  carriesReference: true,
  film: {
    order: (directives) => orderOf(model, { aspectRatio: '9:16' }, directives),
    width: 720,
    height: 1280,
    seconds: 5,
    hasAudio: true,
  },
  modes: {
    'an image': [
      orderOf(veo, { ...long, type: 'image-to-video', images: [image] }),
      { model: veo, inputs: [image], durationMs: 10_000 },
    ],
    'a first frame': [
      orderOf(veo, { ...long, type: 'image-to-video', firstFrame: image }),
      { model: veo, inputs: [image], durationMs: 10_000 },
    ],
    references: [
      orderOf(veo, { ...long, type: 'reference-to-video', images: [image, `${image}?2`] }),
      { model: veo, inputs: [image, `${image}?2`], durationMs: 10_000 },
    ],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a model that is not there': [orderOf('gpt-4'), 'invalid_request'],
    'eight seconds': [orderOf(model, { duration: 8 }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: {
    fail: { code: 'provider_error', message: '视频生成失败' },
    moderate: { code: 'content_rejected', message: '提示词包含敏感内容' },
    expire: { code: 'provider_error', message: '视频生成失败' },
  },
  looks: { ...usualLooks, 'unknown-status': { state: 'running', unknownStatus: 'simmering', progress } },
  hanging: { state: 'running', progress },
});

it('an image is sent as a file, where the channel says so', async () => {
  // Any bytes will do; the simulator looks at none.
  const images = [`${wire.standIn().url}/control/counters`];
  const order = orderOf(model, { type: 'image-to-video', images }, 'hang');

  await wire.accept(order, wire.channel({ options: { images: 'files' } }));

  expect(await wire.standIn().renders(order.reference)).toMatchObject([{ inputs: ['input_reference.bin'] }]);
});
