import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { firstBody, firstOrder } from './first.schema.js';
import { secondBody, secondOrder } from './second.schema.js';
import { fileIdOf, taskId, taskOfFile } from './task-id.js';
import { challengeOf, fileView, firstCreated, firstView, hailuoWire, secondView } from './view.js';

const first = (body: unknown) => firstOrder(parseInput(firstBody, body), 'acc', 'http://sim');
const second = (body: unknown) => secondOrder(parseInput(secondBody, body), 'acc', 'http://sim');
const picture = 'https://e.com/a.png';
const hailuo = (more: object = {}) => ({ model: 'MiniMax-Hailuo-2.3', prompt: 'a cat', ...more });
const older = (model: string, more: object = {}) => ({ model, prompt: 'a cat', ...more });
const text = { type: 'text', text: 'a red kite' };
const image = (role: string) => ({ type: 'image_url', image_url: { url: picture }, role });
const video = (role: string) => ({ type: 'video_url', video_url: { url: 'https://e.com/v.mp4' }, role });
const h3 = (more: object = {}) => ({ model: 'MiniMax-H3', content: [text], ratio: '16:9', duration: 4, ...more });
const ok = { status_code: 0, status_msg: 'success' };

describe('v1', () => {
  it.each([
    [hailuo(), { size: { width: 1366, height: 768 }, durationMs: 6000, audio: false }],
    [hailuo({ duration: 10, resolution: '768P' }), { durationMs: 10_000 }],
    [hailuo({ resolution: '1080P' }), { size: { width: 1920, height: 1080 } }],
    [
      {
        model: 'MiniMax-Hailuo-2.3-Fast',
        prompt: '[Push in] the cat blinks',
        first_frame_image: picture,
        duration: 6,
        resolution: '768P',
        prompt_optimizer: true,
      },
      { inputs: [picture] },
    ],
    [
      older('MiniMax-Hailuo-02', { first_frame_image: picture, last_frame_image: picture }),
      { inputs: [picture, picture] },
    ],
    [
      older('MiniMax-Hailuo-02', { first_frame_image: picture, resolution: '512P', duration: 10 }),
      { durationMs: 10_000 },
    ],
    [older('T2V-01'), { size: { width: 1280, height: 720 } }],
    [older('S2V-01', { subject_reference: [{ type: 'character', image: [picture] }] }), { inputs: [picture] }],
  ])('takes %j', (body, expected) => {
    expect(first(body)).toMatchObject(expected);
  });

  it('knows a caller by the end of its callback URL', () => {
    expect(first(hailuo({ callback_url: 'https://gw/cb/tok_1' })).clientReference).toBe('tok_1');
    expect(first(hailuo()).clientReference).toBeUndefined();
  });

  it.each([
    [hailuo({ resolution: '1080P', duration: 10 }), 'duration'],
    [hailuo({ resolution: '768p' }), 'resolution'],
    [hailuo({ resolution: '512P' }), 'resolution'],
    [hailuo({ duration: 5 }), 'duration'],
    [hailuo({ duration: '6' }), 'duration'],
    [hailuo({ seed: 1 }), 'seed'],
    [hailuo({ aspect_ratio: '16:9' }), 'aspect_ratio'],
    [hailuo({ prompt: 'x'.repeat(2001) }), 'prompt'],
    [hailuo({ prompt: undefined }), 'prompt'],
    [hailuo({ last_frame_image: picture }), 'last_frame_image'],
    [older('MiniMax-Hailuo-2.3-Fast'), 'first_frame_image'],
    [older('MiniMax-Hailuo-02', { resolution: '512P' }), 'resolution'],
    [older('I2V-01'), 'first_frame_image'],
    [older('T2V-01', { first_frame_image: picture }), 'first_frame_image'],
    [older('T2V-01', { duration: 10 }), 'duration'],
    [older('T2V-01', { fast_pretreatment: true }), 'fast_pretreatment'],
    [older('S2V-01'), 'subject_reference'],
    [older('MiniMax-H3'), 'model'],
  ])('refuses %j', (body, param) => {
    const refusal = refusalOf(() => first(body));
    const reply = refuse(refusal, 'r', '/hailuo/v1/video_generation');
    expect(reply).toMatchObject({ status: 200, body: { task_id: '', base_resp: { status_code: 2013 } } });
    expect(reply.body).toMatchObject({
      base_resp: { status_msg: expect.stringContaining(`invalid params, ${param}`) },
    });
  });

  const cat = first(hailuo());

  it.each([
    ['queued', 'Queueing', ok],
    ['running', 'Processing', ok],
    ['failed', 'Fail', ok],
    ['moderated', 'Fail', { status_code: 1027, status_msg: 'output new_sensitive' }],
    ['expired', 'Timeout', ok],
  ] as const)('shows %s as %s', (phase, status, base) => {
    expect(firstView(seenAs(phase, cat, '176843862716480'))).toEqual({
      task_id: '176843862716480',
      status,
      file_id: '',
      base_resp: base,
    });
  });

  it('shows a film in two steps, the file by a number', () => {
    const seen = seenAs('succeeded', cat, '176843862716480');
    const shown = firstView(seen);
    expect(shown).toEqual({
      task_id: '176843862716480',
      status: 'Success',
      file_id: '177028774768768',
      video_width: 1366,
      video_height: 768,
      base_resp: ok,
    });
    expect(fileView(seen)).toMatchObject({
      file: { file_id: 177_028_774_768_768, bytes: 1234, download_url: 'http://sim/files/176843862716480.mp4' },
    });
    expect(taskOfFile(shown.file_id)).toBe('176843862716480');
    expect(firstCreated(seen)).toEqual({ task_id: '176843862716480', base_resp: ok });
  });
});

