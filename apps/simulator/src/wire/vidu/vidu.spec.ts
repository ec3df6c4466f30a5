import { createHmac } from 'node:crypto';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { type Way } from './models.js';
import { bodies, listQuery, orderOf } from './schema.js';
import { taskId } from './task-id.js';
import { createdOf, listOf, viduWire, viewOf } from './view.js';

const order = (way: Way, body: unknown) => orderOf(way, parseInput(bodies[way], body), 'acc', 'http://sim');
const a = 'https://example.com/a.png';
const text = { model: 'viduq3-turbo', prompt: 'she smiles' };
const smile = order('img2video', {
  ...text,
  images: [a],
  duration: 5,
  resolution: '720p',
  audio: true,
  payload: 'job-42',
  callback_url: 'https://gw.example/cb/1?x=2',
});

it('reads a create; the reference is the payload, else the end of the callback URL', () => {
  expect(smile).toMatchObject({
    clientReference: 'job-42',
    size: { width: 1280, height: 720 },
    durationMs: 5000,
    audio: true,
    inputs: [a],
    echo: { credits: 60, aspect_ratio: '' },
  });
  expect(order('text2video', { ...text, callback_url: 'https://gw.example/cb/1' }).clientReference).toBe('1');
  expect(order('text2video', text).clientReference).toBeUndefined();
});

it.each([
  ['text2video', { model: 'viduq3-turbo', duration: 8, resolution: '1080p' }, 104],
  ['text2video', { model: 'viduq3-pro', duration: 5, resolution: '720p' }, 100],
  ['text2video', { model: 'viduq3-pro', duration: 5, off_peak: true }, 50],
  ['text2video', { model: 'viduq1' }, 80],
  ['text2video', { model: 'viduq1', is_rec: true }, 90],
  ['reference2video', { model: 'viduq3-turbo', duration: 5, images: [a] }, 50],
  ['img2video', { model: 'vidu2.0', images: [a] }, 40],
] as const)('%s %j costs %i credits', (way, body, credits) => {
  expect(order(way, { prompt: 'x', ...body }).echo).toMatchObject({ credits });
});

it('has sound on Q3 unless one says no', () => {
  expect(order('text2video', text).audio).toBe(true);
  expect(order('text2video', { ...text, audio: false }).audio).toBe(false);
  expect(order('text2video', { ...text, model: 'viduq2' }).audio).toBe(false);
});

it('takes references as images or as subjects', () => {
  expect(order('reference2video', { ...text, images: [a, a] }).inputs).toHaveLength(2);
  const subjects = [
    { name: 'Image1', images: [a] },
    { name: 'Video1', videos: ['https://example.com/v.mp4'] },
  ];
  expect(order('reference2video', { ...text, subjects }).inputs).toEqual([a, 'https://example.com/v.mp4']);
});

it.each([
  ['text2video', 'FieldLacking', { model: 'viduq3-turbo' }],
  ['text2video', 'FieldUnwanted', { ...text, images: [a] }],
  ['text2video', 'FieldUnwanted', { ...text, negative_prompt: 'rain' }],
  ['text2video', 'FieldUnwanted', { ...text, model: 'viduq2', audio: true }],
  ['text2video', 'FieldInvalid', { ...text, duration: 17 }],
  ['text2video', 'FieldInvalid', { ...text, duration: '5' }],
  ['text2video', 'FieldInvalid', { ...text, resolution: '480p' }],
  ['text2video', 'FieldInvalid', { ...text, aspect_ratio: '21:9' }],
  ['text2video', 'FieldInvalid', { ...text, model: 'viduq2', prompt: 'x'.repeat(2001) }],
  ['text2video', 'FieldInvalid', { ...text, payload: 'x'.repeat(1_048_577) }],
  ['text2video', 'ModelUnavailable', { ...text, model: 'viduq3' }],
  ['img2video', 'FieldUnwanted', { ...text, images: [a], aspect_ratio: '16:9' }],
  ['img2video', 'FieldItemCountOutOfRange', { ...text, images: [a, a] }],
  ['img2video', 'FieldInvalid', { ...text, images: ['iVBORw0KGgo='] }],
  ['start-end2video', 'FieldItemCountOutOfRange', { ...text, images: [a] }],
  ['reference2video', 'FieldLacking', text],
  ['reference2video', 'FieldUnwanted', { ...text, images: [a], subjects: [{ name: 'b', images: [a] }] }],
  ['reference2video', 'FieldItemCountOutOfRange', { ...text, images: Array.from({ length: 8 }, () => a) }],
  ['reference2video', 'FieldInvalid', { ...text, images: [a], duration: 2 }],
] as const)('%s refuses with %s', (way, reason, body) => {
  const reply = refuse(
    refusalOf(() => order(way, body)),
    't-1',
  );
  expect(reply).toMatchObject({ status: 400, body: { code: 400, reason, metadata: { trace_id: 't1' } } });
});

