import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const wire = openWire('pixverse', '/pixverse/openapi/v2', { secrets: { KEY: 'sk-1', BAD: 'bad-key' } });
const model = 'v5.5';
const order = (directives?: string) => orderOf(model, {}, directives);
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
const seven = [a, b, a, b, a, b, a];

testWire('pixverse', wire, {
  order,
  carriesReference: true,
  film: {
    order: (directives) => orderOf('v6', { duration: 2, aspectRatio: '9:16', generateAudio: true }, directives),
    width: 720,
    height: 1280,
    seconds: 2,
    hasAudio: true,
    shows: { usage: { cost: '18 credits' } },
    // Beyond 2^53.
    id: /^\d{19}$/,
  },
  modes: {
    'text, by an older model': [
      orderOf('v4.5', { negativePrompt: 'rain', seed: 7, providerOptions: { style: 'clay' } }),
      { inputs: [], seed: 7 },
    ],
    'a first frame': [orderOf(model, { type: 'image-to-video', firstFrame: a, aspectRatio: 'auto' }), { inputs: [a] }],
    'both frames': [
      orderOf(model, { type: 'image-to-video', firstFrame: a, lastFrame: b, watermark: true }),
      { inputs: [a, b] },
    ],
    references: [
      orderOf('c1', { type: 'reference-to-video', images: [a, b], negativePrompt: 'rain', seed: 7 }),
      { inputs: [a, b], seed: 7 },
    ],
    'seven references': [orderOf(model, { type: 'reference-to-video', images: seven }), { inputs: seven }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'six seconds': [orderOf(model, { duration: 6 }), 'invalid_request'],
    'a width that it lacks': [orderOf(model, { aspectRatio: '21:9' }), 'invalid_request'],
    '480p': [orderOf(model, { resolution: '480p' }), 'invalid_request'],
    'a model that is not there': [orderOf('v9'), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: { ...usualLooks, 'unknown-status': { state: 'running', unknownStatus: '99' } },
});

it('a wrong key is refused at the upload as well', async () => {
  const upload = orderOf(model, { type: 'image-to-video', firstFrame: a });
  const refused = await wire.submit(upload, wire.channel({ credentials: { apiKey: 'env:BAD' } }));
  expect(refused).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
  expect(await wire.rendersOf(upload)).toEqual([]);
});

it('an order that arrives twice is one video', async () => {
  const twice = order('hang');

  const handle = await wire.accept(twice);

  expect(await wire.accept(twice)).toEqual(handle);
  expect(await wire.standIn().renders(twice.reference)).toHaveLength(1);
});

it('a trace id that is repeated shows the past, and none is refused', async () => {
  const look = async (id: unknown, headers: Record<string, string>) => {
    const reply = await fetch(`${wire.standIn().url}/pixverse/openapi/v2/video/result/${String(id)}`, {
      headers: { 'api-key': 'sk-1', ...headers },
    });
    return (await reply.json()) as { ErrCode: number; Resp: { status: number } | null };
  };
  const { id } = await wire.accept(order('slow=8000'));
  const traced = { 'ai-trace-id': '0198a1c2-6b7e-7c3d-9a10-4f5e6d7c8b9a' };
  expect((await look(id, traced)).Resp).toMatchObject({ status: 5 });

  await wire.settle({ id });

  expect((await look(id, traced)).Resp).toMatchObject({ status: 5 });
  expect(await look(id, {})).toMatchObject({ ErrCode: 400_011, Resp: null });
});
