import { generateKeyPairSync } from 'node:crypto';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals } from './wire-table.js';

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

const credentials = (name: string) => ({ serviceAccount: `env:${name}` });
const wire = openWire('google-veo', '/vertex/v1/projects/p/locations/us-central1/publishers/google/models', {
  secrets: {
    KEY: serviceAccount(),
    BAD: serviceAccount({ client_email: 'bad-account@p.iam.gserviceaccount.com' }),
    FORGED: serviceAccount({ private_key_id: 'deleted' }),
    NO_KEY: '{"client_email":"x"}',
  },
  channel: (url) => ({
    credentials: credentials('KEY'),
    options: { storageUri: 'gs://gw-out/veo', hosts: { oauth: `${url}/vertex`, storage: `${url}/vertex` } },
  }),
});
const model = 'veo-3.1-generate-001';
const short = { duration: 4 };
const order = (directives?: string) => orderOf(model, short, directives);

testWire('google-veo', wire, {
  order,
  carriesReference: true,
  handle: ({ id, clientReference }) => ({
    id: expect.stringMatching(`/operations/${id}$`),
    model,
    folder: `gs://gw-out/veo/${clientReference}/`,
  }),
  film: {
    order: (directives) => orderOf(model, { duration: 6, generateAudio: true, aspectRatio: '9:16' }, directives),
    width: 720,
    height: 1280,
    seconds: 6,
    hasAudio: true,
  },
  // Below: pictures are in the body.
  modes: { 'a seed': [orderOf(model, { ...short, seed: 7 }), { seed: 7 }] },
  wrongKeys: {
    'an account that is not there': { credentials: credentials('BAD') },
    'a key that was deleted': { credentials: credentials('FORGED') },
    'an account without a key': { credentials: credentials('NO_KEY') },
    'no account': { credentials: credentials('NONE') },
  },
  refusals: {
    ...usualRefusals,
    '429': { code: 'rate_limited', message: expect.any(String), retryAfterMs: 1_000 },
  },
  lacks: {
    'a model that is retired': [orderOf('veo-3.0-generate-001', short), 'provider_error'],
    'a size that needs more seconds': [orderOf(model, { ...short, resolution: '1080p' }), 'invalid_request'],
  },
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: { ...usualLooks, 'unknown-status': { state: 'running', unknownStatus: 'done: "simmering"' } },
});

it('carries pictures in the body', async () => {
  const source = orderOf(model, short);
  await wire.settle(await wire.accept(source));
  const [made] = await wire.rendersOf(source);
  const picture = `${wire.standIn().url}/files/${made?.id}.png`;
  // Drawn when it is first asked for, which may take longer than a call.
  expect((await fetch(picture)).status).toBe(200);
  const modes = [
    { type: 'image-to-video', firstFrame: picture, lastFrame: picture, ...short },
    { type: 'image-to-video', images: [picture], ...short },
    { type: 'reference-to-video', images: [picture, picture, picture], duration: 8 },
  ] as const;

  for (const mode of modes) {
    const pictured = orderOf(model, { ...mode, images: 'images' in mode ? [...mode.images] : [] }, 'hang');
    expect(await wire.submit(pictured)).toMatchObject({ outcome: 'accepted' });
    const [render] = await wire.standIn().renders(pictured.reference);
    expect(render?.inputs).toHaveLength('images' in mode ? mode.images.length : 2);
    expect(render?.inputs[0]).toMatch(/^image\/png;base64 of \d{4,}$/);
  }
  const missing = { type: 'image-to-video', firstFrame: `${wire.standIn().url}/files/none.png`, ...short } as const;
  expect(await wire.submit(orderOf(model, missing))).toMatchObject({ failure: { code: 'invalid_request' } });
});

it('a token that was refused is minted anew, and the order goes through', async () => {
  expect(await wire.submit(order('bad-credentials=1, hang'))).toMatchObject({ outcome: 'accepted' });
});

it.each(['BAD', 'FORGED', 'NO_KEY', 'NONE'])('%s: no token, and no word of the key in the refusal', async (name) => {
  const refused = await wire.submit(order(), wire.channel({ credentials: credentials(name) }));

  expect(refused).toMatchObject({ outcome: 'refused' });
  expect(JSON.stringify(refused)).not.toContain('PRIVATE');
});

it('reads nothing out of another folder, and nothing without the key', async () => {
  const handle = await wire.accept(order());
  const { end } = await wire.settle(handle);
  if (end.state !== 'succeeded') throw new Error(end.state);
  const [output] = end.outputs;
  if (output?.kind !== 'download') throw new Error(output?.kind);

  const elsewhere = await wire.poll({ ...handle, folder: 'gs://gw-out/veo/another/' });
  expect(elsewhere).toMatchObject({ state: 'unreadable' });
  const keyless = { ...output.call, auth: { put: 'none' } } as const;
  expect(await wire.standIn().downloads.open(wire.adapter, wire.channel(), keyless)).toEqual({
    kind: 'unavailable',
    reason: 'status 401',
  });
});
