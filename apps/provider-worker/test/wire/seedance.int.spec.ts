import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { foundOrAbsent, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('seedance', '/ark/api/v3');
const model = 'doubao-seedance-2-0-260128';
const [a, b, v] = ['https://assets.example/a.png', 'https://assets.example/b.png', 'https://assets.example/v.mp4'];

testWire('seedance', wire, {
  order: (directives) => orderOf(model, {}, directives),
  carriesReference: true,
  film: {
    order: (directives) => orderOf(model, { duration: 4, maxDurationMs: 4_000, generateAudio: true }, directives),
    width: 1280,
    height: 720,
    seconds: 4,
    hasAudio: true,
  },
  modes: {
    'a seed': [orderOf(model, { seed: 7 }), { seed: 7 }],
    'both frames': [orderOf(model, { type: 'image-to-video', firstFrame: a, lastFrame: b }), { inputs: [a, b] }],
    references: [orderOf(model, { type: 'reference-to-video', images: [a, b], videos: [v] }), { inputs: [a, b, v] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a model that is not there': [orderOf('doubao-seedance-9'), 'provider_error'],
    'twenty seconds': [orderOf(model, { duration: 20 }), 'invalid_request'],
  },
  lostAnswers: foundOrAbsent,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'expired' },
  looks: usualLooks,
});

it('calls back, which is a hint', async () => {
  const webhooks = await wire.standIn().listen();
  const order = webhooks.about(orderOf(model));
  await wire.submit(order);

  const [callback] = await webhooks.of(order.reference);

  expect(callback && callbackVerifiers['seedance']?.verify(callback, [], Date.now())).toBe('hint');
});
