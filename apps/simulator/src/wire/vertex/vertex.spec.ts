import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { Accounts } from '../../http/accounts.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { OAuthTokens } from './tokens.js';
import { idOfObject, samplesOf, vertexWire, viewOf } from './view.js';

const place = { project: 'p', location: 'us-central1', model: 'veo-3.1-generate-001' };
const order = (body: unknown, model = place.model) =>
  orderOf(parseInput(createBody, body), { ...place, model }, { account: 'acc', origin: 'http://sim' });
const storageUri = 'gs://gw-out/job_1/';
const image = { bytesBase64Encoded: 'AAAA', mimeType: 'image/png' };
const asset = { image, referenceType: 'asset' };
const body = (instance: object = {}, parameters: object = {}) => ({
  instances: [{ prompt: 'a kitten yawns', ...instance }],
  parameters: { generateAudio: false, storageUri, ...parameters },
  labels: { reference: 'att_1' },
});

describe('a create', () => {
  it('is read; the reference is a label', () => {
    expect(
      order(body({}, { durationSeconds: 8, resolution: '1080p', aspectRatio: '9:16', generateAudio: true })),
    ).toMatchObject({
      clientReference: 'att_1',
      size: { width: 1080, height: 1920 },
      durationMs: 8000,
      audio: true,
    });
  });

  it.each([
    [{ image }, { durationSeconds: 4 }],
    [{ image, lastFrame: image }, {}],
    [{ image: { gcsUri: 'gs://bucket/a.png', mimeType: 'image/png' } }, {}],
    [{ referenceImages: [asset, asset, asset] }, { durationSeconds: 8 }],
  ])('takes %j %j', (instance, parameters) => {
    expect(order(body(instance, parameters)).inputs.length).toBeGreaterThan(0);
  });

  it.each([
    [{ instances: [], parameters: { generateAudio: true } }],
    [{ instances: [{ prompt: 'a' }], parameters: {} }],
    [{ ...body(), webhookConfig: { uris: [] } }],
    [body({}, { durationSeconds: 5 })],
    [body({}, { durationSeconds: 4, resolution: '1080p' })],
    [body({}, { storageUri: 'https://e.com/bucket' })],
    [body({}, { seconds: 8 })],
    [body({ image: { ...image, gcsUri: 'gs://b/a.png' } })],
    [body({ image: { ...image, mimeType: 'image/webp' } })],
    [body({ image: { bytesBase64Encoded: 'https://e.com/a.png', mimeType: 'image/png' } })],
    [body({ lastFrame: image })],
    [body({ image, referenceImages: [asset] })],
    [body({ referenceImages: [asset] }, { durationSeconds: 4 })],
    [body({ referenceImages: [asset, asset, asset, asset] })],
  ])('does not take %j', (wrong) => {
    expect(refuse(refusalOf(() => order(wrong)))).toMatchObject({
      status: 400,
      body: { error: { status: 'INVALID_ARGUMENT' } },
    });
  });

  it('knows no model that is retired', () => {
    expect(refuse(refusalOf(() => order(body(), 'veo-3.0-generate-001')))).toMatchObject({
      status: 404,
      body: { error: { code: 404, status: 'NOT_FOUND' } },
    });
  });
});

