import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { modesOf, nobodyToAsk, usualLooks, usualRefusals } from './wire-table.js';

const pairOf = (accessKey: string, secretKey: string) => ({
  credentials: { accessKey: `env:${accessKey}`, secretKey: `env:${secretKey}` },
});
const wire = openWire('jimeng', '/jimeng', {
  secrets: {
    ACCESS_KEY: 'ak-jimeng',
    SECRET_KEY: 'secret-of-ak-jimeng',
    BAD_ACCESS_KEY: 'bad-ak',
    BAD_SECRET_KEY: 'secret-of-bad-ak',
  },
  channel: () => pairOf('ACCESS_KEY', 'SECRET_KEY'),
});
const model = 'jimeng_v30';
const order = (directives?: string) => orderOf(model, {}, directives);
const image = 'https://example.com/a.png';
const frame = { type: 'image-to-video', images: [image] } satisfies Parameters<typeof orderOf>[1];
const durationMs = 5_000;

testWire('jimeng', wire, {
  order,
  carriesReference: false,
  handle: ({ id, model: reqKey }) => ({ id, reqKey }),
  film: {
    order: (directives) => orderOf(model, { aspectRatio: '9:16' }, directives),
    width: 720,
    height: 1280,
    seconds: 5,
    hasAudio: false,
    id: /^\d{19}$/,
  },
  modes: modesOf(
    [model, {}, { model: 'jimeng_t2v_v30', inputs: [], durationMs, seed: null }],
    [model, { seed: 7 }, { model: 'jimeng_t2v_v30', inputs: [], durationMs, seed: 7 }],
    [model, { resolution: '1080p', duration: 10 }, { model: 'jimeng_t2v_v30_1080p', inputs: [], durationMs: 10_000 }],
    [model, frame, { model: 'jimeng_i2v_first_v30', inputs: [image], durationMs }],
    [model, { ...frame, resolution: '1080p' }, { model: 'jimeng_i2v_first_v30_1080', inputs: [image], durationMs }],
    [
      model,
      { ...frame, images: [image, image] },
      { model: 'jimeng_i2v_first_tail_v30', inputs: [image, image], durationMs },
    ],
    [
      'jimeng_v30_pro',
      { ...frame, resolution: '1080p' },
      { model: 'jimeng_ti2v_v30_pro', inputs: [image], durationMs },
    ],
    [
      'jimeng_v30_pro',
      { resolution: '1080p', aspectRatio: '21:9' },
      { model: 'jimeng_ti2v_v30_pro', inputs: [], durationMs },
    ],
    [
      'jimeng_i2v_recamera_v30',
      { ...frame, providerOptions: { template_id: 'dynamic_orbit', camera_strength: 'weak' } },
      { model: 'jimeng_i2v_recamera_v30', inputs: [image], durationMs },
    ],
    ['jimeng_vgfm_l20', {}, { model: 'jimeng_vgfm_t2v_l20', inputs: [], durationMs }],
  ),
  wrongKeys: {
    'an access key that is not there': pairOf('BAD_ACCESS_KEY', 'BAD_SECRET_KEY'),
    'a secret key that does not go with it': pairOf('ACCESS_KEY', 'BAD_SECRET_KEY'),
    'no secret key': pairOf('ACCESS_KEY', 'NOTHING'),
  },
  refusals: usualRefusals,
  lacks: {},
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'expired' },
  looks: usualLooks,
});

it('signs text of any kind by its bytes', async () => {
  const strange = orderOf(model, { prompt: '一只猫 “café” \\ \u2028 🐈 [[sim:hang]]' });

  await wire.accept(strange);

  expect((await wire.standIn().renders()).map(({ prompt }) => prompt)).toContain(strange.request.prompt);
});

it('finds nothing by another req_key', async () => {
  const handle = await wire.accept(order('hang'));

  expect(await wire.poll({ ...handle, reqKey: 'jimeng_t2v_v30_1080p' })).toEqual({ state: 'gone' });
});
