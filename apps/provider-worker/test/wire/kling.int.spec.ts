import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf } from './stand-in.js';
import { openWire, through } from './wire.js';
import { testWire } from './wire-suite.js';
import { foundOrAbsent, modesOf, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['kling']!;
const secrets = { KEY: 'api-key-kling-1', AK: 'ak-sim', SK: 'secret-of-ak-sim' };
const wire = openWire('kling', '/kling', {
  secrets: { ...secrets, BAD: 'bad-key', BAD_AK: 'bad-ak', WRONG_SK: 'secret-of-another' },
});
const pairOf = (accessKey: string, secretKey: string) => ({
  credentials: { accessKey: `env:${accessKey}`, secretKey: `env:${secretKey}` },
});
const byPair = through(wire, (url) => ({
  baseUrl: `${url}/kling/`,
  options: { auth: 'jwt' },
  ...pairOf('AK', 'SK'),
}));

const image = 'https://assets.example/a.png';
const video = 'https://assets.example/v.mp4';
const twoImages = { type: 'image-to-video', images: [image, `${image}?2`] } satisfies Parameters<typeof orderOf>[1];
const portrait = { duration: 3, aspectRatio: '9:16', generateAudio: true };
const cost = expect.stringMatching(/^\d+(\.\d+)? units$/);

testWire('kling, new generation', wire, {
  order: (directives) => orderOf('kling-3.0', {}, directives),
  carriesReference: true,
  film: {
    order: (directives) => orderOf('kling-3.0', portrait, directives),
    width: 720,
    height: 1280,
    seconds: 3,
    hasAudio: true,
    shows: { usage: { cost } },
  },
  modes: modesOf(
    ['kling-3.0', twoImages, { inputs: [image, `${image}?2`] }],
    [
      'kling-3.0-omni',
      { type: 'reference-to-video', images: [image], videos: [video] },
      { model: 'kling-3.0-omni', inputs: [image, video] },
    ],
    [
      'kling-3.0-omni',
      { type: 'video-edit', videos: [video], duration: 5 },
      { model: 'kling-3.0-omni', inputs: [video] },
    ],
    ['kling-o1', { type: 'image-to-video', firstFrame: image }, { model: 'kling-o1', inputs: [image] }],
    ['kling-3.0-turbo', { type: 'image-to-video', firstFrame: image }, { model: 'kling-3.0-turbo', inputs: [image] }],
    ['kling-2.5-turbo', { type: 'text-to-video' }, { model: 'kling-2.5-turbo', inputs: [] }],
  ),
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: { 'a model that is not there': [orderOf('kling-9'), 'provider_error'] },
  lostAnswers: foundOrAbsent,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
});

testWire('kling, legacy', wire, {
  order: (directives) => orderOf('kling-v3', {}, directives),
  carriesReference: true,
  handle: ({ id }) => ({ id, kind: 'text2video' }),
  film: {
    order: (directives) => orderOf('kling-v3', portrait, directives),
    width: 720,
    height: 1280,
    seconds: 3,
    hasAudio: true,
    shows: { usage: { cost } },
  },
  modes: modesOf(
    ['kling-v3', twoImages, { inputs: [image, `${image}?2`] }],
    [
      'kling-v3-omni',
      { type: 'reference-to-video', images: [image], videos: [video] },
      { model: 'kling-v3-omni', inputs: [image, video] },
    ],
    [
      'kling-video-o1',
      { type: 'video-edit', images: [image], videos: [video] },
      { model: 'kling-video-o1', inputs: [image, video] },
    ],
    ['kling-v3', { type: 'image-to-video', lastFrame: image }, { model: 'kling-v3', inputs: [image] }],
  ),
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: { 'a model that is retired': [orderOf('kling-v1'), 'provider_error'] },
  lostAnswers: foundOrAbsent,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
});

testWire('kling, legacy with two keys', byPair, {
  order: (directives) => orderOf('kling-v2-6', {}, directives),
  carriesReference: true,
  handle: ({ id }) => ({ id, kind: 'text2video' }),
  film: {
    order: (directives) => orderOf('kling-v2-6', { duration: 5, aspectRatio: '9:16' }, directives),
    width: 720,
    height: 1280,
    seconds: 5,
    hasAudio: false,
    shows: { usage: { cost } },
  },
  modes: modesOf(['kling-v2-6', twoImages, { inputs: [image, `${image}?2`] }]),
  wrongKeys: {
    'an access key that is not there': pairOf('BAD_AK', 'SK'),
    'a secret key that does not go with it': pairOf('AK', 'WRONG_SK'),
    'no access key': pairOf('NONE', 'SK'),
  },
  refusals: usualRefusals,
  lacks: { 'a model of the new generation': [orderOf('kling-3.0'), 'provider_error'] },
  lostAnswers: foundOrAbsent,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
});

it.each([
  ['the new generation', 'kling-3.0', wire],
  ['legacy', 'kling-v3', wire],
  ['legacy with two keys', 'kling-v2-6', byPair],
])('%s calls back on every change, signed; another body is forged', async (_, model, by) => {
  const webhooks = await wire.standIn().listen();
  const order = webhooks.about(orderOf(model, {}, 'queue=100, slow=3000, fail'));
  const { id } = await by.accept(order);

  const callbacks = await webhooks.of(order.reference, 2);

  const keys = [secrets.KEY, secrets.SK];
  for (const callback of callbacks) {
    expect(verifier.verify(callback, keys, Date.now())).toBe('signed');
    expect(verifier.verify({ ...callback, body: `${callback.body} ` }, keys, Date.now())).toBe('forged');
    expect(verifier.verify(callback, keys, Date.now() + 400_000)).toBe('forged');
    expect(verifier.parse(callback)).toMatchObject({ upstreamId: id });
  }
  expect(callbacks.map((callback) => verifier.parse(callback).status)).toEqual(['processing', 'failed']);
});

it('hands out the marked copy where it was asked for', async () => {
  const order = orderOf('kling-3.0', { duration: 3, watermark: true });

  const { end } = await wire.settle(await wire.accept(order));

  expect(end).toMatchObject({ outputs: [{ url: expect.stringMatching(/watermark=1$/) }] });
  expect(await wire.watch(end)).toMatchObject({ hasAudio: false, complaints: '' });
});

it('looks at several at once', async () => {
  const handles = [];
  for (const model of ['kling-3.0', 'kling-v2-6', 'kling-2.5-turbo']) {
    handles.push(await wire.accept(orderOf(model, {}, 'hang')));
  }

  const seen = await wire.standIn().runtime.pollMany(wire.adapter, wire.channel(), [...handles, { id: '1' }]);

  expect(seen).toEqual([{ state: 'running' }, undefined, { state: 'running' }, undefined]);
});
