import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const vidu = adapters['vidu']!;
const verifier = callbackVerifiers['vidu']!;
const model = 'viduq3-turbo';
const key = 'vda_key';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: key, BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('vidu', '/vidu/ent/v2', { credentials: { apiKey: `env:${credential}` } });
const short = { duration: 1, resolution: '540p' };

const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(vidu, channel(), order);

it('renders what was ordered', async () => {
  const order = orderOf(model, { ...short, duration: 2, generateAudio: true }, 'queue=150, slow=300');

  const handle = await accepted(order);
  const { end, states } = await standIn.settle(vidu, channel(), handle);

  expect(handle['id']).toMatch(/^\d{18}$/);
  expect(states).toEqual(['queued', 'running', 'succeeded']);
  expect(end).toMatchObject({ usage: { cost: '14 credits' } });
  expect(await standIn.watch(channel(), end)).toMatchObject({ height: 540, hasAudio: true, complaints: '' });
  expect(await standIn.renders(order.reference)).toMatchObject([{ durationMs: 2000, audio: true }]);
});

const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
it.each([
  ['a first frame', { type: 'image-to-video', firstFrame: a }, [a]],
  ['both frames', { type: 'image-to-video', firstFrame: a, lastFrame: b }, [a, b]],
  ['references', { type: 'reference-to-video', images: [a, b], duration: 3 }, [a, b]],
  ['cited ones', { type: 'reference-to-video', images: [a, b], duration: 3, prompt: '@Image1 meets @Image2' }, [a, b]],
] as const)('is understood: %s', async (_, request, inputs) => {
  const images = 'images' in request ? [...request.images] : [];
  const order = orderOf(model, { ...short, ...request, images });

  const { end } = await standIn.settle(vidu, channel(), await accepted(order));

  expect(end.state).toBe('succeeded');
  expect(await standIn.renders(order.reference)).toMatchObject([{ inputs }]);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s', async (directive, code) => {
  const refused = await standIn.runtime.submit(vidu, channel(), orderOf(model, short, directive));
  expect(refused).toMatchObject({ outcome: 'refused', failure: { code } });
});

it('a wrong key and a model that is not there are refused', async () => {
  const wrong = await standIn.runtime.submit(vidu, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  const other = await standIn.runtime.submit(vidu, channel(), orderOf('vidu9'));
  expect(other).toMatchObject({ failure: { code: 'provider_error' } });
});

it.each([['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: unknown, and found by its reference',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(vidu, channel(), order)).toMatchObject({ outcome: 'unknown' });

    const seen = await standIn.runtime.lookUp(vidu, channel(), { ...order, callAgeMs: 5_000 });

    const [render] = await standIn.renders(order.reference);
    expect(seen).toEqual({ outcome: 'found', handle: { id: render?.id } });
  },
);

it('a submit that never arrived is absent', async () => {
  const order = orderOf(model, short, 'timeout');
  expect(await standIn.runtime.submit(vidu, channel(), order)).toMatchObject({ outcome: 'unknown' });
  const seen = await standIn.runtime.lookUp(vidu, channel(), { ...order, callAgeMs: 5_000 });
  expect(seen).toEqual({ outcome: 'absent', settleMs: 60_000 });
});

it.each([
  ['fail', 'provider_error'],
  ['moderate', 'content_rejected'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(vidu, channel(), await accepted(orderOf(model, short, directive)));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('cancels while it waits, and not once it runs', async () => {
  const waiting = await accepted(orderOf(model, short, 'queue=60000'));
  expect(await standIn.runtime.cancel(vidu, channel(), waiting)).toBe('cancelled');
  expect((await standIn.settle(vidu, channel(), waiting)).end).toMatchObject({ failure: { code: 'cancelled' } });

  const running = await accepted(orderOf(model, short, 'slow=60000'));
  expect(await standIn.runtime.cancel(vidu, channel(), running)).toBe('too_late');
});

it('what cannot be read changes nothing', async () => {
  const handle = await accepted(orderOf(model, short, 'malformed=1, poll-429=1, poll-5xx=1, unknown-status=1, gone=1'));
  const seen = [];
  for (let look = 0; look < 5; look += 1) seen.push((await standIn.runtime.poll(vidu, channel(), handle)).state);

  expect(seen).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone', 'running']);
});

it('calls back, signed for this address and this hour', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(model, short);
  const handle = await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  const callbacks = await webhooks.of(order.reference, 2);

  const last = callbacks.at(-1)!;
  expect(callbacks.map((one) => verifier.parse(one))).toEqual([
    { upstreamId: handle['id'], status: 'processing' },
    { upstreamId: handle['id'], status: 'success' },
  ]);
  const now = Date.now();
  expect(verifier.verify(last, ['vda_old', key], now)).toBe('signed');
  expect(verifier.verify(last, ['vda_old'], now)).toBe('forged');
  expect(verifier.verify({ ...last, path: `${last.path}x` }, [key], now)).toBe('forged');
  expect(verifier.verify(last, [key], now + 3_600_000)).toBe('forged');
  await webhooks.close();
});

it('a callback of somebody else is forged', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(model, short, 'forged-callback');
  await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  const [forged, genuine] = await webhooks.of(order.reference, 2);

  expect(forged && verifier.verify(forged, [key], Date.now())).toBe('forged');
  expect(genuine && verifier.verify(genuine, [key], Date.now())).toBe('signed');
  await webhooks.close();
});
