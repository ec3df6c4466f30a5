import { generateKeyPairSync } from 'node:crypto';
import { adapters } from '@videoapi/providers';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const veo = adapters['google-veo']!;
const model = 'veo-3.1-generate-001';
const place = '/vertex/v1/projects/p/locations/us-central1/publishers/google/models';
let standIn: StandIn;

/** A service account as Google hands it out. The simulator takes the public key for the id of the key. */
function serviceAccount(changes: object = {}): string {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return JSON.stringify({
    type: 'service_account',
    client_email: 'videoapi@p.iam.gserviceaccount.com',
    private_key_id: publicKey.toString('base64url'),
    private_key: privateKey,
    token_uri: 'http://127.0.0.1:9/elsewhere',
    ...changes,
  });
}

beforeAll(async () => {
  standIn = await openStandIn({
    secrets: {
      KEY: serviceAccount(),
      BAD: serviceAccount({ client_email: 'bad-account@p.iam.gserviceaccount.com' }),
      FORGED: serviceAccount({ private_key_id: 'deleted' }),
      NO_KEY: '{"client_email":"x"}',
    },
  });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY', id = 'sim-google-veo') =>
  standIn.channel('google-veo', place, {
    id,
    credentials: { serviceAccount: `env:${credential}` },
    options: {
      storageUri: 'gs://gw-out/veo',
      hosts: { oauth: `${standIn.url}/vertex`, storage: `${standIn.url}/vertex` },
    },
  });
const submit = (...order: Parameters<typeof orderOf>) => standIn.runtime.submit(veo, channel(), orderOf(...order));
const accepted = (...order: Parameters<typeof orderOf>) => standIn.accept(veo, channel(), orderOf(...order));
const short = { duration: 4 };

it('renders what was ordered, out of the bucket', async () => {
  const order = orderOf(model, { duration: 6, generateAudio: true, aspectRatio: '9:16' });
  const handle = await standIn.accept(veo, channel(), order);

  const { end } = await standIn.settle(veo, channel(), handle);

  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 720, height: 1280, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(6, 0);
  expect(await standIn.renders(order.reference)).toHaveLength(1);
});

it.each(['queue=60000', 'hang'])('%s: is running, for there is no other word', async (script) => {
  const handle = await accepted(model, short, script);
  expect(await standIn.runtime.poll(veo, channel(), handle)).toEqual({ state: 'running' });
});

it('carries pictures in the body', async () => {
  const source = orderOf(model, short);
  const handle = await standIn.accept(veo, channel(), source);
  await standIn.settle(veo, channel(), handle);
  const [made] = await standIn.renders(source.reference);
  const picture = `${standIn.url}/files/${made?.id}.png`;
  // Drawn when it is first asked for, which may take longer than a call.
  expect((await fetch(picture)).status).toBe(200);
  const modes = [
    { type: 'image-to-video', firstFrame: picture, lastFrame: picture, ...short },
    { type: 'image-to-video', images: [picture], ...short },
    { type: 'reference-to-video', images: [picture, picture, picture], duration: 8 },
  ] as const;

  for (const mode of modes) {
    const order = orderOf(model, { ...mode, images: 'images' in mode ? [...mode.images] : [] }, 'hang');
    const outcome = await standIn.runtime.submit(veo, channel(), order);
    expect(outcome).toMatchObject({ outcome: 'accepted' });
    const [render] = await standIn.renders(order.reference);
    expect(render?.inputs).toHaveLength('images' in mode ? mode.images.length : 2);
    expect(render?.inputs[0]).toMatch(/^image\/png;base64 of \d{4,}$/);
  }
  const missing = { type: 'image-to-video', firstFrame: `${standIn.url}/files/none.png`, ...short } as const;
  expect(await submit(model, missing)).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each([
  ['429', { code: 'rate_limited', retryAfterMs: 1_000 }],
  ['no-balance', { code: 'channel_balance' }],
  ['bad-credentials', { code: 'channel_credentials' }],
  ['moderate-prompt', { code: 'content_rejected' }],
  ['invalid', { code: 'invalid_request' }],
])('%s is refused as %j', async (directive, failure) => {
  expect(await submit(model, short, directive)).toMatchObject({ outcome: 'refused', failure });
});

it('a token that was refused is minted anew, and the order goes through', async () => {
  expect(await submit(model, short, 'bad-credentials=1, hang')).toMatchObject({ outcome: 'accepted' });
});

it.each(['BAD', 'FORGED', 'NO_KEY', 'NONE'])('%s: no token, nothing was sent', async (credential) => {
  const order = orderOf(model, short);

  const refused = await standIn.runtime.submit(veo, channel(credential), order);

  expect(refused).toMatchObject({ outcome: 'refused', failure: { code: 'channel_credentials' } });
  expect(JSON.stringify(refused)).not.toContain('PRIVATE');
  expect(await standIn.renders(order.reference)).toEqual([]);
});

it('a model that is retired and a size that needs more seconds are refused', async () => {
  expect(await submit('veo-3.0-generate-001', short)).toMatchObject({ failure: { code: 'provider_error' } });
  const large = { ...short, resolution: '1080p' };
  expect(await submit(model, large)).toMatchObject({ failure: { code: 'invalid_request' } });
});

it.each(['timeout', 'accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s: nobody knows, and nobody can be asked',
  async (directive) => {
    const order = orderOf(model, short, `${directive}, hang`);
    expect(await standIn.runtime.submit(veo, channel(), order)).toMatchObject({ outcome: 'unknown' });
    const seen = await standIn.runtime.lookUp(veo, channel(), { ...order, callAgeMs: 60_000 });
    expect(seen).toMatchObject({ outcome: 'cannot_tell' });
  },
);

it.each([
  ['fail', 'provider_error'],
  ['moderate', 'content_rejected'],
  ['expire', 'provider_error'],
])('%s: ends as %s', async (directive, code) => {
  const { end } = await standIn.settle(veo, channel(), await accepted(model, short, directive));

  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it('what cannot be read changes nothing', async () => {
  const script = 'hang, malformed=1, poll-429=1, poll-5xx=1, unknown-status=1';
  const handle = await accepted(model, short, script);
  const seen = [];
  for (let look = 0; look < 5; look += 1) seen.push(await standIn.runtime.poll(veo, channel(), handle));

  expect(seen.slice(0, 3).map(({ state }) => state)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  expect(seen.slice(3)).toEqual([{ state: 'running', unknownStatus: 'done: "simmering"' }, { state: 'running' }]);
});

it('is gone when Google says so, and cannot be stopped', async () => {
  const handle = await accepted(model, short, 'gone, hang');

  expect(await standIn.runtime.poll(veo, channel(), handle)).toEqual({ state: 'gone' });
  expect(await standIn.runtime.cancel(veo, channel(), handle)).toBe('unsupported');
});

it('reads nothing out of another folder, and nothing without the key', async () => {
  const handle = await accepted(model, short);
  const { end } = await standIn.settle(veo, channel(), handle);
  if (end.state !== 'succeeded') throw new Error(end.state);
  const [output] = end.outputs;
  if (output?.kind !== 'download') throw new Error(output?.kind);

  const elsewhere = await standIn.runtime.poll(veo, channel(), { ...handle, folder: 'gs://gw-out/veo/another/' });
  expect(elsewhere).toMatchObject({ state: 'unreadable' });
  const keyless = await standIn.downloads.open(veo, channel(), { ...output.call, auth: { put: 'none' } });
  expect(keyless).toEqual({ kind: 'unavailable', reason: 'status 401' });
});
