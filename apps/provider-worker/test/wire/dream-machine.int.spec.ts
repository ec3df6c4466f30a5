import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['dream-machine']!;
const wire = openWire('dream-machine', '/dream-machine/v1');
const model = 'ray-flash-2';
const short = { resolution: '540p' };
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];

testWire('dream-machine', wire, {
  order: (directives) => orderOf(model, short, directives),
  carriesReference: false,
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16' }, directives),
    width: 540,
    height: 960,
    seconds: 5,
    hasAudio: false,
  },
  modes: {
    'a first frame': [
      orderOf(model, { ...short, type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }),
      { inputs: [a] },
    ],
    'both frames': [
      orderOf(model, { ...short, type: 'image-to-video', firstFrame: a, lastFrame: b }),
      { inputs: [a, b] },
    ],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'eight seconds': [orderOf(model, { duration: 8 }), 'invalid_request'],
    'two to three': [orderOf(model, { aspectRatio: '2:3' }), 'invalid_request'],
    '360p': [orderOf(model, { resolution: '360p' }), 'invalid_request'],
    'a model that is not there': [orderOf('ray-3.2'), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  // It has no codes, only words.
  endings: { fail: 'provider_error', moderate: 'provider_error', expire: 'provider_error' },
  looks: usualLooks,
});

it('calls back on each change, which is a hint', async () => {
  const webhooks = await wire.standIn().listen();
  const order = webhooks.about(orderOf(model, short, 'queue=100'));
  const handle = await wire.accept(order);

  const callbacks = await webhooks.of(order.reference, 2);

  expect(callbacks.map((one) => verifier.parse(one))).toEqual([
    { upstreamId: handle['id'], status: 'dreaming' },
    { upstreamId: handle['id'], status: 'completed' },
  ]);
  expect(callbacks.map((one) => verifier.verify(one, [], Date.now()))).toEqual(['hint', 'hint']);
  expect(await wire.standIn().renders(order.reference)).toHaveLength(1);
});
