import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('videoapi', '/videoapi');
const model = 'video-2.0-mini-reference-to-video';
const image = 'https://assets.example/a.png';
const sound = 'https://assets.example/a.mp3';
/** The shortest that there is. */
const short = { duration: 4, maxDurationMs: 4_000, resolution: '480p' };

testWire('videoapi', wire, {
  order: (directives) => orderOf(model, {}, directives),
  carriesReference: true,
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16', generateAudio: true }, directives),
    width: 480,
    height: 854,
    seconds: 4,
    hasAudio: true,
    shows: { usage: { cost: '24' } },
  },
  modes: {
    'the longest by default': [orderOf(model, { duration: 'auto', aspectRatio: 'auto' }), { model, inputs: [] }],
    'an image': [
      orderOf(model, { type: 'image-to-video', images: [image], prompt: '@Image1 turns around' }),
      { model, inputs: [image] },
    ],
    'a first frame': [orderOf(model, { type: 'image-to-video', firstFrame: image }), { model, inputs: [image] }],
    'references, one of them not there': [
      orderOf(model, {
        type: 'reference-to-video',
        images: [image],
        audios: [sound],
        prompt: '@Image1, @Audio1, @Image2',
      }),
      { model, inputs: [image, sound] },
    ],
  },
  wrongKeys: wrongKey,
  // It gives no code, but a 422 is about the request.
  refusals: { ...usualRefusals, 'moderate-prompt': 'invalid_request' },
  lacks: {
    'a model that is not there': [orderOf('gpt-4'), 'provider_error'],
    '1080p': [
      orderOf(model, { resolution: '1080p' }),
      { code: 'invalid_request', message: expect.stringMatching(/^body\.res/) },
    ],
  },
  lostAnswers: nobodyToAsk,
  // In its own words, and without a code.
  endings: {
    fail: { code: 'provider_error', message: 'generation failed' },
    moderate: { code: 'provider_error', message: 'upstream rejected the prompt' },
    expire: { code: 'provider_error', message: 'generation timed out' },
  },
  looks: usualLooks,
});
