import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const xai = adapters['xai']!;
const model = 'grok-imagine-video';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'xai-key', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('xai', '/xai/v1', { credentials: { apiKey: `env:${credential}` } });
const submit = (...order: Parameters<typeof orderOf>) => standIn.runtime.submit(xai, channel(), orderOf(...order));
const accepted = (...order: Parameters<typeof orderOf>) => standIn.accept(xai, channel(), orderOf(...order));

it('renders what was ordered', async () => {
  const handle = await accepted(model, { duration: 2, resolution: '480p', generateAudio: true }, 'queue=150, slow=300');

  const { end, states } = await standIn.settle(xai, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  expect(end).toMatchObject({ usage: { cost: '0.1 USD' } });
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 854, height: 480, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(2, 0);
});

const image = 'https://assets.example/a.png';
it.each([
  ['image-to-video', { type: 'image-to-video', firstFrame: image, aspectRatio: 'auto' }, [image]],
  ['reference-to-video', { type: 'reference-to-video', images: [image, `${image}?2`] }, [image, `${image}?2`]],
  ['video-edit', { type: 'video-edit', videos: ['https://assets.example/v.mp4'] }, ['https://assets.example/v.mp4']],
] as const)('is understood: %s', async (name, request, inputs) => {
  const prompt = `understood ${name}`;
  const media = { ...request, images: 'images' in request ? [...request.images] : [] };
  const handle = await accepted(model, { ...media, videos: 'videos' in request ? [...request.videos] : [], prompt });

  const renders = await standIn.renders();

  expect(renders.find((render) => render.prompt === prompt)).toMatchObject({ inputs });
  expect((await standIn.settle(xai, channel(), handle)).end.state).toBe('succeeded');
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s', async (directive, code) => {
  expect(await submit(model, {}, directive)).toMatchObject({ outcome: 'refused', failure: { code } });
});

it('a wrong key, a model that is not there and a size that the model lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(xai, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  expect(await submit('grok-0')).toMatchObject({ failure: { code: 'provider_error' } });
  expect(await submit(model, { resolution: '1080p' })).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['timeout'], ['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, {}, directive);
    expect(await standIn.runtime.submit(xai, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(xai, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  [model, 'fail', 'provider_error'],
  [model, 'expire', 'expired'],
  [model, 'moderate', 'content_rejected'],
  ['grok-imagine-video-1.5', 'moderate', 'content_rejected'],
])('%s, %s: ends as %s', async (name, directive, code) => {
  const { end } = await standIn.settle(xai, channel(), await accepted(name, { duration: 1 }, directive));

  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('what cannot be read changes nothing', async () => {
  const script = 'malformed=1, poll-429=1, poll-5xx=1, unknown-status=1';
  const handle = await accepted(model, { duration: 1 }, script);
  const seen = [];
  for (let look = 0; look < 4; look += 1) seen.push(await standIn.runtime.poll(xai, channel(), handle));

  expect(seen.slice(0, 3).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  expect(seen[3]).toEqual({ state: 'running', unknownStatus: 'simmering' });
  expect((await standIn.settle(xai, channel(), handle)).end.state).toBe('succeeded');
});

it('is gone when xAI says so', async () => {
  const handle = await accepted(model, { duration: 1 }, 'gone');
  expect(await standIn.runtime.poll(xai, channel(), handle)).toEqual({ state: 'gone' });
});