describe('v2', () => {
  it.each([
    [h3({ resolution: '768P' }), { size: { width: 1366, height: 768 }, durationMs: 4000, inputs: [] }],
    [h3({ resolution: '2K', ratio: '9:16' }), { size: { width: 1440, height: 2560 } }],
    [
      h3({ content: [text, image('first_frame'), image('last_frame')], ratio: 'adaptive' }),
      { inputs: [picture, picture] },
    ],
    [
      h3({ content: [text, image('reference_image'), video('reference_video')] }),
      { echo: { task_type: 'generation' } },
    ],
    [h3({ content: [text, video('base_video')] }), { echo: { task_type: 'edit' } }],
    [h3({ model: 'MiniMax-H3-Max', resolution: '480P', duration: 5 }), { size: { width: 854, height: 480 } }],
  ])('takes %j', (body, expected) => {
    expect(second(body)).toMatchObject(expected);
  });

  it.each([
    [h3({ content: [image('first_frame')], ratio: 'adaptive' }), 'content'],
    [h3({ ratio: 'adaptive' }), 'ratio'],
    [h3({ ratio: undefined }), 'ratio'],
    [h3({ content: [text, image('first_frame')] }), 'ratio'],
    [h3({ content: [text, image('first_frame'), image('reference_image')] }), 'content'],
    [h3({ content: [text, image('last_frame')] }), 'content'],
    [h3({ content: [text, ...Array.from({ length: 10 }, () => image('reference_image'))] }), 'content'],
    [h3({ content: [text, image('some_frame')] }), 'content'],
    [h3({ model: 'MiniMax-H3-Max', content: [text, image('reference_image')], duration: 5 }), 'content'],
    [h3({ model: 'MiniMax-H3-Max', duration: 4 }), 'duration'],
    [h3({ duration: 16 }), 'duration'],
    [h3({ resolution: '1080P' }), 'resolution'],
    [h3({ seed: 1 }), 'seed'],
    [h3({ model: 'MiniMax-Hailuo-02' }), 'model'],
  ])('refuses %j', (body, param) => {
    const reply = refuse(
      refusalOf(() => second(body)),
      'r1',
      '/hailuo/v2/video_generation',
    );
    expect(reply).toMatchObject({
      status: 400,
      body: { type: 'error', error: { type: 'bad_request_error', http_code: '400' }, request_id: 'r1' },
    });
    expect(reply.body).toMatchObject({ error: { message: expect.stringContaining(`invalid params, ${param}`) } });
  });

  const kite = second(h3());

  it('shows a film and what it cost', () => {
    expect(secondView(seenAs('succeeded', kite, 't1'))).toEqual({
      task: {
        id: 't1',
        model: 'MiniMax-H3',
        status: 'succeeded',
        created_at: 1767323045,
        updated_at: 1767323056,
        content: { url: 'http://sim/files/t1.mp4' },
        resolution: '768P',
        duration: 4,
        ratio: '16:9',
        task_type: 'generation',
        modality: 'video',
        usage: { total_seconds: 4, input_seconds: 0, output_seconds: 4, input_image_count: 0 },
      },
    });
  });

  it.each([
    ['queued', 'queued', undefined],
    ['running', 'running', undefined],
    ['failed', 'failed', { code: '1000', message: 'unknown error' }],
    ['moderated', 'failed', { code: '1027', message: 'output new_sensitive' }],
    ['expired', 'expired', undefined],
    ['cancelled', 'cancelled', undefined],
  ] as const)('shows %s as %s', (phase, status, error) => {
    const { task } = secondView(seenAs(phase, kite));
    expect([task.status, task.error]).toEqual([status, error]);
    expect(task).not.toHaveProperty('content');
  });
});

