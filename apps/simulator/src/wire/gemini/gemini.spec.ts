import { createHash, createPublicKey, verify } from 'node:crypto';
import { forgersSecret } from '../../callback/message.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { keySet } from './signing.js';
import { geminiWire, isActive, processingMs, viewOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(createBody, body), 'acc', 'http://sim');
const png = 'iVBORw0KGgo=';
const format = { type: 'video', aspect_ratio: '16:9', resolution: '720p', duration: '6s', delivery: 'uri' };
const omni = (more: object = {}) => ({
  model: 'gemini-omni-1.1-flash',
  background: true,
  input: [
    { type: 'image', data: png, mime_type: 'image/png' },
    { type: 'text', text: 'make it snow' },
  ],
  response_format: format,
  ...more,
});
const hook = { uris: ['https://gw.example/cb/tok_1'], user_metadata: { reference: 'att_1' } };
const snow = order(omni({ webhook_config: hook }));

it('reads a create; the reference is in the metadata, else at the end of the webhook', () => {
  expect(snow).toMatchObject({
    clientReference: 'att_1',
    size: { width: 1280, height: 720 },
    durationMs: 6000,
    audio: true,
    prompt: 'make it snow',
    inputs: [`image/png sha256:${createHash('sha256').update(Buffer.from(png, 'base64')).digest('hex')}`],
  });
  expect(order(omni({ webhook_config: { uris: hook.uris } })).clientReference).toBe('tok_1');
  expect(order(omni()).clientReference).toBeUndefined();
});

it('renders, and would bill, an empty input', () => {
  expect(order(omni({ input: '' }))).toMatchObject({ prompt: '', inputs: [] });
});

it('takes fractions of seconds, and ten of them when none are said', () => {
  expect(order(omni({ response_format: { ...format, duration: '3.5s' } })).durationMs).toBe(3500);
  expect(order(omni({ response_format: { ...format, duration: undefined } })).durationMs).toBe(10_000);
});

const image = { type: 'image', data: png, mime_type: 'image/png' };
it.each([
  ['a wrong name', omni({ inputs: [] }), "Unknown parameter 'inputs'"],
  ['roles', omni({ input: [{ type: 'text', text: 'x', role: 'user' }] }), "Unknown parameter 'input.0.role'"],
  ['a number of seconds', omni({ response_format: { ...format, duration: 6 } }), 'response_format.duration'],
  ['too many seconds', omni({ response_format: { ...format, duration: '11s' } }), 'response_format.duration'],
  ['a square', omni({ response_format: { ...format, aspect_ratio: '1:1' } }), 'response_format.aspect_ratio'],
  ['a size', omni({ response_format: { ...format, resolution: '480p' } }), 'response_format.resolution'],
  ['waiting for it', omni({ background: false }), 'background'],
  ['a seed', omni({ response_format: { ...format, seed: 7 } }), "Unknown parameter 'response_format.seed'"],
  ['four images', omni({ input: [image, image, image, image] }), 'input'],
  ['an image without type', omni({ input: [{ type: 'image', data: png }] }), 'input: Invalid input'],
  ['bytes that are no base64', omni({ input: [{ ...image, data: 'data:image/png;base64,AA' }] }), 'input.0.data'],
  ['data and uri', omni({ input: [{ ...image, uri: 'files/a' }] }), 'input.0'],
  ['a bucket', omni({ response_format: { ...format, gcs_uri: 'gs://b' } }), "'response_format.gcs_uri'"],
])('refuses %s', (_, body, words) => {
  const reply = refuse(refusalOf(() => order(body)));
  expect(reply).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
  expect(JSON.stringify(reply.body)).toContain(words);
});

it('speaks as the service, or as what stands before it', () => {
  expect(refuse(refusalOf(() => order(omni({ model: 'gemini-omni-flash-preview' }))))).toEqual({
    status: 404,
    body: { error: { code: 'not_found', message: 'models/gemini-omni-flash-preview is no longer available.' } },
  });
  expect(refuse(new Refusal('bad_credentials', 'no'))).toEqual({
    status: 403,
    body: [{ error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } }],
  });
  expect(refuse(new Refusal('not_found', 'no'))).toMatchObject({
    status: 400,
    body: { error: { message: 'Invalid interaction name' } },
  });
  expect(refuse(new Refusal('moderated', 'no'))).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_request', status: 'PROHIBITED_CONTENT' } },
  });
});

it('shows an interaction that completed', () => {
  expect(viewOf(seenAs('succeeded', snow, 'v1_abc'))).toEqual({
    id: 'v1_abc',
    object: 'interaction',
    model: 'gemini-omni-1.1-flash',
    status: 'completed',
    created: '2026-01-02T03:04:05.678Z',
    updated: '2026-01-02T03:04:16.678Z',
    steps: [
      {
        type: 'model_output',
        content: [
          {
            type: 'video',
            mime_type: 'video/mp4',
            uri: 'http://sim/gemini/v1beta/files/abc:download?alt=media',
          },
        ],
      },
    ],
    usage: {
      total_input_tokens: 310,
      total_output_tokens: 35_010,
      output_tokens_by_modality: [{ modality: 'video', tokens: 34_752 }],
    },
  });
});

it('refuses content with a success that has only words', () => {
  const shown = viewOf(seenAs('moderated', snow));
  expect(shown).toMatchObject({ status: 'completed', steps: [{ content: [{ type: 'text' }] }] });
  expect(shown.usage).toEqual({ total_output_tokens: 12 });
});

it.each([
  ['queued', 'queued', undefined],
  ['running', 'in_progress', undefined],
  ['failed', 'failed', 'internal_error'],
  ['expired', 'failed', 'too_many_requests'],
  ['cancelled', 'cancelled', undefined],
] as const)('shows %s as %s', (phase, status, code) => {
  const shown = viewOf(seenAs(phase, snow));
  expect(shown).toMatchObject({ status, ...(code !== undefined && { error: { code } }) });
  expect(shown).not.toHaveProperty('steps');
});

it('has the file a moment after the interaction', () => {
  const seen = seenAs('succeeded', snow);
  expect(isActive(seen, seen.state.since + processingMs - 1)).toBe(false);
  expect(isActive(seen, seen.state.since + processingMs)).toBe(true);
  expect(isActive(seenAs('running', snow), Date.now())).toBe(false);
});

it('calls back thinly, with a JWT made out to the address', () => {
  const { render, state } = seenAs('failed', snow, 'v1_abc');
  const now = Date.UTC(2026, 10, 20, 10, 1);
  const news = { render, state, url: 'https://gw.example/cb/tok_1', now };
  const { headers = {}, body = '' } = geminiWire.callback?.({ ...news, secret: 'key' }) ?? {};
  expect(JSON.parse(body)).toEqual({
    type: 'interaction.failed',
    version: 'v1',
    timestamp: '2026-11-20T10:01:00.000Z',
    data: { id: 'v1_abc', error_code: 'internal_error', error_message: 'The video could not be generated.' },
    user_metadata: { reference: 'att_1' },
  });
  const isOurs = (token = '') => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const [jwk] = keySet().keys;
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'RS256', kid: jwk?.kid });
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ aud: news.url });
    const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
    return verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  };
  expect(isOurs(headers['webhook-signature'])).toBe(true);
  const forged = geminiWire.callback?.({ ...news, secret: forgersSecret });
  expect(isOurs(forged?.headers['webhook-signature'])).toBe(false);
});
