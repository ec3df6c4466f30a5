import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const jimeng = adapters['jimeng']!;
const image = 'https://example.com/a.png';
type Request = NonNullable<Parameters<typeof orderOf>[1]>;
const model = 'jimeng_v30';
let standIn: StandIn;

beforeAll(async () => {
  const secrets = {
    ACCESS_KEY: 'ak-jimeng',
    SECRET_KEY: 'secret-of-ak-jimeng',
    BAD_ACCESS_KEY: 'bad-ak',
    BAD_SECRET_KEY: 'secret-of-bad-ak',
  };
  standIn = await openStandIn({ secrets, submitTimeoutMs: 1_000 });
});
afterAll(() => standIn.close());

const channel = (accessKey = 'ACCESS_KEY', secretKey = 'SECRET_KEY') =>
  standIn.channel('jimeng', '/jimeng', {
    credentials: { accessKey: `env:${accessKey}`, secretKey: `env:${secretKey}` },
  });
const submit = (order: ReturnType<typeof orderOf>) => standIn.runtime.submit(jimeng, channel(), order);

const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(jimeng, channel(), order);

/** There is no reference of ours: a prompt tells whose render it is. */
const rendersOf = async ({ reference }: ReturnType<typeof orderOf>) =>
  (await standIn.renders()).filter(({ prompt }) => prompt.includes(reference.slice(0, 8)));

it('renders what was ordered', async () => {
  const order = orderOf(model, { aspectRatio: '9:16' });

  const handle = await accepted(order);
  const { end } = await standIn.settle(jimeng, channel(), handle);

  expect(handle).toEqual({ id: expect.stringMatching(/^\d{19}$/), reqKey: 'jimeng_t2v_v30' });
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: false, complaints: '' });
  expect(film.seconds).toBeCloseTo(5, 0);
});

it.each([
  ['queue=60000', 'queued'],
  ['hang', 'running'],
])('%s is %s', async (directive, state) => {
  const handle = await accepted(orderOf(model, {}, directive));

  expect(await standIn.runtime.poll(jimeng, channel(), handle)).toEqual({ state });
});

const frame = { type: 'image-to-video', images: [image] } as const;
const options = { template_id: 'dynamic_orbit', camera_strength: 'weak' };
it.each([
  [model, { resolution: '1080p', duration: 10 }, 'jimeng_t2v_v30_1080p', [], 10_000],
  [model, frame, 'jimeng_i2v_first_v30', [image], 5_000],
  [model, { ...frame, resolution: '1080p' }, 'jimeng_i2v_first_v30_1080', [image], 5_000],
  [model, { ...frame, images: [image, image] }, 'jimeng_i2v_first_tail_v30', [image, image], 5_000],
  ['jimeng_v30_pro', { ...frame, resolution: '1080p' }, 'jimeng_ti2v_v30_pro', [image], 5_000],
  ['jimeng_v30_pro', { resolution: '1080p', aspectRatio: '21:9' }, 'jimeng_ti2v_v30_pro', [], 5_000],
  ['jimeng_i2v_recamera_v30', { ...frame, providerOptions: options }, 'jimeng_i2v_recamera_v30', [image], 5_000],
  ['jimeng_vgfm_l20', {}, 'jimeng_vgfm_t2v_l20', [], 5_000],
] as const)('%s %j is taken as %s', async (upstreamModel, request, reqKey, inputs, durationMs) => {
  const order = orderOf(upstreamModel, request as Request, 'hang');

  await accepted(order);

  expect(await rendersOf(order)).toMatchObject([{ model: reqKey, inputs, durationMs }]);
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
  expect(await rendersOf(order)).toEqual([]);
});

it.each([
  ['an access key that is not there', 'BAD_ACCESS_KEY', 'BAD_SECRET_KEY'],
  ['a secret key that does not go with it', 'ACCESS_KEY', 'BAD_SECRET_KEY'],
  ['no secret key', 'ACCESS_KEY', 'NOTHING'],
])('%s closes the channel', async (_, accessKey, secretKey) => {
  const order = orderOf(model);
  const outcome = await standIn.runtime.submit(jimeng, channel(accessKey, secretKey), order);

  expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
  expect(await rendersOf(order)).toEqual([]);
});

it('signs text of any kind by its bytes', async () => {
  const order = orderOf(model, { prompt: '一只猫 “café” \\ \u2028 🐈 [[sim:hang]]' });

  await accepted(order);

  expect((await standIn.renders()).map(({ prompt }) => prompt)).toContain(order.request.prompt);
});

it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s leaves it unknown, and a render',
  async (directive) => {
    const order = orderOf(model, {}, `${directive}, hang`);

    expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
    expect(await rendersOf(order)).toHaveLength(1);
  },
);

it.each([
  ['fail', 'provider_error'],
  ['moderate', 'content_rejected'],
  ['expire', 'expired'],
])('%s ends it as %s', async (directive, code) => {
  const { end } = await standIn.settle(jimeng, channel(), await accepted(orderOf(model, {}, directive)));

  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it.each([
  ['unknown-status=1', { state: 'running', unknownStatus: 'simmering' }],
  ['malformed=1', { state: 'unreadable' }],
  ['poll-429=1', { state: 'unreadable' }],
  ['poll-5xx=1', { state: 'unreadable' }],
  ['gone=1', { state: 'gone' }],
])('%s ends nothing', async (directive, first) => {
  const handle = await accepted(orderOf(model, {}, `${directive}, hang`));

  expect(await standIn.runtime.poll(jimeng, channel(), handle)).toMatchObject(first);
  expect(await standIn.runtime.poll(jimeng, channel(), handle)).toEqual({ state: 'running' });
});

it('finds nothing by another req_key, and has no cancel', async () => {
  const handle = await accepted(orderOf(model, {}, 'hang'));

  const other = { ...handle, reqKey: 'jimeng_t2v_v30_1080p' };
  expect(await standIn.runtime.poll(jimeng, channel(), other)).toEqual({ state: 'gone' });
  expect(await standIn.runtime.cancel(jimeng, channel(), handle)).toBe('unsupported');
});
