import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const fal = adapters['fal']!;
const verifier = callbackVerifiers['fal']!;
const model = 'fal-ai/veo3.1/fast';
const kling = 'fal-ai/kling-video/v2.5-turbo/pro';
let standIn: StandIn;
let webhooks: Awaited<ReturnType<StandIn['listen']>>;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'fal-key', BAD: 'bad-key' } });
  webhooks = await standIn.listen();
});
afterAll(async () => {
  await webhooks.close();
  await standIn.close();
});

const channel = (credential = 'KEY') =>
  standIn.channel('fal', '/fal', { credentials: { apiKey: `env:${credential}` } });
const keys = async () => (await fetch(`${standIn.url}/fal/.well-known/jwks.json`)).text();
const short = { duration: 4 };

/** With a callback, for its address is the only place where our reference stands. */
const called = (...order: Parameters<typeof orderOf>) => {
  const made = orderOf(...order);
  return { ...made, callbackUrl: webhooks.url(made.reference) };
};
const submit = (...order: Parameters<typeof orderOf>) => standIn.runtime.submit(fal, channel(), orderOf(...order));
const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(fal, channel(), order);

it('renders what was ordered', async () => {
  const handle = await accepted(
    orderOf(model, { ...short, aspectRatio: '9:16', generateAudio: true }, 'queue=150, slow=300'),
  );

  expect(handle['id']).toMatch(/^fal-ai\/veo3\.1\/requests\/[\w-]{36}$/);
  const { end, states } = await standIn.settle(fal, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(4, 0);
});

const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
it.each([
  ['a first frame', model, { type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }, [a]],
  ['both frames', model, { type: 'image-to-video', firstFrame: a, lastFrame: b }, [a, b]],
  ['references', 'fal-ai/veo3.1', { type: 'reference-to-video', images: [a, b], duration: 8 }, [a, b]],
  ['text, by Kling', kling, { duration: 5, negativePrompt: 'rain' }, []],
  ['both frames, by Kling', kling, { type: 'image-to-video', firstFrame: a, lastFrame: b, duration: 5 }, [a, b]],
] as const)('is understood: %s', async (_, upstreamModel, request, inputs) => {
  const images = 'images' in request ? [...request.images] : [];
  const order = called(upstreamModel, { ...short, ...request, images });

  const { end } = await standIn.settle(fal, channel(), await accepted(order));

  expect(end.state).toBe('succeeded');
  expect(await standIn.renders(order.reference)).toMatchObject([{ inputs, callbackUrl: order.callbackUrl }]);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s', async (directive, code) => {
  expect(await submit(model, short, directive)).toMatchObject({ outcome: 'refused', failure: { code } });
});

it('a wrong key, an app that is not there and a length that the model lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(fal, channel('BAD'), orderOf(model, short));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  expect(await submit('fal-ai/veo9')).toMatchObject({ failure: { code: 'provider_error' } });
  expect(await submit(model, { duration: 5 })).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['timeout'], ['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(fal, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(fal, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['expire', 'provider_error'],
  ['moderate', 'content_rejected'],
])('%s: completed, and ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(fal, channel(), await accepted(orderOf(model, short, directive)));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('cancels what waits; what runs may go on', async () => {
  const waiting = await accepted(orderOf(model, short, 'queue=60000'));
  expect(await standIn.runtime.cancel(fal, channel(), waiting)).toBe('cancelled');
  expect((await standIn.settle(fal, channel(), waiting)).end).toMatchObject({ failure: { code: 'cancelled' } });
  expect(await standIn.runtime.cancel(fal, channel(), waiting)).toBe('too_late');

  const running = await accepted(orderOf(model, short, 'slow=60000'));
  expect(await standIn.runtime.cancel(fal, channel(), running)).toBe('unknown');
  expect(await standIn.runtime.poll(fal, channel(), running)).toEqual({ state: 'running' });
});

it('what cannot be read changes nothing', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accepted(orderOf(model, short, script));
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(fal, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone']);
  expect(seen.slice(4)).toEqual([{ state: 'running', unknownStatus: 'simmering' }, { state: 'running' }]);
});

it('calls back, signed for this body and this hour', async () => {
  const order = called(model, short);
  const handle = await accepted(order);

  const [callback] = await webhooks.of(order.reference);

  if (callback === undefined) throw new Error('no callback');
  const [set, now] = [await keys(), Date.now()];
  const { upstreamId = '', status } = verifier.parse(callback);
  expect([`fal-ai/veo3.1/requests/${upstreamId}`, status]).toEqual([handle['id'], 'OK']);
  expect(verifier.verify(callback, [set], now)).toBe('signed');
  expect(verifier.verify(callback, [], now)).toBe('hint');
  expect(verifier.verify({ ...callback, body: `${callback.body} ` }, [set], now)).toBe('forged');
  expect(verifier.verify(callback, [set], now + 3_600_000)).toBe('forged');
});

it('calls back about a failure as well', async () => {
  const order = called(model, short, 'moderate');
  await accepted(order);
  const [callback] = await webhooks.of(order.reference);
  expect(callback && verifier.parse(callback)).toMatchObject({ status: 'ERROR' });
});

it('a callback of somebody else is forged', async () => {
  const order = called(model, short, 'forged-callback');
  await accepted(order);

  const [forged, genuine] = await webhooks.of(order.reference, 2);

  const set = await keys();
  expect(forged && verifier.verify(forged, [set], Date.now())).toBe('forged');
  expect(genuine && verifier.verify(genuine, [set], Date.now())).toBe('signed');
});
