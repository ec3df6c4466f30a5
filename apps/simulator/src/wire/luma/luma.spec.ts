import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { viewOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(createBody, body), { account: 'acc', origin: 'http://sim' });
const [a, b, v] = ['https://ex.com/a.png', 'https://ex.com/b.png', 'https://ex.com/v.mp4'];
const base = { model: 'ray-3.2', type: 'video', prompt: 'a lighthouse' };
const video = (fields: object) => ({ ...base, video: fields });
const edit = { ...base, type: 'video_edit', source: { url: v } };
const lighthouse = order({ ...video({ resolution: '720p', duration: '5s' }), aspect_ratio: '16:9' });

it('reads a create; there is no client reference and no sound', () => {
  expect(lighthouse).toMatchObject({ size: { width: 1280, height: 720 }, durationMs: 5000, audio: false, inputs: [] });
  expect(lighthouse.clientReference).toBeUndefined();
  expect(order(base)).toMatchObject({ durationMs: 5000, size: { height: 720 } });
  expect(order(video({ duration: '10s', start_frame: { url: a }, end_frame: { file_id: 'f1' } }))).toMatchObject({
    durationMs: 10_000,
    inputs: [a, 'f1'],
  });
  expect(order(video({ keyframes: [{ url: a }, { url: b }], keyframe_indexes: [0, 9] })).inputs).toEqual([a, b]);
  expect(order(edit)).toMatchObject({ inputs: [v], echo: { type: 'video_edit' } });
  expect(order({ ...edit, type: 'video_reframe', prompt: undefined, aspect_ratio: '9:16' })).toMatchObject({
    size: { width: 720, height: 1280 },
  });
});

it.each([
  ['type', { ...base, type: 'image' }],
  ['prompt', { ...base, prompt: '' }],
  ['prompt', { ...base, prompt: 'x'.repeat(6001) }],
  ['aspect_ratio', { ...base, aspect_ratio: '2:3' }],
  ['video.duration', video({ duration: 5 })],
  ['video.duration', video({ duration: '8s' })],
  ['video.resolution', video({ resolution: '4k' })],
  ['video.start_frame', video({ start_frame: a })],
  ['video.start_frame', video({ start_frame: { url: a, file_id: 'f' } })],
  ['video.seed', video({ seed: 1 })],
  ['video.keyframes', video({ start_frame: { url: a }, keyframes: [{ url: b }], keyframe_indexes: [0] })],
  ['video.keyframe_indexes', video({ keyframes: [{ url: b }] })],
  ['negative_prompt', { ...base, negative_prompt: 'rain' }],
  ['source', { ...edit, source: undefined }],
  ['source', { ...base, source: { url: v } }],
  ['aspect_ratio', { ...edit, aspect_ratio: '16:9' }],
  ['video.duration', { ...edit, video: { duration: '5s' } }],
  ['model', { ...base, model: 'ray-2' }],
])('refuses %s', (param, body) => {
  const reply = refuse(refusalOf(() => order(body)));
  expect(reply.status).toBe(422);
  expect(reply.body).toMatchObject({ detail: expect.stringMatching(new RegExp(`^${param}`)) });
});

it.each([
  ['bad_credentials', 401, undefined],
  ['no_balance', 402, undefined],
  ['rate_limited', 429, '2'],
  ['overloaded', 429, '60'],
  ['not_found', 404, undefined],
] as const)('%s is a %i', (kind, status, wait) => {
  const reply = refuse(new Refusal(kind, 'no'));
  expect(reply).toMatchObject({ status, body: { detail: 'no' } });
  expect(reply.headers?.['retry-after']).toBe(wait);
});

it('names the reason of moderation', () => {
  expect(refuse(new Refusal('moderated', 'no')).body).toEqual({ detail: 'no', failure_code: 'content_moderated' });
});

it('shows a generation that is complete', () => {
  expect(viewOf(seenAs('succeeded', lighthouse, '7f4b'))).toEqual({
    id: '7f4b',
    type: 'video',
    state: 'completed',
    model: 'ray-3.2',
    created_at: '2026-01-02T03:04:05.678Z',
    output: [{ type: 'video', url: 'http://sim/files/7f4b.mp4?sig=0' }],
    failure_reason: null,
    failure_code: null,
  });
});

it.each([
  ['queued', 'queued', null],
  ['running', 'processing', null],
  ['failed', 'failed', 'generation_failed'],
  ['moderated', 'failed', 'content_moderated'],
  ['expired', 'failed', 'budget_exhausted'],
] as const)('shows %s as %s, without a result', (phase, state, code) => {
  expect(viewOf(seenAs(phase, lighthouse))).toMatchObject({ state, failure_code: code, output: [] });
});
