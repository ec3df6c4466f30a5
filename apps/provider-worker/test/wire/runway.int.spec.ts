import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('runway', '/runway');
const short = { duration: 2 };
const order = (directives?: string) => orderOf('gen4.5', short, directives);
const [a, b, v] = ['https://assets.example/a.png', 'https://assets.example/b.png', 'https://assets.example/v.mp4'];

testWire('runway', wire, {
  order,
  carriesReference: false,
  film: {
    order: (script) => orderOf('veo3.1', { duration: 4, aspectRatio: '9:16', generateAudio: true }, script),
    width: 720,
    height: 1280,
    seconds: 4,
    hasAudio: true,
  },
  modes: {
    'a seed': [orderOf('gen4.5', { ...short, seed: 7 }), { seed: 7 }],
    'a first frame': [
      orderOf('gen4_turbo', { ...short, type: 'image-to-video', firstFrame: a, aspectRatio: '21:9' }),
      { inputs: [a] },
    ],
    'both frames': [
      orderOf('veo3.1_fast', { type: 'image-to-video', firstFrame: a, lastFrame: b, duration: 4 }),
      { inputs: [a, b] },
    ],
    'an edit with a seed': [
      orderOf('aleph2', { ...short, type: 'video-edit', videos: [v], seed: 7 }),
      { inputs: [v], seed: 7 },
    ],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'eleven seconds': [orderOf('gen4.5', { duration: 11 }), 'invalid_request'],
    'a square': [orderOf('gen4.5', { aspectRatio: '1:1' }), 'invalid_request'],
    '1080p': [orderOf('gen4.5', { resolution: '1080p' }), 'invalid_request'],
    'a model that is not there': [orderOf('gen9'), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
  hanging: { state: 'running', progress: expect.any(Number) },
});

it.each(['queue=60000', 'slow=60000'])('cancels %s, which is gone then', async (directive) => {
  const handle = await wire.accept(order(directive));
  expect(await wire.cancel(handle)).toBe('cancelled');
  expect(await wire.poll(handle)).toEqual({ state: 'gone' });
});

it('what has ended is not cancelled, and keeps its result', async () => {
  const handle = await wire.accept(order());
  await wire.settle(handle);
  expect(await wire.cancel(handle)).toBe('too_late');
  expect((await wire.poll(handle)).state).toBe('succeeded');
});