it.each([
  ['no_balance', 400, 'CreditInsufficient'],
  ['bad_credentials', 401, 'Unauthorized'],
  ['rate_limited', 429, 'TooManyRequests'],
  ['not_found', 404, 'TaskNotFound'],
  ['moderated', 400, 'AuditSubmitIllegal'],
  ['conflict', 400, 'BadRequest'],
] as const)('%s is %i %s', (kind, status, reason) => {
  expect(refuse(new Refusal(kind, 'no'), 't')).toMatchObject({ status, body: { code: status, reason } });
});

it('answers a create with `task_id`, and what was asked', () => {
  expect(createdOf(seenAs('queued', smile, '879900871234560000'))).toEqual({
    task_id: '879900871234560000',
    type: 'img2video',
    state: 'created',
    model: 'viduq3-turbo',
    prompt: 'she smiles',
    images: [a],
    duration: 5,
    seed: 123,
    aspect_ratio: '',
    resolution: '720p',
    movement_amplitude: 'auto',
    payload: 'job-42',
    off_peak: false,
    credits: 60,
    watermark: false,
    created_at: '2026-01-02T03:04:05.678Z',
  });
});

it('shows a task that succeeded', () => {
  expect(viewOf(seenAs('succeeded', smile, '879900871234560000'))).toEqual({
    id: '879900871234560000',
    state: 'success',
    err_code: '',
    credits: 60,
    payload: 'job-42',
    bgm: false,
    off_peak: false,
    creations: [
      {
        id: '879900871234569001',
        url: 'http://sim/files/879900871234560000.mp4?X-Amz-Expires=86400',
        cover_url: 'http://sim/files/879900871234560000.webp',
        watermarked_url: 'http://sim/files/879900871234560000.mp4',
      },
    ],
  });
});

it.each([
  ['queued', 'queueing', '', 60],
  ['running', 'processing', '', 60],
  ['failed', 'failed', 'InternalServiceFailure', 0],
  ['moderated', 'failed', 'CreationPolicyViolation', 0],
  ['cancelled', 'failed', 'UserCancelled', 0],
] as const)('shows %s as %s, a code and no message', (phase, state, code, credits) => {
  const shown = viewOf(seenAs(phase, smile));
  expect(shown).toMatchObject({ state, err_code: code, credits, creations: [] });
  expect(shown).not.toHaveProperty('message');
});

it('signs method, path, query and date, and sends the body of GET', () => {
  const { render, state, oddStatus } = seenAs('running', smile);
  const url = 'https://gw.example/cb/1?x=2';
  const message = viduWire.callback?.({ render, state, url, secret: 'vda_key', now: Date.UTC(2025, 4, 6, 12, 9, 42) });
  const { headers = {}, body = '' } = message ?? {};
  const date = 'Tue, 06 May 2025 12:09:42 GMT';
  const nonce = headers['x-request-nonce'];
  const signed = `POST\n/cb/1\nx=2\nvidu\n${date}\nDate:${date}\nx-request-nonce:${nonce}\n`;
  expect(JSON.parse(body)).toEqual(viewOf({ render, state, oddStatus }));
  expect(headers).toMatchObject({ Date: date, 'X-HMAC-SIGNED-HEADERS': 'Date;x-request-nonce' });
  expect(headers['X-HMAC-SIGNATURE']).toBe(createHmac('sha256', 'vda_key').update(signed).digest('base64'));
});

it('lists by page, id and state, with payloads', () => {
  const seen = [seenAs('queued', smile, '3'), seenAs('running', smile, '2'), seenAs('queued', smile, '1')];
  const list = (query: object) => listOf(seen, parseInput(listQuery, query));
  const first = list({ 'pager.pagesz': '2' });
  expect(first).toMatchObject({ next_page_token: '2', tasks: [{ id: '3', payload: 'job-42' }, { id: '2' }] });
  expect(list({ 'pager.pagesz': '2', 'pager.page_token': '2' })).toMatchObject({
    next_page_token: '',
    tasks: [{ id: '1' }],
  });
  expect(list({ task_ids: ['1', '2'], states: 'processing' }).tasks.map(({ id }) => id)).toEqual(['2']);
  expect(list({ 'created_at.from': '2026-01-03T00:00:00Z' }).tasks).toEqual([]);
  expect(
    refuse(
      refusalOf(() => list({ 'pager.pagesz': '101' })),
      't',
    ),
  ).toMatchObject({
    body: { reason: 'PageSizeOutOfRange' },
  });
});

it('has ids that no double can hold', () => {
  const ids = new Set(Array.from({ length: 5000 }, taskId));
  expect(ids.size).toBe(5000);
  expect(Number.isSafeInteger(Number([...ids][0]))).toBe(false);
  expect([...ids][0]).toMatch(/^\d{18,19}$/);
});
