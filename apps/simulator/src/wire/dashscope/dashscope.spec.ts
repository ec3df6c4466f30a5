import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { DashscopeRefusal, refuse } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { createdOf, unknownOf, viewOf } from './view.js';

const order = (body: unknown, service = 'video-generation') =>
  orderOf(parseInput(createBody, body), service, 'acc', 'http://sim');
const frame = { type: 'first_frame', url: 'https://e.com/a.png' };
const image = { type: 'reference_image', url: 'https://e.com/r.png' };
const video = { type: 'video', url: 'https://e.com/v.mp4' };
const horse = (way: string, input: object = {}, parameters: object = {}) => ({
  model: `happyhorse-1.0-${way}`,
  input: { prompt: 'a cardboard city', ...input },
  parameters,
});
const wan = (model: string, input: object = {}, parameters: object = {}) => ({
  model,
  input: { prompt: 'a cat', ...input },
  parameters,
});

describe('the documented requests', () => {
  it.each([
    [
      horse('t2v', {}, { resolution: '720P', ratio: '16:9', duration: 5, watermark: false }),
      { size: { width: 1280, height: 720 }, durationMs: 5000, audio: true, inputs: [] },
    ],
    [
      horse('i2v', { media: [frame] }, { resolution: '1080P', duration: 5 }),
      { size: { width: 1920, height: 1080 }, inputs: [frame.url] },
    ],
    [
      horse('r2v', { media: [image] }, { resolution: '720P', ratio: '9:16', duration: 7 }),
      { size: { width: 720, height: 1280 }, durationMs: 7000 },
    ],
    [
      horse('video-edit', { media: [video, image] }, { resolution: '720P' }),
      { durationMs: 5000, inputs: [video.url, image.url] },
    ],
    [
      wan('wan2.6-t2v', {}, { size: '1280*720', duration: 5, prompt_extend: true, watermark: false }),
      { size: { width: 1280, height: 720 }, audio: true, echo: { resolution: '720P' } },
    ],
    [wan('wan2.5-i2v-preview', { img_url: frame.url }, { duration: 10 }), { size: { width: 1920, height: 1080 } }],
    [wan('wan2.2-t2v-plus'), { size: { width: 1920, height: 1080 }, durationMs: 5000, audio: false }],
    [
      wan('wan3.0-video', {}, { duration: -1, audio: false }),
      { durationMs: 5000, audio: false, echo: { ratio: '16:9' } },
    ],
    [wan('wan2.7-videoedit', { media: [video] }, { duration: 0, audio_setting: 'origin' }), { durationMs: 5000 }],
  ])('%j', (body, expected) => {
    expect(order(body)).toMatchObject(expected);
  });

  it('between two frames at an address of their own', () => {
    const body = wan('wan2.2-kf2v-flash', { first_frame_url: frame.url, last_frame_url: image.url });
    expect(order(body, 'image2video')).toMatchObject({ inputs: [frame.url, image.url] });
    expect(refusalOf(() => order(body)).message).toBe('url error, please check url!');
  });

  it('have 1080P and a watermark when nobody says', () => {
    expect(order(horse('t2v'))).toMatchObject({ size: { width: 1920, height: 1080 }, echo: { watermark: true } });
    expect(order(wan('wan2.7-t2v')).echo).toMatchObject({ watermark: false });
  });
});

