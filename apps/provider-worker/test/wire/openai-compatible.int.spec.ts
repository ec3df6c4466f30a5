import { orderOf } from './stand-in.js';
import { openWire, through } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('openai-compatible', '/openai/v1');
const reseller = through(wire, (url) => ({ baseUrl: `${url}/aiid/v1`, options: { profile: 'reseller' } }));
const model = 'sora-2';
const short = { duration: 4, maxDurationMs: 4_000 };
const brief = { duration: 1, maxDurationMs: 1_000, resolution: '240p' };
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
const progress = expect.any(Number);
const looks = { ...usualLooks, 'unknown-status': { state: 'running', unknownStatus: 'simmering', progress } };
const hanging = { state: 'running', progress: 0 };

testWire('openai-compatible, as OpenAI', wire, {
  order: (directives) => orderOf(model, short, directives),
  carriesReference: true,
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16' }, directives),
    width: 720,
    height: 1280,
    seconds: 4,
    hasAudio: true,
    id: /^video_[0-9a-f]{32}$/,
  },
  modes: {
    'twelve seconds of the better model': [
      orderOf('sora-2-pro', { duration: 12, resolution: '1024p', aspectRatio: '9:16' }),
      { model: 'sora-2-pro', width: 1024, height: 1792, durationMs: 12_000, inputs: [] },
    ],
    'an image': [
      orderOf(model, { ...short, type: 'image-to-video', images: [a], prompt: '@Image1 turns around' }),
      { model, inputs: [a], prompt: 'image 1 turns around' },
    ],
    'a first frame': [orderOf(model, { ...short, type: 'image-to-video', firstFrame: a }), { model, inputs: [a] }],
    'a reference': [orderOf(model, { ...short, type: 'reference-to-video', images: [a] }), { model, inputs: [a] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a model that is not there': [orderOf('gpt-4', short), 'provider_error'],
    'five seconds': [orderOf(model, { duration: 5 }), 'invalid_request'],
    '1024p of the lesser model': [orderOf(model, { ...short, resolution: '1024p' }), 'invalid_request'],
    'a second image': [orderOf(model, { ...short, type: 'reference-to-video', images: [a, b] }), 'invalid_request'],
    'a last frame': [orderOf(model, { ...short, type: 'image-to-video', lastFrame: a }), 'invalid_request'],
    'a frame rate': [orderOf(model, { ...short, providerOptions: { fps: 24 } }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: {
    fail: { code: 'provider_error', message: 'The video could not be generated.' },
    moderate: { code: 'content_rejected', message: 'Your request was blocked by our moderation system.' },
    expire: { code: 'provider_error', message: 'The video was not generated in time.' },
  },
  looks,
  hanging,
});

testWire('openai-compatible, as a reseller', reseller, {
  order: (directives) => orderOf('veo-3', brief, directives),
  carriesReference: true,
  film: {
    order: (directives) => orderOf('veo-3', { duration: 3, resolution: '480p', aspectRatio: '4:3' }, directives),
    width: 640,
    height: 480,
    seconds: 3,
    hasAudio: true,
    shows: { outputs: [{ kind: 'url', url: expect.stringMatching(/\/files\/video_[0-9a-f]{32}\.mp4$/) }] },
  },
  modes: {
    'a length and a shape of its choice': [
      orderOf('veo-3', { duration: 'auto', aspectRatio: 'auto' }),
      { model: 'veo-3', width: 1280, height: 720, durationMs: 5_000 },
    ],
    'a first frame': [orderOf('veo-3', { ...brief, type: 'image-to-video', firstFrame: a }), { inputs: [a] }],
    'references, a seed and a frame rate': [
      orderOf('veo-3', {
        ...brief,
        type: 'reference-to-video',
        images: [a, b],
        prompt: '@Image1 meets @Image2',
        seed: 7,
        providerOptions: { fps: 24 },
      }),
      { inputs: [a, b], prompt: 'image 1 meets image 2', seed: 7 },
    ],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'more than a minute': [orderOf('veo-3', { duration: 61 }), 'invalid_request'],
    'a video': [orderOf('veo-3', { ...brief, type: 'reference-to-video', videos: [a] }), 'invalid_request'],
    'half a frame': [orderOf('veo-3', { ...brief, providerOptions: { fps: 0.5 } }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: {
    fail: { code: 'provider_error', message: 'generation failed' },
    moderate: { code: 'content_rejected', message: 'rejected' },
    expire: { code: 'provider_error', message: 'generation timed out' },
  },
  looks,
  hanging,
});

describe('a profile is changed field by field', () => {
  const hung = (request: Parameters<typeof orderOf>[1] = {}) => orderOf(model, { ...short, ...request }, 'hang');

  it('OpenAI takes a form, with the image in it or by its URL', async () => {
    const { id } = await rendered();
    const picture = `${wire.standIn().url}/files/${String(id)}.png`;
    // Drawn when it is first asked for, which may take longer than a call.
    expect((await fetch(picture)).status).toBe(200);

    for (const [images, shown] of [
      ['input_reference', picture],
      ['input_reference_file', expect.stringMatching(/^upload:.+\.png$/)],
    ]) {
      const order = hung({ type: 'image-to-video', firstFrame: picture });
      await wire.accept(order, wire.channel({ options: { body: 'multipart', images } }));
      expect(await wire.rendersOf(order)).toMatchObject([{ inputs: [shown], width: 1280, durationMs: 4_000 }]);
    }
  });

  it.each([
    ['JSON', { body: 'json' }],
    ['a length in `duration`', { length: 'duration' }],
    ['both', { body: 'json', length: 'duration' }],
    ['sizes of its own', { sizes: { '720p': { '16:9': '1920x1080' } } }],
  ])('a reseller takes %s', async (_what, changes) => {
    const order = hung({ type: 'reference-to-video', images: [a, b], duration: 7 });

    await reseller.accept(order, reseller.channel({ options: { profile: 'reseller', ...changes } }));

    const width = 'sizes' in changes ? 1920 : 1280;
    expect(await wire.rendersOf(order)).toMatchObject([{ inputs: [a, b], durationMs: 7_000, width }]);
  });

  it.each([
    ['seed', { profile: 'reseller', images: 'input_reference' }],
    ['seed', { extras: ['seed'] }],
    ['duration', { length: 'duration' }],
    ['images', { images: 'images' }],
  ])('OpenAI knows no %s of %j', async (field, options) => {
    const order = hung({ type: 'image-to-video', images: [a], seed: 7 });

    const failure = { code: 'invalid_request', message: `Unknown parameter: '${field}'.` };
    expect(await wire.submit(order, wire.channel({ options }))).toEqual({ outcome: 'refused', failure });
    expect(await wire.rendersOf(order)).toEqual([]);
  });

  it('a reseller is told the end user, and OpenAI is not', async () => {
    // Where the simulator is told a user, it takes that for the reference.
    const order = hung({ endUserId: 'user-7' });
    const [, atOpenai] = [await reseller.accept(order), await wire.accept(order)];

    expect(await wire.rendersOf(order)).toMatchObject([
      { clientReference: 'user-7' },
      { clientReference: order.reference, id: atOpenai['id'] },
    ]);
  });
});

it('what OpenAI has rendered is there with the key alone', async () => {
  const { end } = await wire.settle(await rendered());
  const [output] = end.state === 'succeeded' ? end.outputs : [];
  if (output?.kind !== 'download') throw new Error(JSON.stringify(end));

  const keyless = { ...output.call, auth: { put: 'none' } } as const;
  expect(await wire.standIn().downloads.open(wire.adapter, wire.channel(), keyless)).toEqual({
    kind: 'unavailable',
    reason: 'status 401',
  });
});

it('a film with no link and no place to fetch it from ends nothing', async () => {
  const seen = await wire.poll(await rendered(), wire.channel({ options: { contentPath: null } }));
  expect(seen).toEqual({ state: 'unreadable', reason: expect.stringContaining('completed without a result') });
});

/** A render of OpenAI's that has ended well. */
async function rendered() {
  const handle = await wire.accept(orderOf(model, short));
  expect((await wire.settle(handle)).end.state).toBe('succeeded');
  return handle;
}
