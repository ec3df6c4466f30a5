import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf, type StandIn } from './stand-in.js';
import { calledBack, openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['replicate']!;
const wire = openWire('replicate', '/replicate/v1', { secrets: { KEY: 'r8_key', BAD: 'bad-key' } });
const model = 'google/veo-3.1-fast';
const kling = 'kwaivgi/kling-v2.5-turbo-pro';
const films = `acme/films:${'0f'.repeat(32)}`;
const short = { duration: 4 };
const order = (directives?: string) => orderOf(model, short, directives);
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
const both = { type: 'image-to-video', firstFrame: a, lastFrame: b } as const;

testWire('replicate', wire, {
  order,
  carriesReference: false,
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16', generateAudio: true }, directives),
    width: 720,
    height: 1280,
    seconds: 4,
    hasAudio: true,
    shows: { usage: { cost: expect.stringMatching(/^[\d.]+ s of predict time$/) } },
  },
  modes: {
    'a seed': [calledBack(orderOf(model, { ...short, seed: 7 })), { seed: 7 }],
    'a first frame': [
      calledBack(orderOf(model, { ...short, type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' })),
      { inputs: [a] },
    ],
    'both frames': [calledBack(orderOf(model, { ...short, ...both })), { inputs: [a, b] }],
    references: [
      calledBack(orderOf('google/veo-3.1', { type: 'reference-to-video', images: [a, b], duration: 8 })),
      { inputs: [a, b] },
    ],
    'text, by Kling': [calledBack(orderOf(kling, { negativePrompt: 'rain' })), { inputs: [] }],
    'both frames, by Kling': [calledBack(orderOf(kling, both)), { inputs: [a, b] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a model that is not there': [orderOf('google/veo-9', short), 'provider_error'],
    'a model that has only versions': [orderOf('acme/films', short), 'provider_error'],
    'a deployment that is not there': [orderOf('deployments/acme/none', short), 'provider_error'],
    'a version that is not there': [orderOf('f'.repeat(64), short), 'provider_error'],
    'five seconds': [orderOf(model, { duration: 5 }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'expired' },
  looks: usualLooks,
  hanging: { state: 'running', progress: expect.any(Number) },
});

it.each([
  ['a list', films],
  ['files by name', 'deployments/acme/films'],
])('finds the film in %s', async (_, upstreamModel) => {
  const { end } = await wire.settle(await wire.accept(orderOf(upstreamModel, { duration: 2 })));
  expect(await wire.watch(end)).toMatchObject({ width: 1280, height: 720, complaints: '' });
});

it('is stopped by Replicate where the channel says when', async () => {
  const stopping = wire.channel({ options: { cancelAfter: '5s' } });
  const handle = await wire.accept(order('hang'), stopping);
  const { end } = await wire.settle(handle, stopping);
  expect(end).toMatchObject({ state: 'failed', failure: { code: 'expired' } });
});

it.each(['queue=60000', 'slow=60000'])('cancels %s', async (directive) => {
  const handle = await wire.accept(order(directive));
  expect(await wire.cancel(handle)).toBe('cancelled');
  const { end } = await wire.settle(handle);
  expect(end).toMatchObject({ failure: { code: 'cancelled' } });
});

it('what has ended is not cancelled, and keeps its result', async () => {
  const handle = await wire.accept(order());
  await wire.settle(handle);
  expect(await wire.cancel(handle)).toBe('too_late');
  expect((await wire.poll(handle)).state).toBe('succeeded');
});

describe('callbacks of Replicate', () => {
  let webhooks: Awaited<ReturnType<StandIn['listen']>>;
  beforeAll(async () => {
    webhooks = await wire.standIn().listen();
  });

  /** As Replicate hands it out. */
  async function secret(): Promise<string> {
    const headers = { authorization: 'Bearer r8_key' };
    const reply = await fetch(`${wire.standIn().url}/replicate/v1/webhooks/default/secret`, { headers });
    return ((await reply.json()) as { key: string }).key;
  }

  it('come once it has ended, signed for this body and this hour', async () => {
    const told = webhooks.about(order());
    const { id } = await wire.accept(told);

    const [callback] = await webhooks.of(told.reference);

    if (callback === undefined) throw new Error('no callback');
    const [key, now] = [await secret(), Date.now()];
    expect(verifier.parse(callback)).toEqual({ upstreamId: id, status: 'succeeded' });
    expect(verifier.verify(callback, [key], now)).toBe('signed');
    expect(verifier.verify(callback, [], now)).toBe('hint');
    expect(verifier.verify({ ...callback, body: `${callback.body} ` }, [key], now)).toBe('forged');
    expect(verifier.verify(callback, [key], now + 3_600_000)).toBe('forged');
  });

  it('tell of a failure as well, and of nothing before', async () => {
    const told = webhooks.about(order('queue=50, slow=100, moderate'));
    await wire.accept(told);
    const callbacks = await webhooks.of(told.reference);
    expect(callbacks.map((callback) => verifier.parse(callback).status)).toEqual(['failed']);
  });

  it('of somebody else are forged', async () => {
    const told = webhooks.about(order('forged-callback'));
    await wire.accept(told);

    const [forged, genuine] = await webhooks.of(told.reference, 2);

    const key = await secret();
    expect(forged && verifier.verify(forged, [key], Date.now())).toBe('forged');
    expect(genuine && verifier.verify(genuine, [key], Date.now())).toBe('signed');
  });
});