it.each([
  [horse('t2v', { prompt: ' ' }), 'input.prompt'],
  [horse('t2v', {}, { size: '1280*720' }), 'parameters.size'],
  [horse('t2v', {}, { resolution: '720p' }), 'parameters.resolution'],
  [horse('t2v', {}, { ratio: '21:9' }), 'parameters.ratio'],
  [horse('t2v', {}, { duration: 2 }), 'parameters.duration'],
  [horse('t2v', {}, { duration: '5' }), 'parameters.duration'],
  [horse('t2v', {}, { prompt_extend: true }), 'parameters.prompt_extend'],
  [horse('t2v', {}, { seed: -1 }), 'parameters.seed'],
  [horse('t2v', {}, { fps: 24 }), 'parameters.fps'],
  [horse('t2v', { negative_prompt: 'blur' }), 'input.negative_prompt'],
  [horse('t2v', { media: [frame] }), 'input.media'],
  [horse('i2v'), 'input.media'],
  [horse('i2v', { media: [frame] }, { ratio: '16:9' }), 'parameters.ratio'],
  [horse('i2v', { media: [frame, { ...frame, type: 'last_frame' }] }), 'input.media'],
  [horse('r2v'), 'input.media'],
  [horse('r2v', { media: Array.from({ length: 10 }, () => image) }), 'input.media'],
  [horse('video-edit', { media: [video, video] }), 'input.media'],
  [wan('wan2.6-t2v', {}, { size: '1280x720' }), 'parameters.size'],
  [wan('wan2.6-t2v', {}, { resolution: '720P' }), 'parameters.resolution'],
  [wan('wan2.6-t2v', { img_url: frame.url }), 'input.img_url'],
  [wan('wan2.6-i2v'), 'input.img_url'],
  [wan('wan2.6-i2v', { img_url: frame.url }, { audio: true }), 'parameters.audio'],
  [wan('wan2.5-t2v-preview', {}, { duration: 7 }), 'parameters.duration'],
  [wan('wan2.7-i2v', {}), 'input.media'],
  [wan('wan3.0-video', { media: [frame, image] }), 'input.media'],
  [wan('wan3.0-video', { media: [{ ...frame, type: 'last_frame' }] }), 'input.media'],
  [wan('wan3.0-video', { media: [{ ...frame, url: 'a.png' }] }), 'input.media.0.url'],
])('refuses %j', (body, param) => {
  const reply = refuse(
    refusalOf(() => order(body)),
    'r1',
  );
  expect(reply).toMatchObject({ status: 400, body: { code: 'InvalidParameter', request_id: 'r1' } });
  expect(reply.body).toMatchObject({ message: expect.stringContaining(param) });
});

it.each(['happyhorse-1.0', 'happyhorse-1.1-video-edit', 'gpt-4'])('has no %s', (model) => {
  const reply = refuse(
    refusalOf(() => order({ model, input: { prompt: 'x' } })),
    'r',
  );
  expect(reply).toEqual({ status: 404, body: { code: 'ModelNotFound', message: 'Model not exist.', request_id: 'r' } });
});

it.each([
  [new Refusal('bad_credentials', 'm'), 401, 'InvalidApiKey'],
  [new Refusal('no_balance', 'm'), 400, 'Arrearage'],
  [new Refusal('rate_limited', 'm'), 429, 'Throttling.RateQuota'],
  [new Refusal('moderated', 'm'), 400, 'DataInspectionFailed'],
  [new Refusal('overloaded', 'm'), 503, 'ModelUnavailable'],
  [new DashscopeRefusal(403, 'AccessDenied', 'm'), 403, 'AccessDenied'],
])('%s is %i %s, flat', (refusal, status, code) => {
  expect(refuse(refusal, 'r')).toEqual({ status, body: { code, message: 'm', request_id: 'r' } });
});

const city = order(horse('t2v', {}, { resolution: '720P' }));

it('shows a task that succeeded: times of Beijing, seconds, a number for the resolution', () => {
  expect(viewOf(seenAs('succeeded', city, 't-1'), 'r1')).toEqual({
    request_id: 'r1',
    output: {
      task_id: 't-1',
      task_status: 'SUCCEEDED',
      submit_time: '2026-01-02 11:04:05.678',
      scheduled_time: '2026-01-02 11:04:06.678',
      end_time: '2026-01-02 11:04:16.678',
      orig_prompt: 'a cardboard city',
      video_url: 'http://sim/files/t-1.mp4',
    },
    usage: { duration: 5, input_video_duration: 0, output_video_duration: 5, video_count: 1, SR: 720, ratio: '16:9' },
  });
});

it('bills the seconds of an edit twice', () => {
  const shown = viewOf(seenAs('succeeded', order(horse('video-edit', { media: [video] }))), 'r');
  expect(shown.usage).toMatchObject({ duration: 10, input_video_duration: 5, output_video_duration: 5 });
});

it.each([
  ['queued', 'PENDING', undefined],
  ['running', 'RUNNING', undefined],
  ['failed', 'FAILED', 'InternalError.Algo'],
  ['moderated', 'FAILED', 'DataInspectionFailed'],
  ['cancelled', 'CANCELED', undefined],
] as const)('shows %s as %s', (phase, status, code) => {
  const shown = viewOf(seenAs(phase, city), 'r');
  expect(shown.output).toMatchObject({ task_status: status, ...(code !== undefined && { code }) });
  expect(shown).not.toHaveProperty('usage');
  expect(shown.output).not.toHaveProperty('video_url');
});

it('answers a submit and a task that was never there', () => {
  expect(createdOf(seenAs('queued', city, 't-1'), 'r')).toEqual({
    output: { task_status: 'PENDING', task_id: 't-1' },
    request_id: 'r',
  });
  expect(unknownOf('x', 'r')).toEqual({ request_id: 'r', output: { task_id: 'x', task_status: 'UNKNOWN' } });
});
