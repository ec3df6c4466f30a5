import { createHash } from 'node:crypto';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { serve } from '@videoapi/testing';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, unreadable, usualLooks, usualRefusals, wrongKey } from './wire-table.js';

const verifier = callbackVerifiers['gemini-omni']!;
const wire = openWire('gemini-omni', '/gemini/v1beta');
const model = 'gemini-omni-1.1-flash';
const short = { duration: 3, resolution: '360p' };
const order = (directives?: string) => orderOf(model, short, directives);

testWire('gemini-omni', wire, {
  order,
  carriesReference: false,
  film: {
    order: (directives) => orderOf(model, { ...short, aspectRatio: '9:16' }, directives),
    width: 360,
    height: 640,
    seconds: 3,
    hasAudio: true,
    shows: { usage: { tokens: 3 * 5_792 } },
    isLate: true,
  },
  // Below: media are in the body.
  modes: {},
  wrongKeys: wrongKey,
  refusals: usualRefusals,
  lacks: {
    'a model that is gone': [orderOf('gemini-omni-flash-preview', short), 'provider_error'],
    'eleven seconds': [orderOf(model, { duration: 11 }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  // It accepts first, and then meets its own limit.
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'rate_limited' },
  // Of an id that it does not know it says what it says of a wrong request.
  looks: { ...usualLooks, gone: unreadable },
});

it('has the file for its own key alone', async () => {
  const { end } = await wire.settle(await wire.accept(order()));

  const output = end.state === 'succeeded' ? end.outputs[0] : undefined;
  if (output?.kind !== 'download') throw new Error(JSON.stringify(end));
  const other = wire.channel({ credentials: { apiKey: 'env:BAD' } });
  expect(await wire.standIn().downloads.open(wire.adapter, other, output.call)).toEqual({
    kind: 'unavailable',
    reason: 'status 403',
  });
});

describe("customers' media", () => {
  let assets: Awaited<ReturnType<typeof serveAssets>>;
  beforeAll(async () => {
    assets = await serveAssets();
  });
  afterAll(() => assets.close());

  it.each([
    ['a first frame', { type: 'image-to-video' }, { firstFrame: 'a.png' }, ['a.png'], 'p'],
    [
      'both frames',
      { type: 'image-to-video' },
      { firstFrame: 'a.png', lastFrame: 'b.png' },
      ['a.png', 'b.png'],
      '<FIRST_FRAME> <LAST_FRAME>\np',
    ],
    [
      'references',
      { type: 'reference-to-video' },
      { images: ['a.png', 'b.png'], videos: ['v.mp4'] },
      ['a.png', 'b.png', 'v.mp4'],
      '<IMAGE_REF_0> <IMAGE_REF_1> <VIDEO_REF_0>\np',
    ],
    ['an edit', { type: 'video-edit' }, { videos: ['v.mp4'] }, ['v.mp4'], 'p'],
  ] as const)('carries the bytes of %s', async (_, type, media, inputs, prompt) => {
    const webhooks = await wire.standIn().listen();
    const url = (name: string) => `${assets.url}/${name}`;
    const request = Object.fromEntries(
      Object.entries(media).map(([field, names]) => [
        field,
        Array.isArray(names) ? names.map(url) : url(String(names)),
      ]),
    );
    const told = webhooks.about(orderOf(model, { ...short, ...type, ...request, prompt: 'p' }));

    await wire.accept(told);

    const digests = inputs.map((name) => `${assets.typeOf(name)} sha256:${assets.digestOf(name)}`);
    expect(await wire.standIn().renders(told.reference)).toMatchObject([{ inputs: digests, prompt }]);
  });

  it("an image that cannot be fetched is the request's fault, and nothing is sent", async () => {
    const firstFrame = `${assets.url}/missing.png`;
    const refused = await wire.submit(orderOf(model, { ...short, type: 'image-to-video', firstFrame }));
    expect(refused).toMatchObject({ outcome: 'refused', failure: { code: 'invalid_request' } });
  });
});

it('cancels what runs, and not what has ended', async () => {
  const running = await wire.accept(order('slow=60000'));
  expect(await wire.cancel(running)).toBe('cancelled');
  expect((await wire.settle(running)).end).toMatchObject({ failure: { code: 'cancelled' } });

  const ended = await wire.accept(order('fail'));
  await wire.settle(ended);
  expect(await wire.cancel(ended)).toBe('too_late');
});

it('calls back with a JWT that verifies for this address and this hour', async () => {
  const webhooks = await wire.standIn().listen();
  const told = webhooks.about(order());
  const handle = await wire.accept(told);

  const [callback] = await webhooks.of(told.reference);

  const keys = await (await fetch(`${wire.standIn().url}/gemini/.well-known/jwks.json`)).text();
  const now = Date.now();
  if (callback === undefined) throw new Error('no callback');
  expect(verifier.parse(callback)).toEqual({ upstreamId: handle['id'], status: 'interaction.completed' });
  expect(verifier.verify(callback, [keys], now)).toBe('signed');
  expect(verifier.verify(callback, [], now)).toBe('hint');
  expect(verifier.verify({ ...callback, path: `${callback.path}x` }, [keys], now)).toBe('forged');
  expect(verifier.verify(callback, [keys], now + 3_600_000)).toBe('forged');
});

it('a callback of somebody else is forged', async () => {
  const webhooks = await wire.standIn().listen();
  const told = webhooks.about(order('forged-callback'));
  await wire.accept(told);

  const [forged, genuine] = await webhooks.of(told.reference, 2);

  const keys = await (await fetch(`${wire.standIn().url}/gemini/.well-known/jwks.json`)).text();
  expect(forged && verifier.verify(forged, [keys], Date.now())).toBe('forged');
  expect(genuine && verifier.verify(genuine, [keys], Date.now())).toBe('signed');
});

/** Customers' media: whatever name is asked for, its bytes are made of it. */
async function serveAssets() {
  const bytesOf = (name: string) => Buffer.from(`these are the bytes of ${name}`);
  const typeOf = (name: string) => (name.endsWith('.png') ? 'image/png' : 'video/mp4');
  const { url, close } = await serve((request, response) => {
    const name = (request.url ?? '').slice(1);
    if (name.startsWith('missing')) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': typeOf(name) }).end(bytesOf(name));
  });
  return {
    url,
    close,
    typeOf,
    digestOf: (name: string) => createHash('sha256').update(bytesOf(name)).digest('hex'),
  };
}