it.each([
  ['bad_credentials', 1004, 401],
  ['no_balance', 1008, 200],
  ['rate_limited', 1002, 429],
  ['moderated', 1026, 200],
  ['server_error', 1000, 500],
] as const)('%s is %i inside a success for v1, and %i for v2', (kind, code, status) => {
  const refusal = new Refusal(kind, 'm');
  const v1 = refuse(refusal, 'r', '/hailuo/v1/query/video_generation?task_id=1');
  expect(v1).toMatchObject({ status: 200, body: { task_id: '', base_resp: { status_code: code } } });
  expect(refuse(refusal, 'r', '/hailuo/v2/video_generation').status).toBe(status);
});

it('calls back in the shape of a query, in lower case', () => {
  const body = (phase: 'running' | 'succeeded' | 'moderated') => {
    const { render, state } = seenAs(phase, first(hailuo()), '176843862716480');
    const message = hailuoWire.callback?.({ render, state, url: 'https://gw/cb/1', secret: 's', now: 0 });
    expect(Object.keys(message?.headers ?? {})).toEqual(['content-type']);
    return JSON.parse(message?.body ?? '') as unknown;
  };
  expect(body('running')).toEqual({ task_id: '176843862716480', status: 'processing', file_id: '', base_resp: ok });
  expect(body('succeeded')).toMatchObject({ status: 'success', file_id: '177028774768768' });
  expect(body('moderated')).toMatchObject({ status: 'failed', base_resp: { status_code: 1027 } });
});

it('believes an address that repeats what it was asked, and no other', () => {
  const challenge = challengeOf('https://gw/cb/1', 'abc');
  const { message } = challenge;
  expect([message.url, message.body]).toEqual(['https://gw/cb/1', '{"challenge":"abc"}']);
  expect(challenge.isMet('{"challenge":"abc"}')).toBe(true);
  for (const answer of ['{"challenge":"x"}', '{"received":true}', 'abc', '']) {
    expect([answer, challenge.isMet(answer)]).toEqual([answer, false]);
  }
});

it('numbers tasks and files without repeats, below 2^53', () => {
  const ids = Array.from({ length: 1000 }, () => taskId(Date.UTC(2026, 0, 1)));
  expect(new Set(ids).size).toBe(1000);
  expect(ids[0]).toMatch(/^\d{15}$/);
  expect(Number.isSafeInteger(Number(fileIdOf(ids[0] ?? '')))).toBe(true);
});
