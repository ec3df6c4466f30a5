import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { foundOrAbsent, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['vidu']!;
const key = 'vda_key';
const wire = openWire('vidu', '/vidu/ent/v2', { secrets: { KEY: key, BAD: 'bad-key' } });
const model = 'viduq3-turbo';
const short = { duration: 1, resolution: '540p' };
const order = (directives?: string) => orderOf(model, short, directives);
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
const references = { ...short, type: 'reference-to-video', images: [a, b], duration: 3 } as const;

testWire('vidu', wire, {
  order,
  carriesReference: true,
  film: {
    order: (directives) => orderOf(model, { ...short, duration: 2, generateAudio: true }, directives),
    width: 960,
    height: 540,
    seconds: 2,
    hasAudio: true,
    shows: { usage: { cost: '14 credits' } },
    id: /^\d{18}$/,
  },
  modes: {
    'a seed': [orderOf(model, { ...short, seed: 7 }), { seed: 7 }],
    'two seconds with sound': [
      orderOf(model, { ...short, duration: 2, generateAudio: true }),
      { durationMs: 2000, audio: true },
    ],
    'a first frame': [orderOf(model, { ...short, type: 'image-to-video', firstFrame: a }), { inputs: [a] }],
    'both frames': [
      orderOf(model, { ...short, type: 'image-to-video', firstFrame: a, lastFrame: b }),
      { inputs: [a, b] },
    ],
    references: [orderOf(model, { ...references, images: [a, b] }), { inputs: [a, b] }],
    'cited ones': [
      orderOf(model, { ...references, images: [a, b], prompt: '@Image1 meets @Image2' }),
      { inputs: [a, b] },
    ],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: { 'a model that is not there': [orderOf('vidu9'), 'provider_error'] },
  lostAnswers: foundOrAbsent,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
});

it('cancels while it waits, and not once it runs', async () => {
  const waiting = await wire.accept(order('queue=60000'));
  expect(await wire.cancel(waiting)).toBe('cancelled');
  expect((await wire.settle(waiting)).end).toMatchObject({ failure: { code: 'cancelled' } });

  const running = await wire.accept(order('slow=60000'));
  expect(await wire.cancel(running)).toBe('too_late');
});

it('calls back, signed for this address and this hour', async () => {
  const webhooks = await wire.standIn().listen();
  const told = webhooks.about(order());
  const handle = await wire.accept(told);

  const callbacks = await webhooks.of(told.reference, 2);

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
});

it('a callback of somebody else is forged', async () => {
  const webhooks = await wire.standIn().listen();
  const told = webhooks.about(order('forged-callback'));
  await wire.accept(told);

  const [forged, genuine] = await webhooks.of(told.reference, 2);

  expect(forged && verifier.verify(forged, [key], Date.now())).toBe('forged');
  expect(genuine && verifier.verify(genuine, [key], Date.now())).toBe('signed');
});
