import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf, type StandIn } from './stand-in.js';
import { calledBack, openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['fal']!;
const wire = openWire('fal', '/fal');
const model = 'fal-ai/veo3.1/fast';
const kling = 'fal-ai/kling-video/v2.5-turbo/pro';
const short = { duration: 4 };
const order = (directives?: string) => orderOf(model, short, directives);
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
const both = { type: 'image-to-video', firstFrame: a, lastFrame: b } as const;

testWire('fal', wire, {
  order,
  carriesReference: false,
  // Requests are known below owner and app alone.
  handle: ({ id }) => ({ id: `fal-ai/veo3.1/requests/${id}` }),
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16', generateAudio: true }, directives),
    width: 720,
    height: 1280,
    seconds: 4,
    hasAudio: true,
    id: /^[\w-]{36}$/,
  },
  modes: {
    'a seed': [calledBack(orderOf(model, { ...short, seed: 7 })), { seed: 7 }],
    'a first frame': [
      calledBack(orderOf(model, { ...short, type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' })),
      { inputs: [a] },
    ],
    'both frames': [calledBack(orderOf(model, { ...short, ...both })), { inputs: [a, b] }],
    references: [
      calledBack(orderOf('fal-ai/veo3.1', { type: 'reference-to-video', images: [a, b], duration: 8 })),
      { inputs: [a, b] },
    ],
    'text, by Kling': [calledBack(orderOf(kling, { negativePrompt: 'rain' })), { inputs: [] }],
    'both frames, by Kling': [calledBack(orderOf(kling, both)), { inputs: [a, b] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'an app that is not there': [orderOf('fal-ai/veo9'), 'provider_error'],
    'five seconds': [orderOf(model, { duration: 5 }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
});

it('cancels what waits; what runs may go on', async () => {
  const waiting = await wire.accept(order('queue=60000'));
  expect(await wire.cancel(waiting)).toBe('cancelled');
  expect((await wire.settle(waiting)).end).toMatchObject({ failure: { code: 'cancelled' } });
  expect(await wire.cancel(waiting)).toBe('too_late');

  const running = await wire.accept(order('slow=60000'));
  expect(await wire.cancel(running)).toBe('unknown');
  expect(await wire.poll(running)).toEqual({ state: 'running' });
});

describe('callbacks of fal', () => {
  let webhooks: Awaited<ReturnType<StandIn['listen']>>;
  beforeAll(async () => {
    webhooks = await wire.standIn().listen();
  });
  const keys = async () => (await fetch(`${wire.standIn().url}/fal/.well-known/jwks.json`)).text();

  it('are signed for this body and this hour', async () => {
    const told = webhooks.about(order());
    const handle = await wire.accept(told);

    const [callback] = await webhooks.of(told.reference);

    if (callback === undefined) throw new Error('no callback');
    const [set, now] = [await keys(), Date.now()];
    const { upstreamId = '', status } = verifier.parse(callback);
    expect([`fal-ai/veo3.1/requests/${upstreamId}`, status]).toEqual([handle['id'], 'OK']);
    expect(verifier.verify(callback, [set], now)).toBe('signed');
    expect(verifier.verify(callback, [], now)).toBe('hint');
    expect(verifier.verify({ ...callback, body: `${callback.body} ` }, [set], now)).toBe('forged');
    expect(verifier.verify(callback, [set], now + 3_600_000)).toBe('forged');
  });

  it('tell of a failure as well', async () => {
    const told = webhooks.about(order('moderate'));
    await wire.accept(told);
    const [callback] = await webhooks.of(told.reference);
    expect(callback && verifier.parse(callback)).toMatchObject({ status: 'ERROR' });
  });

  it('of somebody else are forged', async () => {
    const told = webhooks.about(order('forged-callback'));
    await wire.accept(told);

    const [forged, genuine] = await webhooks.of(told.reference, 2);

    const set = await keys();
    expect(forged && verifier.verify(forged, [set], Date.now())).toBe('forged');
    expect(genuine && verifier.verify(genuine, [set], Date.now())).toBe('signed');
  });
});