describe('an operation', () => {
  const id = '0198a1c2-6b7e-7c3d-9a10-4f5e6d7c8b9a';
  const kitten = order(body({}, { sampleCount: 2 }));
  const name = `projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001/operations/${id}`;

  it.each(['queued', 'running'] as const)('%s is its name', (phase) => {
    expect(viewOf(seenAs(phase, kitten, id))).toEqual({ name });
  });

  it('that succeeded says where the films are, and they are found again by that', () => {
    const seen = seenAs('succeeded', kitten, id);
    const videos = samplesOf(seen.render).map((gcsUri) => ({ gcsUri, mimeType: 'video/mp4' }));
    expect(viewOf(seen)).toMatchObject({ name, done: true, response: { raiMediaFilteredCount: 0, videos } });
    expect(videos).toHaveLength(2);
    expect(videos[1]?.gcsUri).toMatch(/^gs:\/\/gw-out\/job_1\/\d+\/sample_1\.mp4$/);
    expect(idOfObject(videos[0]?.gcsUri?.slice('gs://gw-out/'.length) ?? '')).toBe(id);
    expect(idOfObject('job_1/1234/another.mp4')).toBeUndefined();
  });

  it('without a bucket has the film in it', () => {
    const seen = seenAs('succeeded', order(body({}, { storageUri: undefined })), id);
    expect(viewOf(seen, 'QUJD')).toMatchObject({ response: { videos: [{ bytesBase64Encoded: 'QUJD' }] } });
  });

  it('that was filtered is a response without videos and no error', () => {
    const shown = viewOf(seenAs('moderated', kitten, id));
    expect(shown).toMatchObject({ done: true, response: { raiMediaFilteredCount: 1 } });
    expect(shown).not.toHaveProperty('response.videos');
    expect(shown).not.toHaveProperty('error');
  });

  it.each([
    ['failed', 13],
    ['expired', 4],
    ['cancelled', 1],
  ] as const)('%s is error %i', (phase, code) => {
    expect(viewOf(seenAs(phase, kitten, id))).toMatchObject({ name, done: true, error: { code } });
  });

  it('in a state that no document names', () => {
    expect(viewOf({ ...seenAs('running', kitten, id), oddStatus: true })).toEqual({ name, done: 'simmering' });
  });
});

describe('a token', () => {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const kid = pair.publicKey.toString('base64url');
  const now = 1_790_000_000_000;
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const form = (claims: object = {}, head: object = {}) => {
    const text = `${encode({ alg: 'RS256', typ: 'JWT', kid, ...head })}.${encode({
      iss: 'sim@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: 'https://oauth2.googleapis.com/token',
      iat: 1_790_000_000,
      exp: 1_790_003_600,
      ...claims,
    })}`;
    const signature = sign('sha256', Buffer.from(text), createPrivateKey(pair.privateKey)).toString('base64url');
    return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${text}.${signature}` };
  };
  const tokens = new OAuthTokens(new Accounts(undefined, undefined));

  it('is given for an assertion, and opens the account of its issuer', () => {
    const [one, two] = [tokens.grant(form(), now), tokens.grant(form(), now)];
    if ('error' in one || 'error' in two) throw new Error(JSON.stringify([one, two]));
    expect(one).toMatchObject({ expires_in: 3599, token_type: 'Bearer' });
    const account = tokens.authorize(`Bearer ${one.access_token}`);
    expect(account).toBe(tokens.authorize(`Bearer ${two.access_token}`));
    const other = tokens.grant(form({ iss: 'other@p.iam.gserviceaccount.com' }), now);
    expect('error' in other || tokens.authorize(`Bearer ${other.access_token}`)).not.toBe(account);
  });

  const { assertion, grant_type } = form();
  it.each<[string, unknown, string?]>([
    ['nothing', undefined, 'unsupported_grant_type'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no assertion', { grant_type }],
    ['another signature', { grant_type, assertion: `${assertion.slice(0, -8)}AAAAAAAA` }],
    ['another audience', form({ aud: 'https://elsewhere.example/token' })],
    ['another scope', form({ scope: 'openid' })],
    ['a long life', form({ exp: 1_790_010_000 })],
    ['an old assertion', form({ iat: 1_789_000_000, exp: 1_789_003_600 })],
    ['an account that is refused', form({ iss: 'bad-account' })],
    ['no algorithm', form({}, { alg: 'none' })],
    ['a key that nobody knows', form({}, { kid: 'somebody' })],
  ])('is not given for %s', (_, given, error = 'invalid_grant') => {
    expect(tokens.grant(given, now)).toMatchObject({ error });
  });

  it.each([undefined, 'Bearer sk-any', 'Bearer ya29.unknown'])('%s is none', (header) => {
    expect(refuse(refusalOf(() => tokens.authorize(header)))).toMatchObject({
      status: 401,
      body: { error: { status: 'UNAUTHENTICATED' } },
    });
  });
});

it.each([
  ['rate_limited', 429, 'RESOURCE_EXHAUSTED'],
  ['no_balance', 403, 'PERMISSION_DENIED'],
  ['overloaded', 503, 'UNAVAILABLE'],
  ['moderated', 400, 'INVALID_ARGUMENT'],
] as const)('%s is %i %s', (kind, status, word) => {
  expect(refuse(new Refusal(kind, 'x'))).toMatchObject({ status, body: { error: { code: status, status: word } } });
  expect(vertexWire.announces).toBe('nothing');
});
