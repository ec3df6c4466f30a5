import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const pixverse = adapters['pixverse']!;
const model = 'v5.5';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'sk-1', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('pixverse', '/pixverse/openapi/v2', { credentials: { apiKey: `env:${credential}` } });
const submit = (...order: Parameters<typeof orderOf>) => standIn.runtime.submit(pixverse, channel(), orderOf(...order));
const accept = (...order: Parameters<typeof orderOf>) => standIn.accept(pixverse, channel(), orderOf(...order));

it('renders what was ordered, under an id beyond 2^53', async () => {
  const request = { duration: 2, aspectRatio: '9:16', generateAudio: true };
  const handle = await accept('v6', request, 'queue=150, slow=300');

  expect(handle['id']).toMatch(/^\d{19}$/);
  const { end, states } = await standIn.settle(pixverse, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  expect(end).toMatchObject({ usage: { cost: '18 credits' } });
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(2, 0);
});

const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
it.each([
  ['text, by an older model', 'v4.5', { negativePrompt: 'rain', seed: 7, providerOptions: { style: 'clay' } }, []],
  ['a first frame', model, { type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }, [a]],
  ['both frames', model, { type: 'image-to-video', firstFrame: a, lastFrame: b, watermark: true }, [a, b]],
  ['references', 'c1', { type: 'reference-to-video', images: [a, b], negativePrompt: 'rain' }, [a, b]],
  ['seven references', model, { type: 'reference-to-video', images: [a, b, a, b, a, b, a] }, [a, b, a, b, a, b, a]],
] as const)('is understood: %s', async (_, upstreamModel, request, inputs) => {
  const images = 'images' in request ? [...request.images] : [];
  const order = orderOf(upstreamModel, { ...request, images });

  const handle = await standIn.accept(pixverse, channel(), order);

  expect((await standIn.settle(pixverse, channel(), handle)).end.state).toBe('succeeded');
  expect(await standIn.renders(order.reference)).toMatchObject([{ inputs, callbackUrl: null }]);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s, with status 200', async (directive, code) => {
  expect(await submit(model, {}, directive)).toMatchObject({ outcome: 'refused', failure: { code } });
});

it('a wrong key and what the model lacks are refused, whether at the upload or after it', async () => {
  for (const request of [{}, { type: 'image-to-video', firstFrame: a }] as const) {
    const wrong = await standIn.runtime.submit(pixverse, channel('BAD'), orderOf(model, request));
    expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  }
  for (const request of [{ duration: 6 }, { aspectRatio: '21:9' }, { resolution: '480p' }])
    expect(await submit(model, request)).toMatchObject({ failure: { code: 'invalid_request' } });
  expect(await submit('v9')).toMatchObject({ failure: { code: 'invalid_request' } });
});

it('an order that arrives twice is one video', async () => {
  const order = orderOf(model, {}, 'hang');

  const handle = await standIn.accept(pixverse, channel(), order);

  expect(await standIn.accept(pixverse, channel(), order)).toEqual(handle);
  expect(await standIn.renders(order.reference)).toHaveLength(1);
});

it.each([
  ['timeout'],
  ['5xx'],
  ['accept-then-timeout'],
  ['accept-then-reset'],
  ['accept-then-5xx'],
  ['accept-then-malformed'],
])('%s: nobody knows, and nobody can be asked', async (directive) => {
  const order = orderOf(model, {}, directive);
  expect(await standIn.runtime.submit(pixverse, channel(), order)).toMatchObject({ outcome: 'unknown' });
  const seen = await standIn.runtime.lookUp(pixverse, channel(), { ...order, callAgeMs: 60_000 });
  expect(seen).toMatchObject({ outcome: 'cannot_tell' });
});

it.each([
  ['fail', 'provider_error'],
  ['expire', 'provider_error'],
  ['moderate', 'content_rejected'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(pixverse, channel(), await accept(model, {}, directive));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('what cannot be read changes nothing', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accept(model, {}, script);
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(pixverse, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone']);
  expect(seen.slice(4)).toEqual([{ state: 'running', unknownStatus: '99' }, { state: 'running' }]);
});

it('a trace id that is repeated shows the past, and none is refused', async () => {
  const look = async (id: unknown, headers: Record<string, string>) => {
    const reply = await fetch(`${standIn.url}/pixverse/openapi/v2/video/result/${String(id)}`, {
      headers: { 'api-key': 'sk-1', ...headers },
    });
    return (await reply.json()) as { ErrCode: number; Resp: { status: number } | null };
  };
  const { id } = await accept(model, {}, 'slow=1500');
  const traced = { 'ai-trace-id': '0198a1c2-6b7e-7c3d-9a10-4f5e6d7c8b9a' };
  expect((await look(id, traced)).Resp).toMatchObject({ status: 5 });

  await standIn.settle(pixverse, channel(), { id });

  expect((await look(id, traced)).Resp).toMatchObject({ status: 5 });
  expect(await look(id, {})).toMatchObject({ ErrCode: 400_011, Resp: null });
});

it('cannot be stopped', async () => {
  expect(await standIn.runtime.cancel(pixverse, channel(), await accept(model, {}, 'hang'))).toBe('unsupported');
});
