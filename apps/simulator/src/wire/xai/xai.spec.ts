import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { derivedOrderOf, editBody, extensionBody, generationBody, orderOf } from './schema.js';
import { replyOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim' };
const generate = (body: unknown) => orderOf(parseInput(generationBody, body), caller);
const edit = (body: unknown) => derivedOrderOf(parseInput(editBody, body), caller);
const extend = (body: unknown) => derivedOrderOf(parseInput(extensionBody, body), caller);
const operations = { generate, edit, extend };

const base = { model: 'grok-imagine-video', prompt: 'a paper boat' };
const later = { ...base, model: 'grok-imagine-video-1.5' };
const image = { url: 'https://ex.com/a.png' };
const video = { url: 'https://ex.com/v.mp4' };
const boat = generate({ ...base, duration: 6, aspect_ratio: '16:9', resolution: '720p', image });

it('reads a generation; there is no client reference', () => {
  expect(boat).toMatchObject({
    size: { width: 1280, height: 720 },
    durationMs: 6000,
    audio: true,
    inputs: ['https://ex.com/a.png'],
  });
  expect(boat.clientReference).toBeUndefined();
  expect(generate(base)).toMatchObject({ durationMs: 8000, size: { width: 854, height: 480 } });
  expect(generate({ model: base.model, image })).toMatchObject({ prompt: '' });
  expect(generate({ ...base, reference_images: [image, { file_id: 'file_1' }] }).inputs).toEqual([image.url, 'file_1']);
});

it('edits keep the length of their source, extensions add to it', () => {
  expect(edit({ ...base, video, user: 'u' }).durationMs).toBe(5000);
  expect(extend({ ...base, video }).durationMs).toBe(11_000);
});

it.each([
  ['generate', 'prompt', { model: base.model }],
  ['generate', 'prompt', { ...base, prompt: 'x'.repeat(4097) }],
  ['generate', 'duration', { ...base, duration: 16 }],
  ['generate', 'duration', { ...base, duration: '6' }],
  ['generate', 'aspect_ratio', { ...base, aspect_ratio: '21:9' }],
  ['generate', 'resolution', { ...base, resolution: '1080p' }],
  ['generate', 'last_frame', { ...base, last_frame: image }],
  ['generate', 'reference_images', { ...base, image, reference_images: [image] }],
  ['generate', 'reference_images', { ...base, reference_images: Array.from({ length: 8 }, () => image) }],
  ['generate', 'duration', { ...base, reference_images: [image], duration: 11 }],
  ['generate', 'resolution', { ...later, reference_images: [image], resolution: '1080p' }],
  ['generate', 'reference_audios', { ...later, reference_audios: [{ voice_id: 'v' }] }],
  ['generate', 'image', { ...base, image: { url: '/a.png' } }],
  ['edit', 'duration', { ...base, video, duration: 5 }],
  ['edit', 'resolution', { ...base, video, resolution: '720p' }],
  ['edit', 'model', { ...later, video }],
  ['extend', 'duration', { ...base, video, duration: 11 }],
  ['extend', 'user', { ...base, video, user: 'u' }],
] as const)('refuses to %s: %s', (operation, param, body) => {
  const reply = refuse(refusalOf(() => operations[operation](body)));
  expect(reply).toMatchObject({ status: 400, body: { code: 'invalid-argument' } });
  expect(reply.body).toMatchObject({ error: expect.stringMatching(new RegExp(`^${param}`)) });
});

it('knows its models', () => {
  const reply = refuse(refusalOf(() => generate({ ...base, model: 'sora-2' })));
  expect(reply).toMatchObject({ status: 404, body: { code: 'not-found' } });
});

it('has three shapes of error', () => {
  expect(refuse(new Refusal('moderated', 'no')).body).toEqual({ code: 'imagine:content-moderated', error: 'no' });
  expect(refuse(new Refusal('no_balance', 'no'))).toEqual({ status: 402, body: { error: 'no' } });
  expect(refuse(new Refusal('rate_limited', 'no'))).toEqual({
    status: 429,
    body: { error: { message: 'no', type: 'rate_limit_error', param: null, code: null } },
  });
});

it('answers 202 until it is done, with no body before it begins', () => {
  expect(replyOf(seenAs('queued', boat))).toEqual({ status: 202, body: undefined });
  expect(replyOf(seenAs('running', boat))).toEqual({ status: 202, body: { status: 'pending', progress: 49 } });
  expect(replyOf(seenAs('succeeded', boat, 'd97'))).toEqual({
    status: 200,
    body: {
      status: 'done',
      progress: 100,
      model: 'grok-imagine-video',
      video: { url: 'http://sim/files/d97.mp4', duration: 6, respect_moderation: true },
      usage: { cost_in_usd_ticks: 4_200_000_000 },
    },
  });
});

it('moderates by an error or by a flag, and charges for both', () => {
  expect(replyOf(seenAs('moderated', boat))).toMatchObject({
    status: 400,
    body: { code: 'imagine:content-moderated', usage: { cost_in_usd_ticks: 4_200_000_000 } },
  });
  expect(replyOf(seenAs('moderated', generate({ ...later, duration: 2 })))).toMatchObject({
    status: 200,
    body: {
      status: 'done',
      video: { url: '', respect_moderation: false },
      usage: { cost_in_usd_ticks: 1_600_000_000 },
    },
  });
});

it.each([
  ['failed', { status: 'failed', error: { code: 'internal_error' } }],
  ['expired', { status: 'expired' }],
] as const)('shows %s', (phase, body) => {
  expect(replyOf(seenAs(phase, boat))).toMatchObject({ status: 200, body });
});
