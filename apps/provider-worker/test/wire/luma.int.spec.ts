import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('luma', '/luma/v1');
const model = 'ray-3.2';
const short = { resolution: '360p' };
const [a, b, v] = ['https://assets.example/a.png', 'https://assets.example/b.png', 'https://assets.example/v.mp4'];

testWire('luma', wire, {
  order: (directives) => orderOf(model, short, directives),
  carriesReference: false,
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16' }, directives),
    width: 360,
    height: 640,
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
    'an edit': [orderOf(model, { ...short, type: 'video-edit', videos: [v] }), { inputs: [v] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'eight seconds': [orderOf(model, { duration: 8 }), 'invalid_request'],
    'two to three': [orderOf(model, { aspectRatio: '2:3' }), 'invalid_request'],
    '4k': [orderOf(model, { resolution: '4k' }), 'invalid_request'],
    'a model that is not there': [orderOf('ray-2'), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  // It accepts first, and then meets an empty account.
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'channel_balance' },
  looks: usualLooks,
});
