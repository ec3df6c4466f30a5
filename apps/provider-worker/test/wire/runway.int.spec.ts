import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const runway = adapters['runway']!;
const model = 'gen4.5';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'key_1', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('runway', '/runway', { credentials: { apiKey: `env:${credential}` } });
const submit = (...order: Parameters<typeof orderOf>) => standIn.runtime.submit(runway, channel(), orderOf(...order));
const accepted = (...order: Parameters<typeof orderOf>) => standIn.accept(runway, channel(), orderOf(...order));
const short = { duration: 2 };

it('renders what was ordered', async () => {
  const handle = await accepted(
    'veo3.1',
    { duration: 4, aspectRatio: '9:16', generateAudio: true },
    'queue=150, slow=300',
  );

  const { end, states } = await standIn.settle(runway, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(4, 0);
});

const [a, b, v] = ['https://assets.example/a.png', 'https://assets.example/b.png', 'https://assets.example/v.mp4'];
it.each([
  ['a first frame', 'gen4_turbo', { type: 'image-to-video', firstFrame: a, aspectRatio: '21:9' }, [a]],
  ['both frames', 'veo3.1_fast', { type: 'image-to-video', firstFrame: a, lastFrame: b, duration: 4 }, [a, b]],
  ['an edit', 'aleph2', { type: 'video-edit', videos: [v] }, [v]],
] as const)('is understood: %s', async (name, upstreamModel, request, inputs) => {
  const prompt = `understood ${name}`;
  const videos = 'videos' in request ? [...request.videos] : [];
  const handle = await accepted(upstreamModel, { ...short, ...request, videos, prompt });

  const renders = await standIn.renders();

  expect(renders.find((render) => render.prompt === prompt)).toMatchObject({ inputs });
  expect((await standIn.settle(runway, channel(), handle)).end.state).toBe('succeeded');
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
  const wrong = await standIn.runtime.submit(runway, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  for (const request of [{ duration: 11 }, { aspectRatio: '1:1' }, { resolution: '1080p' }])
    expect(await submit(model, request)).toMatchObject({ failure: { code: 'invalid_request' } });
  expect(await submit('gen9')).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['timeout'], ['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(runway, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(runway, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['expire', 'provider_error'],
  ['moderate', 'content_rejected'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(runway, channel(), await accepted(model, short, directive));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it.each([['queue=60000'], ['slow=60000']])('cancels %s, which is gone then', async (directive) => {
  const handle = await accepted(model, short, directive);
  expect(await standIn.runtime.cancel(runway, channel(), handle)).toBe('cancelled');
  expect(await standIn.runtime.poll(runway, channel(), handle)).toEqual({ state: 'gone' });
});

it('what has ended is not cancelled, and keeps its result', async () => {
  const handle = await accepted(model, short);
  await standIn.settle(runway, channel(), handle);
  expect(await standIn.runtime.cancel(runway, channel(), handle)).toBe('too_late');
  expect((await standIn.runtime.poll(runway, channel(), handle)).state).toBe('succeeded');
});

it('what cannot be read changes nothing', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accepted(model, short, script);
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(runway, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone']);
  expect(seen.slice(4)).toEqual([
    { state: 'running', unknownStatus: 'simmering' },
    { state: 'running', progress: expect.any(Number) },
  ]);
});
