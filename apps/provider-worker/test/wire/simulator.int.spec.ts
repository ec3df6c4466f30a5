import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { orderOf, type StandIn } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { foundOrAbsent, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['simulator']!;
const key = 'good-key';
const wire = openWire('simulator', '/simulator');
const model = 'sandbox-video';
const short = { duration: 1, resolution: '240p' };
const order = (directives?: string) => orderOf(model, short, directives);
const [a, b] = ['https://assets.example/a.png', 'https://assets.example/b.png'];
const [video, sound] = ['https://assets.example/v.mp4', 'https://assets.example/a.mp3'];
const progress = expect.any(Number);

testWire('simulator', wire, {
  order,
  carriesReference: true,
  film: {
    order: (directives) =>
      orderOf(model, { duration: 2, resolution: '360p', aspectRatio: '9:16', generateAudio: true }, directives),
    width: 360,
    height: 640,
    seconds: 2,
    hasAudio: true,
    id: /^sim_[0-9a-f]{32}$/,
  },
  modes: {
    'a seed': [orderOf(model, { ...short, seed: 7 }), { seed: 7 }],
    'a model of any name': [orderOf('acme-9', short), { model: 'acme-9', inputs: [], durationMs: 1_000, audio: false }],
    'a length and a shape of its choice': [
      orderOf(model, { duration: 'auto', aspectRatio: 'auto', resolution: '240p' }),
      { width: 426, height: 240, durationMs: 5_000 },
    ],
    'both frames': [
      orderOf(model, { ...short, type: 'image-to-video', firstFrame: a, lastFrame: b }),
      { inputs: [a, b] },
    ],
    'references of every kind': [
      orderOf(model, { ...short, type: 'reference-to-video', images: [a, b], videos: [video], audios: [sound] }),
      { inputs: [a, b, video, sound] },
    ],
    'an edit': [orderOf(model, { ...short, type: 'video-edit', videos: [video] }), { inputs: [video] }],
  },
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a resolution that is not there': [orderOf(model, { resolution: 'huge' }), 'invalid_request'],
    'more than two minutes': [orderOf(model, { duration: 121 }), 'invalid_request'],
    'a directive that is not there': [orderOf(model, short, 'explode'), 'invalid_request'],
  },
  lostAnswers: foundOrAbsent,
  // It accepts while it answers.
  settleMs: 2_000,
  endings: {
    fail: { code: 'provider_error', message: 'The video could not be rendered.' },
    moderate: { code: 'content_rejected', message: 'The video was rejected by moderation.' },
    expire: { code: 'expired', message: 'The video was not rendered in time.' },
  },
  looks: { ...usualLooks, 'unknown-status': { state: 'running', unknownStatus: 'simmering', progress } },
  hanging: { state: 'running', progress: 0 },
});

it('cancels while it waits and while it runs, and not once it has ended', async () => {
  for (const pace of ['queue=60000', 'hang']) {
    const handle = await wire.accept(order(pace));
    expect(await wire.cancel(handle)).toBe('cancelled');
    expect((await wire.settle(handle)).end).toMatchObject({ state: 'failed', failure: { code: 'cancelled' } });
    expect(await wire.cancel(handle)).toBe('too_late');
  }
  const done = await wire.accept(order());
  await wire.settle(done);
  expect(await wire.cancel(done)).toBe('too_late');
  expect(await wire.cancel({ id: 'sim_0' })).toBe('unknown');
});

describe('polls of many', () => {
  const look = (...handles: Parameters<typeof wire.poll>[0][]) =>
    wire.standIn().runtime.pollMany(wire.adapter, wire.channel(), handles);

  it('answer each in its place, and leave out what is not there', async () => {
    const waiting = await wire.accept(order('queue=60000'));
    const running = await wire.accept(order('hang'));
    const failed = await wire.accept(order('fail'));
    await wire.settle(failed);

    expect(await look(failed, { id: 'sim_0' }, waiting, running)).toEqual([
      expect.objectContaining({ state: 'failed' }),
      undefined,
      { state: 'queued' },
      { state: 'running', progress: 0 },
    ]);
    expect(await look(running)).toEqual([{ state: 'running', progress: 0 }]);
  });

  it.each(['poll-429', 'poll-5xx', 'malformed'])('%s to one of them says nothing of any', async (directive) => {
    const well = await wire.accept(order('hang'));
    const ill = await wire.accept(order(`${directive}=1, hang`));

    expect(await look(well, ill)).toEqual([undefined, undefined]);
    expect(await look(well, ill)).toEqual([
      { state: 'running', progress: 0 },
      { state: 'running', progress: 0 },
    ]);
  });
});

it('of two renders of one reference, a look-up finds the later', async () => {
  const twice = order('accept-then-reset=1, hang');
  expect(await wire.submit(twice)).toMatchObject({ outcome: 'unknown' });
  const second = await wire.accept(twice);

  expect(await wire.rendersOf(twice)).toHaveLength(2);
  expect(await wire.lookUp(twice)).toEqual({ outcome: 'found', handle: second });
});

describe('callbacks of the simulator', () => {
  let webhooks: Awaited<ReturnType<StandIn['listen']>>;
  beforeAll(async () => {
    webhooks = await wire.standIn().listen();
  });

  it.each([
    ['', 'succeeded'],
    ['fail', 'failed'],
    ['moderate', 'failed'],
    ['expire', 'failed'],
  ])('%s: come once, at the end, and say %s', async (directive, status) => {
    const told = webhooks.about(order(directive));
    const handle = await wire.accept(told);

    const callbacks = await webhooks.of(told.reference);

    expect(callbacks.map((one) => verifier.parse(one))).toEqual([{ upstreamId: handle['id'], status }]);
  });

  it('tell of a cancel as well', async () => {
    const told = webhooks.about(order('hang'));
    const handle = await wire.accept(told);
    await wire.cancel(handle);
    const [callback] = await webhooks.of(told.reference);
    expect(callback && verifier.parse(callback)).toEqual({ upstreamId: handle['id'], status: 'cancelled' });
  });

  it('are signed with the API key, for this body and this hour', async () => {
    const told = webhooks.about(order());
    await wire.accept(told);

    const [callback] = await webhooks.of(told.reference);

    if (callback === undefined) throw new Error('no callback');
    const now = Date.now();
    expect(verifier.verify(callback, ['old-key', key], now)).toBe('signed');
    expect(verifier.verify(callback, ['old-key'], now)).toBe('forged');
    expect(verifier.verify(callback, [], now)).toBe('hint');
    expect(verifier.verify({ ...callback, body: `${callback.body} ` }, [key], now)).toBe('forged');
    expect(verifier.verify(callback, [key], now + 3_600_000)).toBe('forged');
  });

  it('of somebody else are forged', async () => {
    const told = webhooks.about(order('forged-callback'));
    await wire.accept(told);

    const [forged, genuine] = await webhooks.of(told.reference, 2);

    expect(forged && verifier.verify(forged, [key], Date.now())).toBe('forged');
    expect(genuine && verifier.verify(genuine, [key], Date.now())).toBe('signed');
  });
});
