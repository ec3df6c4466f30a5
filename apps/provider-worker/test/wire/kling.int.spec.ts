import { type ResolvedRequest } from '@videoapi/contracts';
import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const kling = adapters['kling']!;
const verifier = callbackVerifiers['kling']!;
const apiKey = 'api-key-kling-1';
let standIn: StandIn;

beforeAll(async () => {
  const pair = { AK: 'ak-sim', SK: 'secret-of-ak-sim', BAD_AK: 'bad-ak', WRONG_SK: 'secret-of-another' };
  standIn = await openStandIn({ secrets: { KEY: apiKey, BAD: 'bad-key', ...pair } });
});
afterAll(() => standIn.close());

const byKey = (credential = 'KEY') =>
  standIn.channel('kling', '/kling', { credentials: { apiKey: `env:${credential}` } });
const byPair = (accessKey = 'AK', secretKey = 'SK') =>
  standIn.channel('kling', '/kling/', {
    credentials: { accessKey: `env:${accessKey}`, secretKey: `env:${secretKey}` },
    options: { auth: 'jwt' },
  });
/** The same for either generation and either way to sign. */
const generations = [
  ['new', 'kling-3.0', byKey, { duration: 3, aspectRatio: '9:16', generateAudio: true }],
  ['legacy', 'kling-v3', byKey, { duration: 3, aspectRatio: '9:16', generateAudio: true }],
  ['legacy with two keys', 'kling-v2-6', byPair, { duration: 5, aspectRatio: '9:16' }],
] as const;

const accepted = (channel: ReturnType<typeof byKey>, order: ReturnType<typeof orderOf>) =>
  standIn.accept(kling, channel, order);

const image = 'https://assets.example/a.png';
const video = 'https://assets.example/v.mp4';

