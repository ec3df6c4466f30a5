import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const yishang = adapters['yishang']!;
const model = 'sora-2';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'sk-yishang', BAD: 'bad-key' }, submitTimeoutMs: 1_000 });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY', options = {}) =>
  standIn.channel('yishang', '/yishang', { credentials: { apiKey: `env:${credential}` }, options });
const submit = (order: ReturnType<typeof orderOf>, options = {}) =>
  standIn.runtime.submit(yishang, channel('KEY', options), order);

const accepted = (order: ReturnType<typeof orderOf>, options = {}) =>
  standIn.accept(yishang, channel('KEY', options), order);

it('renders what was ordered', async () => {
  const order = orderOf(model, { aspectRatio: '9:16' }, 'queue=1500, slow=1500');

  const { end, states } = await standIn.settle(yishang, channel(), await accepted(order));

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(5, 0);
});

const image = 'https://assets.example/a.png';
it.each([
  ['an image', { type: 'image-to-video' as const, images: [image] }, [image]],
  ['a first frame', { type: 'image-to-video' as const, firstFrame: image }, [image]],
  ['references', { type: 'reference-to-video' as const, images: [image, `${image}?2`] }, [image, `${image}?2`]],
])('is understood: %s', async (_, request, inputs) => {
  const order = orderOf('veo3.1', { ...request, duration: 10 }, 'hang');

  await accepted(order);

  expect(await standIn.renders(order.reference)).toMatchObject([{ model: 'veo3.1', inputs, durationMs: 10_000 }]);
});

it('an image is sent as a file, where the channel says so', async () => {
  // Any bytes will do; the simulator looks at none.
  const order = orderOf(model, { type: 'image-to-video', images: [`${standIn.url}/control/counters`] }, 'hang');

  await accepted(order, { images: 'files' });

  expect(await standIn.renders(order.reference)).toMatchObject([{ inputs: ['input_reference.bin'] }]);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s, and nothing was made', async (directive, code) => {
  const order = orderOf(model, {}, directive);

  expect(await submit(order)).toMatchObject({ outcome: 'refused', failure: { code } });
  expect(await standIn.renders(order.reference)).toEqual([]);
});

it('a wrong key, a model that is not there and a length that it lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(yishang, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
  expect(await submit(orderOf('gpt-4'))).toMatchObject({ failure: { code: 'invalid_request' } });
  expect(await submit(orderOf(model, { duration: 8 }))).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s leaves it unknown, one render is there, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, {}, `${directive}, hang`);

    expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
    expect(await standIn.renders(order.reference)).toHaveLength(1);
    const found = await standIn.runtime.lookUp(yishang, channel(), { ...order, callAgeMs: 60_000 });
    expect(found).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', { code: 'provider_error', message: '视频生成失败' }],
  ['moderate', { code: 'content_rejected', message: '提示词包含敏感内容' }],
  ['expire', { code: 'provider_error', message: '视频生成失败' }],
])('%s ends it, in its own words', async (directive, failure) => {
  const { end } = await standIn.settle(yishang, channel(), await accepted(orderOf(model, {}, directive)));

  expect(end).toEqual({ state: 'failed', failure });
});

it.each([
  ['unknown-status=1', { state: 'running', unknownStatus: 'simmering' }],
  ['malformed=1', { state: 'unreadable' }],
  ['poll-429=1', { state: 'unreadable' }],
  ['poll-5xx=1', { state: 'unreadable' }],
  ['gone=1', { state: 'gone' }],
])('%s shows for one look', async (directive, first) => {
  const handle = await accepted(orderOf(model, {}, `${directive}, hang`));

  expect(await standIn.runtime.poll(yishang, channel(), handle)).toMatchObject(first);
  expect(await standIn.runtime.poll(yishang, channel(), handle)).toMatchObject({ state: 'running' });
});

it('cannot be cancelled', async () => {
  const handle = await accepted(orderOf(model, {}, 'hang'));

  expect(await standIn.runtime.cancel(yishang, channel(), handle)).toBe('unsupported');
});
