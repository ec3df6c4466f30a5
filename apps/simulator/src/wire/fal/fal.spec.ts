import { createHash, createPublicKey, verify } from 'node:crypto';
import { forgersSecret } from '../../callback/message.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { orderOf } from './schema.js';
import { keySet } from './signing.js';
import { createdOf, falWire, resultOf, statusOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim', callbackUrl: 'https://gw.example/cb/tok_1' };
const order = (model: string, body: unknown) => orderOf(model, body, caller);
const veo = 'fal-ai/veo3.1';
const kling = 'fal-ai/kling-video/v2.5-turbo/pro';
const prompt = 'a paper boat';
const [a, b] = ['https://ex.com/a.png', 'https://ex.com/b.png'];
const boat = order(`${veo}/image-to-video`, { prompt, image_url: a, duration: '8s' });
const url = 'http://sim/fal/fal-ai/veo3.1/requests/764c';
const addresses = {
  request_id: '764c',
  response_url: url,
  status_url: `${url}/status`,
  cancel_url: `${url}/cancel`,
};

it('reads a submit; the reference is the end of the callback URL', () => {
  expect(boat).toMatchObject({
    clientReference: 'tok_1',
    size: { width: 1280, height: 720 },
    durationMs: 8000,
    audio: true,
    inputs: [a],
  });
  expect(orderOf(veo, { prompt }, { ...caller, callbackUrl: undefined }).clientReference).toBeUndefined();
  expect(order(`${veo}/fast`, { prompt, generate_audio: false, aspect_ratio: '9:16', duration: '4s' })).toMatchObject({
    size: { width: 720, height: 1280 },
    durationMs: 4000,
    audio: false,
  });
  expect(order(`${veo}/reference-to-video`, { prompt, image_urls: [a, b] }).inputs).toEqual([a, b]);
  const frames = { prompt, first_frame_url: a, last_frame_url: b };
  expect(order(`${veo}/first-last-frame-to-video`, frames).inputs).toEqual([a, b]);
  expect(order(`${kling}/image-to-video`, { prompt, image_url: a, tail_image_url: b, duration: '10' })).toMatchObject({
    durationMs: 10_000,
    audio: false,
    inputs: [a, b],
  });
});

it.each([
  [veo, 'prompt', 'missing', {}],
  [veo, 'duration', 'value_error', { prompt, duration: '5s' }],
  [veo, 'duration', 'value_error', { prompt, duration: 8 }],
  [veo, 'aspect_ratio', 'value_error', { prompt, aspect_ratio: 'auto' }],
  [veo, 'resolution', 'value_error', { prompt, resolution: '480p' }],
  [veo, 'image_url', 'extra_forbidden', { prompt, image_url: a }],
  [`${veo}/image-to-video`, 'image_url', 'missing', { prompt }],
  [`${veo}/image-to-video`, 'image_url', 'value_error', { prompt, image_url: '/a.png' }],
  [`${veo}/reference-to-video`, 'duration', 'value_error', { prompt, image_urls: [a], duration: '4s' }],
  [`${veo}/reference-to-video`, 'seed', 'extra_forbidden', { prompt, image_urls: [a], seed: 1 }],
  [`${kling}/text-to-video`, 'duration', 'value_error', { prompt, duration: '5s' }],
  [`${kling}/text-to-video`, 'resolution', 'extra_forbidden', { prompt, resolution: '720p' }],
  [`${kling}/text-to-video`, 'generate_audio', 'extra_forbidden', { prompt, generate_audio: false }],
  [`${kling}/image-to-video`, 'aspect_ratio', 'extra_forbidden', { prompt, image_url: a, aspect_ratio: '1:1' }],
])('%s: %s is %s', (model, field, type, body) => {
  const reply = refuse(refusalOf(() => order(model, body)));
  expect(reply).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', field], type }] } });
});

it.each([[kling], ['fal-ai/veo9'], ['toString']])('%s is no application', (model) => {
  expect(refuse(refusalOf(() => order(model, { prompt })))).toMatchObject({ status: 404 });
});

it.each([
  ['bad_credentials', 401],
  ['no_balance', 402],
  ['rate_limited', 429],
  ['not_found', 404],
  ['server_error', 500],
] as const)('%s is a %i, with a sentence', (kind, status) => {
  expect(refuse(new Refusal(kind, 'no'))).toMatchObject({ status, body: { detail: expect.any(String) } });
});

it('answers with addresses that leave the rest of the model out', () => {
  expect(createdOf(seenAs('queued', boat, '764c'))).toEqual({ ...addresses, status: 'IN_QUEUE', queue_position: 0 });
});

it.each([
  ['queued', 202, 'IN_QUEUE'],
  ['running', 202, 'IN_PROGRESS'],
  ['succeeded', 200, 'COMPLETED'],
  ['failed', 200, 'COMPLETED'],
  ['moderated', 200, 'COMPLETED'],
] as const)('says of %s: %i %s', (phase, status, word) => {
  expect(statusOf(seenAs(phase, boat, '764c'))).toMatchObject({ status, body: { ...addresses, status: word } });
});

it.each([
  ['running', 400, { detail: 'Request is still in progress' }],
  ['moderated', 422, { detail: [{ type: 'content_policy_violation' }] }],
  ['failed', 503, { error_type: 'runner_disconnected' }],
  ['expired', 504, { error_type: 'request_timeout' }],
  ['cancelled', 499, { error_type: 'client_cancelled' }],
  ['succeeded', 200, { video: { url: 'http://sim/files/764c.mp4', content_type: 'video/mp4', file_size: 1234 } }],
] as const)('the result of %s is a %i', (phase, status, body) => {
  expect(resultOf(seenAs(phase, boat, '764c'))).toMatchObject({ status, body });
});

it.each([
  ['succeeded', 's', true, { status: 'OK', payload: { video: {} } }],
  ['moderated', 's', true, { status: 'ERROR', error: 'Invalid status code: 422' }],
  ['succeeded', forgersSecret, false, { status: 'OK' }],
] as const)('calls back about %s', (phase, secret, isOurs, said) => {
  const now = Date.UTC(2026, 0, 2);
  const message = falWire.callback?.({
    ...seenAs(phase, boat, '764c'),
    url: 'https://gw.example/cb/tok_1',
    secret,
    now,
  });
  const { headers = {}, body = '' } = message ?? {};
  expect(JSON.parse(body)).toMatchObject({ request_id: '764c', ...said });
  const digest = createHash('sha256').update(body).digest('hex');
  const text = `764c\nacc\n${now / 1000}\n${digest}`;
  const [jwk] = keySet().keys;
  const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
  const signature = Buffer.from(headers['X-Fal-Webhook-Signature'] ?? '', 'hex');
  expect(verify(null, Buffer.from(text), key, signature)).toBe(isOurs);
});
