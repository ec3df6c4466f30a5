import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { eventually } from '@videoapi/testing';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const omni = adapters['gemini-omni']!;
const verifier = callbackVerifiers['gemini-omni']!;
const model = 'gemini-omni-1.1-flash';
let standIn: StandIn;
let assets: Awaited<ReturnType<typeof serveAssets>>;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'goog-key', BAD: 'bad-key' } });
  assets = await serveAssets();
});
afterAll(async () => {
  await assets.close();
  await standIn.close();
});

const channel = (credential = 'KEY') =>
  standIn.channel('gemini-omni', '/gemini/v1beta', { credentials: { apiKey: `env:${credential}` } });
const short = { duration: 3, resolution: '360p' };

const accepted = (order: ReturnType<typeof orderOf>) => standIn.accept(omni, channel(), order);

it('renders what was ordered; the file is there a moment later, for the key alone', async () => {
  const handle = await accepted(orderOf(model, { ...short, aspectRatio: '9:16' }, 'queue=150, slow=300'));

  const { end, states } = await standIn.settle(omni, channel(), handle);

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  expect(end).toMatchObject({ usage: { tokens: 3 * 5_792 } });
  const output = end.state === 'succeeded' ? end.outputs[0] : undefined;
  if (output?.kind !== 'download') throw new Error(JSON.stringify(end));
  const film = await eventually(() => standIn.watch(channel(), end), { timeoutMs: 5_000 });
  expect(film).toMatchObject({ width: 360, height: 640, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(3, 0);
  const other = await standIn.downloads.open(omni, channel('BAD'), output.call);
  expect(other).toEqual({ kind: 'unavailable', reason: 'status 403' });
});

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
  const webhooks = await standIn.listen();
  const url = (name: string) => `${assets.url}/${name}`;
  const request = Object.fromEntries(
    Object.entries(media).map(([field, names]) => [field, Array.isArray(names) ? names.map(url) : url(String(names))]),
  );
  const order = orderOf(model, { ...short, ...type, ...request, prompt: 'p' });

  await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  const digests = inputs.map((name) => `${assets.typeOf(name)} sha256:${assets.digestOf(name)}`);
  expect(await standIn.renders(order.reference)).toMatchObject([{ inputs: digests, prompt }]);
  await webhooks.close();
});

it("an image that cannot be fetched is the request's fault, and nothing is sent", async () => {
  const order = orderOf(model, { ...short, type: 'image-to-video', firstFrame: `${assets.url}/missing.png` });
  const refused = await standIn.runtime.submit(omni, channel(), order);
  expect(refused).toMatchObject({ outcome: 'refused', failure: { code: 'invalid_request' } });
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s', async (directive, code) => {
  const refused = await standIn.runtime.submit(omni, channel(), orderOf(model, short, directive));
  expect(refused).toMatchObject({ outcome: 'refused', failure: { code } });
});

it('a wrong key, a model that is gone and a length that it lacks are refused', async () => {
  const wrong = await standIn.runtime.submit(omni, channel('BAD'), orderOf(model, short));
  expect(wrong).toMatchObject({ failure: { code: 'channel_credentials' } });
  const gone = await standIn.runtime.submit(omni, channel(), orderOf('gemini-omni-flash-preview', short));
  expect(gone).toMatchObject({ failure: { code: 'provider_error' } });
  const long = await standIn.runtime.submit(omni, channel(), orderOf(model, { duration: 11 }));
  expect(long).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([['accept-then-timeout'], ['accept-then-reset'], ['accept-then-5xx'], ['accept-then-malformed']])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, directive);
    expect(await standIn.runtime.submit(omni, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(omni, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['expire', 'rate_limited'],
  ['moderate', 'content_rejected'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(omni, channel(), await accepted(orderOf(model, short, directive)));
  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('cancels what runs, and not what has ended', async () => {
  const running = await accepted(orderOf(model, short, 'slow=60000'));
  expect(await standIn.runtime.cancel(omni, channel(), running)).toBe('cancelled');
  expect((await standIn.settle(omni, channel(), running)).end).toMatchObject({ failure: { code: 'cancelled' } });

  const ended = await accepted(orderOf(model, short, 'fail'));
  await standIn.settle(omni, channel(), ended);
  expect(await standIn.runtime.cancel(omni, channel(), ended)).toBe('too_late');
});

it('what cannot be read changes nothing, an unknown id included', async () => {
  const script = 'slow=30000, malformed=1, poll-429=1, poll-5xx=1, gone=1, unknown-status=1';
  const handle = await accepted(orderOf(model, short, script));
  const seen = [];
  for (let look = 0; look < 6; look += 1) seen.push(await standIn.runtime.poll(omni, channel(), handle));

  expect(seen.slice(0, 4).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable', 'unreadable']);
  expect(seen.slice(4)).toEqual([{ state: 'running', unknownStatus: 'simmering' }, { state: 'running' }]);
});

it('calls back with a JWT that verifies for this address and this hour', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(model, short);
  const handle = await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  const [callback] = await webhooks.of(order.reference);

  const keys = await (await fetch(`${standIn.url}/gemini/.well-known/jwks.json`)).text();
  const now = Date.now();
  if (callback === undefined) throw new Error('no callback');
  expect(verifier.parse(callback)).toEqual({ upstreamId: handle['id'], status: 'interaction.completed' });
  expect(verifier.verify(callback, [keys], now)).toBe('signed');
  expect(verifier.verify(callback, [], now)).toBe('hint');
  expect(verifier.verify({ ...callback, path: `${callback.path}x` }, [keys], now)).toBe('forged');
  expect(verifier.verify(callback, [keys], now + 3_600_000)).toBe('forged');
  await webhooks.close();
});

it('a callback of somebody else is forged', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(model, short, 'forged-callback');
  await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  const [forged, genuine] = await webhooks.of(order.reference, 2);

  const keys = await (await fetch(`${standIn.url}/gemini/.well-known/jwks.json`)).text();
  expect(forged && verifier.verify(forged, [keys], Date.now())).toBe('forged');
  expect(genuine && verifier.verify(genuine, [keys], Date.now())).toBe('signed');
  await webhooks.close();
});

/** Customers' media: whatever name is asked for, its bytes are made of it. */
async function serveAssets() {
  const bytesOf = (name: string) => Buffer.from(`these are the bytes of ${name}`);
  const typeOf = (name: string) => (name.endsWith('.png') ? 'image/png' : 'video/mp4');
  const server: Server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1);
    if (name.startsWith('missing')) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': typeOf(name) }).end(bytesOf(name));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    typeOf,
    digestOf: (name: string) => createHash('sha256').update(bytesOf(name)).digest('hex'),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
