import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { eventually } from '@videoapi/testing';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const hailuo = adapters['hailuo']!;
const verifier = callbackVerifiers['hailuo']!;
const image = 'https://example.com/a.png';
const video = 'https://example.com/v.mp4';
type Request = NonNullable<Parameters<typeof orderOf>[1]>;

/** The smallest that each version renders. */
const v1 = (request: Request = {}, directives = '', url: string | null = null) =>
  orderOf('MiniMax-Hailuo-2.3', { resolution: '768p', duration: 6, maxDurationMs: 6_000, ...request }, directives, url);
const v2 = (request: Request = {}, directives = '', url: string | null = null) =>
  orderOf('MiniMax-H3', { resolution: '768p', duration: 4, maxDurationMs: 4_000, ...request }, directives, url);
const versions = [
  ['v1', v1],
  ['v2', v2],
] as const;
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'sk-hailuo', BAD: 'bad-key' }, submitTimeoutMs: 1_000 });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('hailuo', '/hailuo', { credentials: { apiKey: `env:${credential}` } });
const submit = (order: ReturnType<typeof orderOf>) => standIn.runtime.submit(hailuo, channel(), order);

const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(hailuo, channel(), order);

/** Without a callback there is no reference of ours: a prompt tells whose render it is. */
const rendersOf = async ({ reference }: ReturnType<typeof orderOf>) =>
  (await standIn.renders()).filter(({ prompt }) => prompt.includes(reference.slice(0, 8)));

it.each([
  ['v1', v1(), 1366, 768, 6],
  ['v2', v2({ aspectRatio: '1:1' }), 768, 768, 4],
] as const)('%s renders what was ordered', async (_, order, width, height, seconds) => {
  const { end } = await standIn.settle(hailuo, channel(), await accepted(order));

  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width, height, hasAudio: false, complaints: '' });
  expect(film.seconds).toBeCloseTo(seconds, 0);
});

const frames = { type: 'image-to-video', firstFrame: image, lastFrame: image } as const;
it.each([
  ['MiniMax-Hailuo-2.3', { duration: 10 }, []],
  ['MiniMax-Hailuo-2.3-Fast', { type: 'image-to-video', images: [image], resolution: '1080p' }, [image]],
  ['MiniMax-Hailuo-02', { ...frames, resolution: '1080p' }, [image, image]],
  ['MiniMax-Hailuo-02', { type: 'image-to-video', firstFrame: image, resolution: '512p', watermark: true }, [image]],
  ['S2V-01', { type: 'reference-to-video', images: [image], resolution: '720p' }, [image]],
  ['MiniMax-H3', { ...frames, resolution: '2k' }, [image, image]],
  ['MiniMax-H3', { type: 'reference-to-video', images: [image], videos: [video], aspectRatio: 'auto' }, [image, video]],
  ['MiniMax-H3', { type: 'video-edit', videos: [video] }, [video]],
  ['MiniMax-H3-Max', { type: 'image-to-video', images: [image], resolution: '480p' }, [image]],
] satisfies [string, Request, string[]][])('%s takes %j', async (model, request, inputs) => {
  const order = orderOf(model, { resolution: '768p', duration: 6, ...request }, 'hang');

  await accepted(order);

  expect(await rendersOf(order)).toMatchObject([{ model, inputs }]);
});

describe.each(versions)('%s', (version, of) => {
  it.each([
    ['queue=60000', 'queued'],
    ['hang', 'running'],
  ])('%s is %s', async (directive, state) => {
    const handle = await accepted(of({}, directive));

    expect(await standIn.runtime.poll(hailuo, channel(), handle)).toEqual({ state });
  });

  it.each([
    ['429', 'rate_limited'],
    ['no-balance', 'channel_balance'],
    ['bad-credentials', 'channel_credentials'],
    ['moderate-prompt', 'content_rejected'],
    ['invalid', 'invalid_request'],
  ])('%s is refused as %s, and nothing was made', async (directive, code) => {
    const order = of({}, directive);

    expect(await submit(order)).toMatchObject({ outcome: 'refused', failure: { code } });
    expect(await rendersOf(order)).toEqual([]);
  });

  it('a key that is not valid closes the channel', async () => {
    const outcome = await standIn.runtime.submit(hailuo, channel('BAD'), of());

    expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
  });

  it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
    '%s leaves it unknown, and a render',
    async (directive) => {
      const order = of({}, `${directive}, hang`);

      expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
      expect(await rendersOf(order)).toHaveLength(1);
    },
  );

  it.each([
    ['fail', 'provider_error'],
    ['moderate', 'content_rejected'],
    ['expire', 'expired'],
  ])('%s ends it as %s', async (directive, code) => {
    const { end } = await standIn.settle(hailuo, channel(), await accepted(of({}, directive)));

    expect(end).toMatchObject({ state: 'failed', failure: { code } });
  });

  it.each([
    ['unknown-status=1', { state: 'running', unknownStatus: 'simmering' }],
    ['malformed=1', { state: 'unreadable' }],
    ['poll-429=1', { state: 'unreadable' }],
    ['poll-5xx=1', { state: 'unreadable' }],
    ['gone=1', { state: version === 'v1' ? 'unreadable' : 'gone' }],
  ])('%s ends nothing', async (directive, first) => {
    const handle = await accepted(of({}, `${directive}, hang`));

    expect(await standIn.runtime.poll(hailuo, channel(), handle)).toMatchObject(first);
    expect(await standIn.runtime.poll(hailuo, channel(), handle)).toEqual({ state: 'running' });
  });

  it('calls back once the address has proved itself: hints, by the reference', async () => {
    const webhooks = await standIn.listen((received) => verifier.challenge?.(received));
    const order = of({}, 'slow=500, fail');

    const { id } = await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

    const received = await webhooks.of(order.reference, 3);
    expect(received.map((callback) => verifier.verify(callback, [], Date.now()))).toEqual(['hint', 'hint', 'hint']);
    expect(received.map((callback) => verifier.parse(callback))).toEqual([
      {},
      { upstreamId: id, status: 'processing' },
      { upstreamId: id, status: 'failed' },
    ]);
    expect(await standIn.renders(order.reference)).toHaveLength(1);
    await webhooks.close();
  });
});

it('is silent towards an address that does not prove itself', async () => {
  const webhooks = await standIn.listen(() => ({ received: true }));
  const order = v1({}, 'slow=500, fail');

  await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  await eventually(async () => {
    const counters = await (await fetch(`${standIn.url}/control/counters`)).text();
    expect(counters).toMatch(/"callback_withheld":2\b/);
  });
  expect(webhooks.received).toHaveLength(1);
  await webhooks.close();
});

it('v2 is cancelled while it is queued, and no later; v1 never', async () => {
  const waiting = await accepted(v2({}, 'queue=60000'));
  const running = await accepted(v2({}, 'hang'));
  const ended = await accepted(v2({}, 'fail'));
  await standIn.settle(hailuo, channel(), ended);

  expect(await standIn.runtime.cancel(hailuo, channel(), waiting)).toBe('cancelled');
  expect(await standIn.runtime.cancel(hailuo, channel(), running)).toBe('too_late');
  expect(await standIn.runtime.cancel(hailuo, channel(), ended)).toBe('too_late');
  expect(await standIn.runtime.cancel(hailuo, channel(), await accepted(v1({}, 'hang')))).toBe('unsupported');

  expect(await standIn.runtime.poll(hailuo, channel(), waiting)).toMatchObject({ failure: { code: 'cancelled' } });
  expect(await standIn.runtime.poll(hailuo, channel(), ended)).toMatchObject({ state: 'failed' });
});
