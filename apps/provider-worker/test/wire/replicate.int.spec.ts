import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const replicate = adapters['replicate']!;
const verifier = callbackVerifiers['replicate']!;
const model = 'google/veo-3.1-fast';
const kling = 'kwaivgi/kling-v2.5-turbo-pro';
const films = `acme/films:${'0f'.repeat(32)}`;
let standIn: StandIn;
let webhooks: Awaited<ReturnType<StandIn['listen']>>;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'r8_key', BAD: 'bad-key' } });
  webhooks = await standIn.listen();
});
afterAll(async () => {
  await webhooks.close();
  await standIn.close();
});

const channel = (credential = 'KEY', options = {}) =>
  standIn.channel('replicate', '/replicate/v1', { credentials: { apiKey: `env:${credential}` }, options });
/** As Replicate hands it out. */
async function secret(): Promise<string> {
  const headers = { authorization: 'Bearer r8_key' };
  const reply = await fetch(`${standIn.url}/replicate/v1/webhooks/default/secret`, { headers });
  return ((await reply.json()) as { key: string }).key;
}
const short = { duration: 4 };

/** With a callback, for its address is the only place where our reference stands. */
const called = (...order: Parameters<typeof orderOf>) => {
  const made = orderOf(...order);
  return { ...made, callbackUrl: webhooks.url(made.reference) };
};
const submit = (...order: Parameters<typeof orderOf>) =>
  standIn.runtime.submit(replicate, channel(), orderOf(...order));
const accept = (...order: Parameters<typeof orderOf>) => standIn.accept(replicate, channel(), orderOf(...order));

it('renders what was ordered', async () => {
  const handle = await accept(model, { ...short, aspectRatio: '9:16', generateAudio: true }, 'queue=150, slow=300');

  const { end, states } = await standIn.settle(replicate, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  expect(end).toMatchObject({ usage: { cost: expect.stringMatching(/^[\d.]+ s of predict time$/) } });
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(4, 0);
});

it.each([
  ['a list', films],
  ['files by name', 'deployments/acme/films'],
])('finds the film in %s', async (_, upstreamModel) => {
  const { end } = await standIn.settle(replicate, channel(), await accept(upstreamModel, { duration: 2 }));
  expect(await standIn.watch(channel(), end)).toMatchObject({ width: 1280, height: 720, complaints: '' });
});

const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
it.each([
  ['a first frame', model, { type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }, [a]],
  ['both frames', model, { type: 'image-to-video', firstFrame: a, lastFrame: b }, [a, b]],
  ['references', 'google/veo-3.1', { type: 'reference-to-video', images: [a, b], duration: 8 }, [a, b]],
  ['text, by Kling', kling, { duration: 5, negativePrompt: 'rain' }, []],
  ['both frames, by Kling', kling, { type: 'image-to-video', firstFrame: a, lastFrame: b, duration: 5 }, [a, b]],
] as const)('is understood: %s', async (_, upstreamModel, request, inputs) => {
  const images = 'images' in request ? [...request.images] : [];
  const order = called(upstreamModel, { ...short, ...request, images });

  const { end } = await standIn.settle(replicate, channel(), await standIn.accept(replicate, channel(), order));

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

it('a wrong key, a model that is not there and a length that the model lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(replicate, channel('BAD'), orderOf(model, short));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  for (const missing of ['google/veo-9', 'acme/films', 'deployments/acme/none', 'f'.repeat(64)])
    expect(await submit(missing, short)).toMatchObject({ failure: { code: 'provider_error' } });
  expect(await submit(model, { duration: 5 })).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['timeout'], ['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(replicate, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(replicate, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['expire', 'expired'],
  ['moderate', 'content_rejected'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(replicate, channel(), await accept(model, short, directive));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('is stopped by Replicate where the channel says when', async () => {
  const stopping = channel('KEY', { cancelAfter: '5s' });
  const handle = await standIn.accept(replicate, stopping, orderOf(model, short, 'hang'));
  const { end } = await standIn.settle(replicate, stopping, handle);
  expect(end).toMatchObject({ state: 'failed', failure: { code: 'expired' } });
});

it.each([['queue=60000'], ['slow=60000']])('cancels %s', async (directive) => {
  const handle = await accept(model, short, directive);
  expect(await standIn.runtime.cancel(replicate, channel(), handle)).toBe('cancelled');
  const { end } = await standIn.settle(replicate, channel(), handle);
  expect(end).toMatchObject({ failure: { code: 'cancelled' } });
});

it('what has ended is not cancelled, and keeps its result', async () => {
  const handle = await accept(model, short);
  await standIn.settle(replicate, channel(), handle);
  expect(await standIn.runtime.cancel(replicate, channel(), handle)).toBe('too_late');
  expect((await standIn.runtime.poll(replicate, channel(), handle)).state).toBe('succeeded');
});

it('what cannot be read changes nothing', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accept(model, short, script);
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(replicate, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone']);
  expect(seen.slice(4)).toEqual([
    { state: 'running', unknownStatus: 'simmering' },
    { state: 'running', progress: expect.any(Number) },
  ]);
});

it('calls back once it has ended, signed for this body and this hour', async () => {
  const order = called(model, short);
  const { id } = await standIn.accept(replicate, channel(), order);

  const callbacks = await webhooks.of(order.reference);

  const [callback] = callbacks;
  if (callback === undefined) throw new Error('no callback');
  const [key, now] = [await secret(), Date.now()];
  expect(verifier.parse(callback)).toEqual({ upstreamId: id, status: 'succeeded' });
  expect(verifier.verify(callback, [key], now)).toBe('signed');
  expect(verifier.verify(callback, [], now)).toBe('hint');
  expect(verifier.verify({ ...callback, body: `${callback.body} ` }, [key], now)).toBe('forged');
  expect(verifier.verify(callback, [key], now + 3_600_000)).toBe('forged');
});

it('calls back about a failure as well, and about nothing before', async () => {
  const order = called(model, short, 'queue=50, slow=100, moderate');
  await standIn.accept(replicate, channel(), order);
  const callbacks = await webhooks.of(order.reference);
  expect(callbacks.map((callback) => verifier.parse(callback).status)).toEqual(['failed']);
});

it('a callback of somebody else is forged', async () => {
  const order = called(model, short, 'forged-callback');
  await standIn.accept(replicate, channel(), order);

  const [forged, genuine] = await webhooks.of(order.reference, 2);

  const key = await secret();
  expect(forged && verifier.verify(forged, [key], Date.now())).toBe('forged');
  expect(genuine && verifier.verify(genuine, [key], Date.now())).toBe('signed');
});
