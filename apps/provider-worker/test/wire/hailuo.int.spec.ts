import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { eventually } from '@videoapi/testing';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { modesOf, nobodyToAsk, unreadable, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['hailuo']!;
const wire = openWire('hailuo', '/hailuo');
const image = 'https://example.com/a.png';
const video = 'https://example.com/v.mp4';
const one = { resolution: '768p', duration: 6, maxDurationMs: 6_000 };
const two = { resolution: '768p', duration: 4, maxDurationMs: 4_000 };
/** The smallest that each version renders. */
const v1 = (directives?: string) => orderOf('MiniMax-Hailuo-2.3', one, directives);
const v2 = (directives?: string) => orderOf('MiniMax-H3', two, directives);

const image2video = { ...one, type: 'image-to-video' } as const;
const frames = { ...image2video, firstFrame: image, lastFrame: image } as const;
const references = { ...one, type: 'reference-to-video', images: [image] } satisfies Parameters<typeof orderOf>[1];

testWire('hailuo, v1', wire, {
  order: v1,
  carriesReference: false,
  handle: ({ id }) => ({ id, api: 'v1' }),
  film: { order: v1, width: 1366, height: 768, seconds: 6, hasAudio: false },
  modes: modesOf(
    ['MiniMax-Hailuo-2.3', { ...one, duration: 10 }, { model: 'MiniMax-Hailuo-2.3', inputs: [] }],
    [
      'MiniMax-Hailuo-2.3-Fast',
      { ...image2video, images: [image], resolution: '1080p' },
      { model: 'MiniMax-Hailuo-2.3-Fast', inputs: [image] },
    ],
    ['MiniMax-Hailuo-02', { ...frames, resolution: '1080p' }, { model: 'MiniMax-Hailuo-02', inputs: [image, image] }],
    [
      'MiniMax-Hailuo-02',
      { ...image2video, firstFrame: image, resolution: '512p', watermark: true },
      { model: 'MiniMax-Hailuo-02', inputs: [image] },
    ],
    ['S2V-01', { ...references, resolution: '720p' }, { model: 'S2V-01', inputs: [image] }],
  ),
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {},
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'expired' },
  // It has no word for a task that is not there.
  looks: { ...usualLooks, gone: unreadable },
});

testWire('hailuo, v2', wire, {
  order: v2,
  carriesReference: false,
  handle: ({ id }) => ({ id, api: 'v2' }),
  film: {
    order: (directives) => orderOf('MiniMax-H3', { ...two, aspectRatio: '1:1' }, directives),
    width: 768,
    height: 768,
    seconds: 4,
    hasAudio: false,
  },
  modes: modesOf(
    ['MiniMax-H3', { ...frames, resolution: '2k' }, { model: 'MiniMax-H3', inputs: [image, image] }],
    [
      'MiniMax-H3',
      { ...references, videos: [video], aspectRatio: 'auto' },
      { model: 'MiniMax-H3', inputs: [image, video] },
    ],
    ['MiniMax-H3', { ...one, type: 'video-edit', videos: [video] }, { model: 'MiniMax-H3', inputs: [video] }],
    [
      'MiniMax-H3-Max',
      { ...image2video, images: [image], resolution: '480p' },
      { model: 'MiniMax-H3-Max', inputs: [image] },
    ],
  ),
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {},
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'expired' },
  looks: usualLooks,
});

it.each([
  ['v1', v1],
  ['v2', v2],
])('%s calls back once the address has proved itself: hints, by the reference', async (_, of) => {
  const webhooks = await wire.standIn().listen((received) => verifier.challenge?.(received));
  const order = webhooks.about(of('slow=3000, fail'));

  const { id } = await wire.accept(order);

  const received = await webhooks.of(order.reference, 3);
  expect(received.map((callback) => verifier.verify(callback, [], Date.now()))).toEqual(['hint', 'hint', 'hint']);
  expect(received.map((callback) => verifier.parse(callback))).toEqual([
    {},
    { upstreamId: id, status: 'processing' },
    { upstreamId: id, status: 'failed' },
  ]);
  expect(await wire.standIn().renders(order.reference)).toHaveLength(1);
});

it('is silent towards an address that does not prove itself', async () => {
  const webhooks = await wire.standIn().listen(() => ({ received: true }));

  await wire.accept(webhooks.about(v1('slow=3000, fail')));

  await eventually(async () => {
    const counters = await (await fetch(`${wire.standIn().url}/control/counters`)).text();
    expect(counters).toMatch(/"callback_withheld":2\b/);
  });
  expect(webhooks.received).toHaveLength(1);
});

it('v2 is cancelled while it is queued, and no later; v1 never', async () => {
  const waiting = await wire.accept(v2('queue=60000'));
  const running = await wire.accept(v2('hang'));
  const ended = await wire.accept(v2('fail'));
  await wire.settle(ended);

  expect(await wire.cancel(waiting)).toBe('cancelled');
  expect(await wire.cancel(running)).toBe('too_late');
  expect(await wire.cancel(ended)).toBe('too_late');
  expect(await wire.cancel(await wire.accept(v1('hang')))).toBe('unsupported');

  expect(await wire.poll(waiting)).toMatchObject({ failure: { code: 'cancelled' } });
  expect(await wire.poll(ended)).toMatchObject({ state: 'failed' });
});
