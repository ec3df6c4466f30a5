import { createHmac } from 'node:crypto';
import { forgersSecret } from '../../callback/message.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { deployment, officialModel } from './models.js';
import { orderOf, versionIn } from './schema.js';
import { replicateWire, viewOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim', cancelAfter: undefined };
const order = (name: string, input: unknown, rest: object = {}) =>
  orderOf(officialModel(name), { input, ...rest }, caller);
const [veo, fast, kling] = ['google/veo-3.1', 'google/veo-3.1-fast', 'kwaivgi/kling-v2.5-turbo-pro'];
const prompt = 'a paper boat';
const [a, b] = ['https://ex.com/a.png', 'https://ex.com/b.png'];
const webhook = 'https://gw.example/cb/tok_1';
const boat = order(veo, { prompt, image: a, duration: 8, resolution: '720p' }, { webhook });
const sentAt = Date.UTC(2026, 0, 2, 3, 5);
const version = '0f'.repeat(32);

it('reads a submit; the reference is the end of the webhook', () => {
  expect(boat).toMatchObject({
    clientReference: 'tok_1',
    size: { width: 1280, height: 720 },
    durationMs: 8000,
    audio: true,
    inputs: [a],
  });
  expect(order(veo, { prompt }).clientReference).toBeUndefined();
  expect(order(veo, { prompt, reference_images: [a, b] }).inputs).toEqual([a, b]);
  expect(order(fast, { prompt, image: a, last_frame: b }).inputs).toEqual([a, b]);
  expect(order(kling, { prompt, start_image: a, end_image: b, duration: 10 })).toMatchObject({
    durationMs: 10_000,
    audio: false,
    inputs: [a, b],
  });
});

it('knows community models by their version, and deployments by name', () => {
  const { model, rest } = versionIn({ version, input: { prompt, duration: 3 } });
  expect(orderOf(model, rest, caller)).toMatchObject({ model: 'acme/films', durationMs: 3000 });
  expect(orderOf(deployment('acme/films'), { input: { prompt } }, caller).echo).toMatchObject({ output: 'files' });
  expect(refuse(refusalOf(() => versionIn({ input: { prompt } })))).toMatchObject({ status: 422 });
});

it.each([
  [veo, 'input.prompt', 'required', {}],
  [veo, 'input.duration', 'invalid_value', { prompt, duration: 5 }],
  [veo, 'input.duration', 'invalid_value', { prompt, duration: '8' }],
  [veo, 'input.aspect_ratio', 'invalid_value', { prompt, aspect_ratio: 'auto' }],
  [veo, 'input.image', 'invalid_value', { prompt, image: '/a.png' }],
  [fast, 'input.reference_images', 'additional_property_not_allowed', { prompt, reference_images: [a] }],
  [kling, 'input.image', 'additional_property_not_allowed', { prompt, image: a }],
  [kling, 'input.resolution', 'additional_property_not_allowed', { prompt, resolution: '720p' }],
])('%s: %s is %s', (name, field, type, input) => {
  const reply = refuse(refusalOf(() => order(name, input)));
  expect(reply).toMatchObject({ status: 422, body: { status: 422, invalid_fields: [{ type, field }] } });
});

it.each([
  ['a webhook that is none', { webhook: 'here' }],
  ['an event that is none', { webhook, webhook_events_filter: ['end'] }],
  ['a field that is none', { callback_url: webhook }],
])('refuses %s', (_, rest) => {
  expect(refuse(refusalOf(() => order(veo, { prompt }, rest)))).toMatchObject({ status: 422 });
});

it.each([
  ['30m', 1_800_000],
  ['5s', 5_000],
  ['24h', 86_400_000],
])('is stopped after %s', (cancelAfter, expiresAfterMs) => {
  const made = orderOf(officialModel(veo), { input: { prompt } }, { ...caller, cancelAfter });
  expect(made.expiresAfterMs).toBe(expiresAfterMs);
});

it.each(['4s', '25h', '30', 'soon'])('cannot be stopped after %s', (cancelAfter) => {
  const late = () => orderOf(officialModel(veo), { input: { prompt } }, { ...caller, cancelAfter });
  expect(refuse(refusalOf(late))).toMatchObject({ status: 422 });
});

it.each(['google/veo-9', 'acme/films', 'toString'])('%s is no official model', (name) => {
  expect(refuse(refusalOf(() => order(name, { prompt })))).toMatchObject({ status: 404, body: { status: 404 } });
});

it.each([
  ['bad_credentials', 401],
  ['no_balance', 402],
  ['not_found', 404],
  ['server_error', 500],
] as const)('%s is a %i that repeats itself', (kind, status) => {
  expect(refuse(new Refusal(kind, 'no'))).toMatchObject({ status, body: { title: expect.any(String), status } });
});

it('says when to come again', () => {
  expect(refuse(new Refusal('rate_limited', 'no'))).toEqual({
    status: 429,
    headers: { 'retry-after': '1' },
    body: { detail: expect.stringContaining('throttled') },
  });
});

it.each([
  ['queued', 'starting', null],
  ['running', 'processing', null],
  ['succeeded', 'succeeded', null],
  ['failed', 'failed', 'CUDA out of memory.'],
  ['moderated', 'failed', expect.stringContaining('(E005)')],
  ['expired', 'aborted', null],
  ['cancelled', 'canceled', null],
] as const)('says of %s: %s', (phase, status, error) => {
  const { output, ...view } = viewOf(seenAs(phase, boat, 'gm3q'), sentAt);
  expect(view).toMatchObject({ id: 'gm3q', model: veo, status, error, data_removed: false });
  expect(output).toBe(phase === 'succeeded' ? 'http://sim/files/gm3q.mp4' : null);
});

it('has a percentage in its logs', () => {
  expect(viewOf(seenAs('running', boat), sentAt).logs).toMatch(/\n49%\|/);
});

it('puts out links, lists and files, as the model does', () => {
  const { model, rest } = versionIn({ version, input: { prompt } });
  const output = (made: typeof boat) => viewOf(seenAs('succeeded', made, '1'), sentAt).output;
  expect(output(orderOf(model, rest, caller))).toEqual(['http://sim/files/1.webp', 'http://sim/files/1.mp4']);
  expect(output(orderOf(deployment('acme/films'), { input: { prompt } }, caller))).toEqual({
    last_frame: 'http://sim/files/1.webp',
    video: 'http://sim/files/1.mp4',
  });
});

it('keeps what went in and what came out for an hour', () => {
  const later = viewOf(seenAs('succeeded', boat), sentAt + 3_700_000);
  expect(later).toMatchObject({ status: 'succeeded', input: {}, output: null, logs: null, data_removed: true });
});

it.each([
  ['succeeded', undefined, true],
  ['running', undefined, true],
  ['running', ['completed'], false],
  ['running', ['start'], true],
  ['failed', ['completed'], true],
  ['failed', ['start'], false],
] as const)('calls back about %s to who asked for %p: %p', (phase, filter, isTold) => {
  const made = order(veo, { prompt }, { webhook, ...(filter && { webhook_events_filter: filter }) });
  const message = replicateWire.callback?.({ ...seenAs(phase, made), url: webhook, secret: 's', now: sentAt });
  expect(message !== undefined).toBe(isTold);
});

it('signs as Standard Webhooks has it', () => {
  const seen = seenAs('succeeded', boat, 'gm3q');
  const message = replicateWire.callback?.({ ...seen, url: webhook, secret: 's', now: sentAt });
  const { headers = {}, body = '' } = message ?? {};
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 's').update(text).digest('base64')}`);
  expect(JSON.parse(body)).toMatchObject({ id: 'gm3q', status: 'succeeded' });
  const forged = replicateWire.callback?.({ ...seen, url: webhook, secret: forgersSecret, now: sentAt });
  expect(forged?.headers['webhook-signature']).not.toBe(headers['webhook-signature']);
});
