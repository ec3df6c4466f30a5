import { parseInput } from '../../http/parse-body.js';
import { Refusal, type RefusalKind } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { createBody, orderOf } from './schema.js';
import { acceptedOf, viewOf, yishangWire } from './view.js';

const order = (body: object) =>
  orderOf(parseInput(createBody, { model: 'sora-2', prompt: 'p', ...body }), 'acc', 'http://sim', 'att_1');
const cat = order({ prompt: 'A cat playing piano in the garden', size: '720x1280', seconds: '10' });

it('reads both samples of the document', () => {
  expect(cat).toMatchObject({
    size: { width: 720, height: 1280 },
    durationMs: 10_000,
    audio: true,
    clientReference: 'att_1',
  });
  const image = 'https://example.com/image.jpg';
  expect(order({ model: 'veo3.1', size: '1280x720', input_reference: [image] }).inputs).toEqual([image]);
});

it('takes one file or several in a form', () => {
  const file = { filename: 'a.png', contentType: 'image/png' };
  expect(order({ input_reference: file }).inputs).toEqual(['a.png']);
  expect(order({ input_reference: [file, file] }).inputs).toEqual(['a.png', 'a.png']);
});

it.each([
  [{ prompt: undefined }, 'missing_parameter', 'prompt field is required'],
  [{ seconds: 10 }, 'invalid_parameter', expect.any(String)],
  [{ seconds: '8' }, 'invalid_parameter', expect.any(String)],
  [{ size: '1920x1080' }, 'invalid_parameter', expect.any(String)],
  [{ model: 'sora-3' }, 'invalid_parameter', expect.any(String)],
  [{ input_reference: 'https://example.com/image.jpg' }, 'invalid_parameter', expect.any(String)],
])('refuses %j', (body, code, message) => {
  expect(
    yishangWire.refuse(
      refusalOf(() => order(body)),
      'r',
      '',
    ),
  ).toEqual({ status: 400, body: { error: { message, type: 'invalid_request_error', code } } });
});

it.each<[RefusalKind, number, string, string, string]>([
  ['bad_credentials', 401, 'authentication_error', 'invalid_api_key', 'Invalid API key provided'],
  ['no_balance', 403, 'permission_error', 'insufficient_quota', 'Insufficient quota'],
  ['not_found', 404, 'not_found_error', 'task_not_found', 'Task not found'],
  ['rate_limited', 429, 'rate_limit_error', 'rate_limit_exceeded', 'Rate limit exceeded'],
  ['server_error', 500, 'server_error', 'internal_error', 'Internal server error'],
])('%s is %i, in the words of the table', (kind, status, type, code, message) => {
  const reply = yishangWire.refuse(new Refusal(kind, 'ours'), 'r', '');
  expect(reply).toEqual({ status, body: { error: { message, type, code } } });
});

it('answers a create without progress', () => {
  const message = '视频生成任务已提交,正在处理中';
  expect(acceptedOf(seenAs('queued', cat, 'task_1'))).toEqual({ task_id: 'task_1', status: 'queued', message });
});

it('shows a task that runs, and one that is done', () => {
  expect(viewOf(seenAs('running', cat, 'task_1'))).toEqual({
    task_id: 'task_1',
    status: 'processing',
    progress: 49,
    message: '视频生成中,已完成49%',
  });
  expect(viewOf(seenAs('succeeded', cat, 'task_1'))).toEqual({
    task_id: 'task_1',
    status: 'completed',
    progress: 100,
    video_url: 'http://sim/files/task_1.mp4',
    thumbnail_url: 'http://sim/files/task_1.png',
    seconds: 10,
    width: 720,
    height: 1280,
    file_size: 1234,
    created_at: '2026-01-02T03:04:05Z',
    completed_at: '2026-01-02T03:04:16Z',
  });
});

it('shows what failed with a message, and an error where it was content', () => {
  expect(viewOf(seenAs('failed', cat, 'task_1'))).toEqual({
    task_id: 'task_1',
    status: 'failed',
    progress: 0,
    message: '视频生成失败',
  });
  expect(viewOf(seenAs('moderated', cat))).toMatchObject({
    status: 'failed',
    error: { code: 'content_policy_violation' },
  });
});
