import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const dashscope = adapters['dashscope']!;
const image = 'https://example.com/a.png';
const video = 'https://example.com/v.mp4';
const words = 'happyhorse-1.0-t2v';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'sk-dashscope', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('dashscope', '/dashscope/api/v1', { credentials: { apiKey: `env:${credential}` } });
const submit = (order: ReturnType<typeof orderOf>) => standIn.runtime.submit(dashscope, channel(), order);

const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(dashscope, channel(), order);

/** There is no reference of ours: a prompt tells whose render it is. */
const rendersOf = async ({ reference }: ReturnType<typeof orderOf>) =>
  (await standIn.renders()).filter(({ prompt }) => prompt.includes(reference.slice(0, 8)));

it('renders what was ordered', async () => {
  const order = orderOf(words, { duration: 3, maxDurationMs: 3_000, aspectRatio: '9:16' });

  const { end } = await standIn.settle(dashscope, channel(), await accepted(order));

  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(3, 0);
});

it.each([
  ['queue=60000', 'queued'],
  ['hang', 'running'],
])('%s is %s', async (directive, state) => {
  const handle = await accepted(orderOf(words, {}, directive));

  expect(await standIn.runtime.poll(dashscope, channel(), handle)).toEqual({ state });
});

it.each([
  ['happyhorse-1.0', {}, 'happyhorse-1.0-t2v', []],
  ['happyhorse-1.0', { type: 'image-to-video', images: [image] }, 'happyhorse-1.0-i2v', [image]],
  ['happyhorse-1.0', { type: 'reference-to-video', images: [image, image] }, 'happyhorse-1.0-r2v', [image, image]],
  ['happyhorse-1.0', { type: 'video-edit', videos: [video], duration: 'auto' }, 'happyhorse-1.0-video-edit', [video]],
  ['happyhorse-1.1', { aspectRatio: '21:9', resolution: '480p' }, 'happyhorse-1.1-t2v', []],
  ['wan2.6', { negativePrompt: 'blur', aspectRatio: '1:1' }, 'wan2.6-t2v', []],
  ['wan2.6', { type: 'image-to-video', firstFrame: image, duration: 10 }, 'wan2.6-i2v', [image]],
  ['wan2.6-i2v-flash', { type: 'image-to-video', images: [image] }, 'wan2.6-i2v-flash', [image]],
  ['wan2.6', { type: 'reference-to-video', images: [image], videos: [video] }, 'wan2.6-r2v', [image, video]],
  ['wan2.5-t2v-preview', {}, 'wan2.5-t2v-preview', []],
  ['wan2.2-kf2v-flash', { type: 'image-to-video', images: [image, image] }, 'wan2.2-kf2v-flash', [image, image]],
  ['wan2.7', { type: 'image-to-video', images: [image, image] }, 'wan2.7-i2v', [image, image]],
  ['wan2.7', { type: 'reference-to-video', images: [image], videos: [video] }, 'wan2.7-r2v', [image, video]],
  [
    'wan2.7',
    { type: 'video-edit', videos: [video], duration: 'auto', aspectRatio: 'auto' },
    'wan2.7-videoedit',
    [video],
  ],
  ['wan3.0-video', { duration: 'auto', aspectRatio: 'auto' }, 'wan3.0-video', []],
  ['wan3.0-video', { type: 'image-to-video', firstFrame: image, lastFrame: image }, 'wan3.0-video', [image, image]],
  ['wan3.0-video', { type: 'reference-to-video', images: [image], videos: [video] }, 'wan3.0-video', [image, video]],
] as const)('%s %j is taken as %s', async (model, request, upstream, inputs) => {
  const order = orderOf(model, request as Partial<Parameters<typeof orderOf>[1]>, 'hang');

  await accepted(order);

  expect(await rendersOf(order)).toMatchObject([{ model: upstream, inputs }]);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s, and nothing was made', async (directive, code) => {
  const order = orderOf(words, {}, directive);

  expect(await submit(order)).toMatchObject({ outcome: 'refused', failure: { code } });
  expect(await rendersOf(order)).toEqual([]);
});

it('a key that is not valid closes the channel', async () => {
  const outcome = await standIn.runtime.submit(dashscope, channel('BAD'), orderOf(words));

  expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
});

it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s leaves it unknown, and a render',
  async (directive) => {
    const order = orderOf(words, {}, `${directive}, hang`);

    expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
    expect(await rendersOf(order)).toHaveLength(1);
  },
);

it.each([
  ['fail', { state: 'failed', failure: { code: 'provider_error' } }],
  ['moderate', { state: 'failed', failure: { code: 'content_rejected' } }],
  ['expire', { state: 'failed', failure: { code: 'provider_error' } }],
])('%s ends it', async (directive, expected) => {
  const { end } = await standIn.settle(dashscope, channel(), await accepted(orderOf(words, {}, directive)));

  expect(end).toMatchObject(expected);
});

it.each([
  ['unknown-status=1', { state: 'running', unknownStatus: 'SIMMERING' }],
  ['malformed=1', { state: 'unreadable' }],
  ['poll-429=1', { state: 'unreadable' }],
  ['poll-5xx=1', { state: 'unreadable' }],
  ['gone=1', { state: 'gone' }],
])('%s ends nothing', async (directive, first) => {
  const handle = await accepted(orderOf('happyhorse-1.1-t2v', { duration: 3, resolution: '480p' }, directive));

  expect(await standIn.runtime.poll(dashscope, channel(), handle)).toMatchObject(first);
  expect(await standIn.settle(dashscope, channel(), handle)).toMatchObject({ end: { state: 'succeeded' } });
});

it('is cancelled while it waits, and no later', async () => {
  const waiting = await accepted(orderOf(words, {}, 'queue=60000'));
  const running = await accepted(orderOf(words, {}, 'hang'));

  expect(await standIn.runtime.cancel(dashscope, channel(), waiting)).toBe('cancelled');
  expect(await standIn.runtime.cancel(dashscope, channel(), running)).toBe('too_late');

  expect(await standIn.runtime.poll(dashscope, channel(), waiting)).toMatchObject({ failure: { code: 'cancelled' } });
});
