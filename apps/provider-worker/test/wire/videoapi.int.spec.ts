import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const videoapi = adapters['videoapi']!;
const model = 'video-2.0-mini-reference-to-video';
const image = 'https://assets.example/a.png';
const sound = 'https://assets.example/a.mp3';
/** The shortest that there is. */
const short = { duration: 4, maxDurationMs: 4_000, resolution: '480p' };
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'vga_live', BAD: 'bad-key' }, submitTimeoutMs: 1_000 });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('videoapi', '/videoapi', { credentials: { apiKey: `env:${credential}` } });
const submit = (order: ReturnType<typeof orderOf>) => standIn.runtime.submit(videoapi, channel(), order);

const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(videoapi, channel(), order);

it('renders what was ordered', async () => {
  const order = orderOf(model, { ...short, aspectRatio: '9:16', generateAudio: true }, 'queue=1500, slow=1500');

  const { end, states } = await standIn.settle(videoapi, channel(), await accepted(order));

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  expect(end).toMatchObject({ usage: { cost: '24' } });
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 480, height: 854, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(4, 0);
});

it.each([
  ['the longest by default', { duration: 'auto' as const, aspectRatio: 'auto' }, []],
  ['an image', { type: 'image-to-video' as const, images: [image], prompt: '@Image1 turns around' }, [image]],
  ['a first frame', { type: 'image-to-video' as const, firstFrame: image }, [image]],
  [
    'references, one of them not there',
    { type: 'reference-to-video' as const, images: [image], audios: [sound], prompt: '@Image1, @Audio1, @Image2' },
    [image, sound],
  ],
])('is understood: %s', async (_, request, inputs) => {
  const order = orderOf(model, request, 'hang');

  await accepted(order);

  expect(await standIn.renders(order.reference)).toMatchObject([{ model, inputs }]);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  // It gives no code, but a 422 is about the request.
  ['moderate-prompt', 'invalid_request'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s, and nothing was made', async (directive, code) => {
  const order = orderOf(model, {}, directive);

  expect(await submit(order)).toMatchObject({ outcome: 'refused', failure: { code } });
  expect(await standIn.renders(order.reference)).toEqual([]);
});

it('a wrong key, a model that is not there and a size that it lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(videoapi, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
  expect(await submit(orderOf('gpt-4'))).toMatchObject({ failure: { code: 'provider_error' } });
  const large = await submit(orderOf(model, { resolution: '1080p' }));
  expect(large).toMatchObject({ failure: { code: 'invalid_request', message: expect.stringMatching(/^body\.res/) } });
});

it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s leaves it unknown, one render is there, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, {}, `${directive}, hang`);

    expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
    expect(await standIn.renders(order.reference)).toHaveLength(1);
    const found = await standIn.runtime.lookUp(videoapi, channel(), { ...order, callAgeMs: 60_000 });
    expect(found).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'generation failed'],
  ['moderate', 'upstream rejected the prompt'],
  ['expire', 'generation timed out'],
])('%s ends it, in its own words and without a code', async (directive, message) => {
  const { end } = await standIn.settle(videoapi, channel(), await accepted(orderOf(model, {}, directive)));

  expect(end).toEqual({ state: 'failed', failure: { code: 'provider_error', message } });
});

it.each([
  ['unknown-status=1', { state: 'running', unknownStatus: 'simmering' }],
  ['malformed=1', { state: 'unreadable' }],
  ['poll-429=1', { state: 'unreadable' }],
  ['poll-5xx=1', { state: 'unreadable' }],
  ['gone=1', { state: 'gone' }],
])('%s shows for one look', async (directive, first) => {
  const handle = await accepted(orderOf(model, {}, `${directive}, hang`));

  expect(await standIn.runtime.poll(videoapi, channel(), handle)).toMatchObject(first);
  expect(await standIn.runtime.poll(videoapi, channel(), handle)).toMatchObject({ state: 'running' });
});

it('cannot be cancelled', async () => {
  const handle = await accepted(orderOf(model, {}, 'hang'));

  expect(await standIn.runtime.cancel(videoapi, channel(), handle)).toBe('unsupported');
});
