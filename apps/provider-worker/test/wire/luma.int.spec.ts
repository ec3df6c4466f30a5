import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const luma = adapters['luma']!;
const model = 'ray-3.2';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'luma-api-1', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('luma', '/luma/v1', { credentials: { apiKey: `env:${credential}` } });
const submit = (...order: Parameters<typeof orderOf>) => standIn.runtime.submit(luma, channel(), orderOf(...order));
const accepted = (...order: Parameters<typeof orderOf>) => standIn.accept(luma, channel(), orderOf(...order));
const short = { resolution: '360p' };

it('renders what was ordered', async () => {
  const handle = await accepted(model, { ...short, aspectRatio: '9:16' }, 'queue=150, slow=300');

  const { end, states } = await standIn.settle(luma, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 360, height: 640, hasAudio: false, complaints: '' });
  expect(film.seconds).toBeCloseTo(5, 0);
});

const [a, b, v] = ['https://assets.example/a.png', 'https://assets.example/b.png', 'https://assets.example/v.mp4'];
it.each([
  ['a first frame', { type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }, [a]],
  ['both frames', { type: 'image-to-video', firstFrame: a, lastFrame: b }, [a, b]],
  ['an edit', { type: 'video-edit', videos: [v] }, [v]],
] as const)('is understood: %s', async (name, request, inputs) => {
  const prompt = `understood ${name}`;
  const videos = 'videos' in request ? [...request.videos] : [];
  const handle = await accepted(model, { ...short, ...request, videos, prompt });

  const renders = await standIn.renders();

  expect(renders.find((render) => render.prompt === prompt)).toMatchObject({ inputs });
  expect((await standIn.settle(luma, channel(), handle)).end.state).toBe('succeeded');
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

it('a wrong key and what the model lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(luma, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  for (const request of [{ duration: 8 }, { aspectRatio: '2:3' }, { resolution: '4k' }])
    expect(await submit(model, request)).toMatchObject({ failure: { code: 'invalid_request' } });
  expect(await submit('ray-2')).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['timeout'], ['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(luma, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(luma, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['expire', 'channel_balance'],
  ['moderate', 'content_rejected'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(luma, channel(), await accepted(model, short, directive));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('what cannot be read changes nothing', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accepted(model, short, script);
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(luma, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone']);
  expect(seen.slice(4)).toEqual([{ state: 'running', unknownStatus: 'simmering' }, { state: 'running' }]);
});
