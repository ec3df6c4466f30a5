import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const dreamMachine = adapters['dream-machine']!;
const verifier = callbackVerifiers['dream-machine']!;
const model = 'ray-flash-2';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'luma-1', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('dream-machine', '/dream-machine/v1', { credentials: { apiKey: `env:${credential}` } });
const submit = (...order: Parameters<typeof orderOf>) =>
  standIn.runtime.submit(dreamMachine, channel(), orderOf(...order));
const accepted = (...order: Parameters<typeof orderOf>) => standIn.accept(dreamMachine, channel(), orderOf(...order));
const short = { resolution: '540p' };

it('renders what was ordered', async () => {
  const handle = await accepted(model, { ...short, aspectRatio: '9:16' }, 'queue=150, slow=300');

  const { end, states } = await standIn.settle(dreamMachine, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 540, height: 960, hasAudio: false, complaints: '' });
  expect(film.seconds).toBeCloseTo(5, 0);
});

const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
it.each([
  ['a first frame', { type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }, [a]],
  ['both frames', { type: 'image-to-video', firstFrame: a, lastFrame: b }, [a, b]],
] as const)('is understood: %s', async (name, request, inputs) => {
  const prompt = `understood ${name}`;
  const handle = await accepted(model, { ...short, ...request, prompt });

  const renders = await standIn.renders();

  expect(renders.find((render) => render.prompt === prompt)).toMatchObject({ inputs });
  expect((await standIn.settle(dreamMachine, channel(), handle)).end.state).toBe('succeeded');
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
  const wrong = await standIn.runtime.submit(dreamMachine, channel('BAD'), orderOf(model));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  for (const request of [{ duration: 8 }, { aspectRatio: '2:3' }, { resolution: '360p' }])
    expect(await submit(model, request)).toMatchObject({ failure: { code: 'invalid_request' } });
  expect(await submit('ray-3.2')).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['timeout'], ['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(dreamMachine, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(dreamMachine, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['moderate', 'provider_error'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(dreamMachine, channel(), await accepted(model, short, directive));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('what cannot be read changes nothing', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accepted(model, short, script);
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(dreamMachine, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'gone']);
  expect(seen.slice(4)).toEqual([{ state: 'running', unknownStatus: 'simmering' }, { state: 'running' }]);
});

it('calls back on each change, which is a hint', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(model, short, 'queue=100');
  const handle = await standIn.accept(dreamMachine, channel(), {
    ...order,
    callbackUrl: webhooks.url(order.reference),
  });

  const callbacks = await webhooks.of(order.reference, 2);

  expect(callbacks.map((one) => verifier.parse(one))).toEqual([
    { upstreamId: handle['id'], status: 'dreaming' },
    { upstreamId: handle['id'], status: 'completed' },
  ]);
  expect(callbacks.map((one) => verifier.verify(one, [], Date.now()))).toEqual(['hint', 'hint']);
  expect(await standIn.renders(order.reference)).toHaveLength(1);
  await webhooks.close();
});