describe.each(generations)('%s', (_, model, channelOf, request) => {
  it('renders what was ordered', async () => {
    const channel = channelOf();
    const order = orderOf(model, request);

    const { end } = await standIn.settle(kling, channel, await accepted(channel, order));

    expect(end).toMatchObject({ usage: { cost: expect.stringMatching(/^\d+(\.\d+)? units$/) } });
    const film = await standIn.watch(channel, end);
    expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: 'generateAudio' in request, complaints: '' });
    expect(film.seconds).toBeCloseTo(request.duration, 0);
    expect(await standIn.renders(order.reference)).toHaveLength(1);
  });

  it('waits, and then runs', async () => {
    const channel = channelOf();
    const poll = async (script: string) =>
      standIn.runtime.poll(kling, channel, await accepted(channel, orderOf(model, {}, script)));

    expect(await poll('queue=60000')).toEqual({ state: 'queued' });
    expect(await poll('hang')).toEqual({ state: 'running' });
  });

  it('starts from an image and ends in another', async () => {
    const order = orderOf(model, { type: 'image-to-video', images: [image, `${image}?2`] }, 'hang');

    const handle = await accepted(channelOf(), order);

    expect(await standIn.runtime.poll(kling, channelOf(), handle)).toEqual({ state: 'running' });
    expect(await standIn.renders(order.reference)).toMatchObject([{ inputs: [image, `${image}?2`] }]);
  });

  it.each([
    ['429', 'rate_limited'],
    ['no-balance', 'channel_balance'],
    ['bad-credentials', 'channel_credentials'],
    ['moderate-prompt', 'content_rejected'],
    ['invalid', 'invalid_request'],
  ])('%s is refused as %s', async (directive, code) => {
    const refused = await standIn.runtime.submit(kling, channelOf(), orderOf(model, {}, directive));

    expect(refused).toMatchObject({ outcome: 'refused', failure: { code } });
  });

  it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
    '%s: nobody knows, and the look-up finds it',
    async (directive) => {
      const channel = channelOf();
      const order = orderOf(model, {}, `${directive}, hang`);

      expect(await standIn.runtime.submit(kling, channel, order)).toMatchObject({ outcome: 'unknown' });
      const seen = await standIn.runtime.lookUp(kling, channel, { ...order, callAgeMs: 60_000 });

      if (seen.outcome !== 'found') throw new Error(JSON.stringify(seen));
      expect(await standIn.runtime.poll(kling, channel, seen.handle)).toEqual({ state: 'running' });
      expect(await standIn.renders(order.reference)).toHaveLength(1);
    },
  );

  it('a server error before anything began: unknown, and surely absent', async () => {
    const channel = channelOf();
    const order = orderOf(model, {}, '5xx=1');

    expect(await standIn.runtime.submit(kling, channel, order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(kling, channel, { ...order, callAgeMs: 60_000 });

    expect(seen).toEqual({ outcome: 'absent', settleMs: 60_000 });
  });

  it.each([
    ['fail', 'provider_error'],
    ['moderate', 'content_rejected'],
    ['expire', 'provider_error'],
  ])('%s: ends as %s', async (directive, code) => {
    const channel = channelOf();
    const { end } = await standIn.settle(kling, channel, await accepted(channel, orderOf(model, {}, directive)));

    expect(end).toMatchObject({ state: 'failed', failure: { code } });
  });

  it('what cannot be read changes nothing', async () => {
    const channel = channelOf();
    const script = 'hang, malformed=1, poll-429=1, poll-5xx=1, unknown-status=1';
    const handle = await accepted(channel, orderOf(model, {}, script));
    const seen = [];
    for (let look = 0; look < 5; look += 1) seen.push(await standIn.runtime.poll(kling, channel, handle));

    expect(seen.slice(0, 3).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable']);
    expect(seen.slice(3)).toEqual([{ state: 'running', unknownStatus: 'simmering' }, { state: 'running' }]);
  });

  it('is gone when Kling says so', async () => {
    const channel = channelOf();
    const handle = await accepted(channel, orderOf(model, {}, 'gone, hang'));

    expect(await standIn.runtime.poll(kling, channel, handle)).toEqual({ state: 'gone' });
  });

  it('calls back on every change, signed; another body is forged', async () => {
    const webhooks = await standIn.listen();
    const channel = channelOf();
    const order = orderOf(model, {}, 'queue=100, slow=800, fail');
    const { id } = await accepted(channel, { ...order, callbackUrl: webhooks.url(order.reference) });

    const callbacks = await webhooks.of(order.reference, 2);

    const secrets = [apiKey, 'secret-of-ak-sim'];
    for (const callback of callbacks) {
      expect(verifier.verify(callback, secrets, Date.now())).toBe('signed');
      expect(verifier.verify({ ...callback, body: `${callback.body} ` }, secrets, Date.now())).toBe('forged');
      expect(verifier.verify(callback, secrets, Date.now() + 400_000)).toBe('forged');
      expect(verifier.parse(callback)).toMatchObject({ upstreamId: id });
    }
    expect(callbacks.map((callback) => verifier.parse(callback).status)).toEqual(['processing', 'failed']);
    await webhooks.close();
  });
});

it.each<[string, ResolvedRequest['type'], Partial<ResolvedRequest>, string[]]>([
  ['kling-3.0-omni', 'reference-to-video', { images: [image], videos: [video] }, [image, video]],
  ['kling-3.0-omni', 'video-edit', { videos: [video], duration: 5 }, [video]],
  ['kling-o1', 'image-to-video', { firstFrame: image }, [image]],
  ['kling-3.0-turbo', 'image-to-video', { firstFrame: image }, [image]],
  ['kling-2.5-turbo', 'text-to-video', {}, []],
  ['kling-v3-omni', 'reference-to-video', { images: [image], videos: [video] }, [image, video]],
  ['kling-video-o1', 'video-edit', { images: [image], videos: [video] }, [image, video]],
  ['kling-v3', 'image-to-video', { lastFrame: image }, [image]],
])('%s understands %s %j', async (model, type, media, inputs) => {
  const order = orderOf(model, { type, ...media }, 'hang');

  const handle = await accepted(byKey(), order);

  expect(await standIn.runtime.poll(kling, byKey(), handle)).toEqual({ state: 'running' });
  expect(await standIn.renders(order.reference)).toMatchObject([{ inputs, model }]);
});

it('hands out the marked copy where it was asked for', async () => {
  const order = orderOf('kling-3.0', { duration: 3, watermark: true });

  const { end } = await standIn.settle(kling, byKey(), await accepted(byKey(), order));

  expect(end).toMatchObject({ outputs: [{ url: expect.stringMatching(/watermark=1$/) }] });
  expect(await standIn.watch(byKey(), end)).toMatchObject({ hasAudio: false, complaints: '' });
});

it('looks at several at once', async () => {
  const handles = [];
  for (const model of ['kling-3.0', 'kling-v2-6', 'kling-2.5-turbo']) {
    handles.push(await accepted(byKey(), orderOf(model, {}, 'hang')));
  }

  const seen = await standIn.runtime.pollMany(kling, byKey(), [...handles, { id: '1' }]);

  expect(seen).toEqual([{ state: 'running' }, undefined, { state: 'running' }, undefined]);
});

it('a wrong key, wrong keys and a model that is not there are refused', async () => {
  const submit = (channel: ReturnType<typeof byKey>, model = 'kling-v2-6') =>
    standIn.runtime.submit(kling, channel, orderOf(model));

  for (const channel of [byKey('BAD'), byPair('BAD_AK'), byPair('AK', 'WRONG_SK'), byPair('NONE')]) {
    expect(await submit(channel)).toMatchObject({ failure: { code: 'channel_credentials' } });
  }
  expect(await submit(byPair(), 'kling-3.0')).toMatchObject({ failure: { code: 'provider_error' } });
  expect(await submit(byKey(), 'kling-v1')).toMatchObject({ failure: { code: 'provider_error' } });
  expect(await submit(byKey(), 'kling-9')).toMatchObject({ failure: { code: 'provider_error' } });
});

it('cannot be stopped', async () => {
  const handle = await accepted(byKey(), orderOf('kling-3.0', {}, 'hang'));

  expect(await standIn.runtime.cancel(kling, byKey(), handle)).toBe('unsupported');
});
