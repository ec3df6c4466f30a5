import { parseInput } from '../../http/parse-body.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { createBody, listQuery, orderOf } from './schema.js';
import { taskId } from './task-id.js';
import { arkWire, listOf, viewOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(createBody, body), 'acc', 'http://sim');
const text = [{ type: 'text', text: 'a kitten yawns' }];
const image = (role?: string) => ({
  type: 'image_url',
  image_url: { url: 'https://e.com/a.png' },
  ...(role && { role }),
});
const seedance = (more: object = {}) => ({ model: 'doubao-seedance-2-0-260128', content: text, ...more });
const kitten = order(
  seedance({ resolution: '720p', callback_url: 'https://gw.example/cb/tok_1', return_last_frame: true }),
);

it('reads a create; the reference is the safety identifier, else the end of the callback URL', () => {
  expect(kitten).toMatchObject({
    size: { width: 1280, height: 720 },
    durationMs: 5000,
    audio: true,
    clientReference: 'tok_1',
  });
  expect(order(seedance({ safety_identifier: 'att_1', callback_url: 'https://gw/cb/x' })).clientReference).toBe(
    'att_1',
  );
});

it.each([
  ['doubao-seedance-1-0-pro-250528', { ratio: '9:16' }, { width: 1088, height: 1920 }],
  ['seedance-1-5-pro-251215', { resolution: '480p', ratio: '3:4' }, { width: 560, height: 752 }],
  ['dreamina-seedance-2-0-260128', { resolution: '4k', ratio: '16:9' }, { width: 3840, height: 2160 }],
  ['ep-20260101-abcde', {}, { width: 1280, height: 720 }],
])('%s %j has the documented size', (model, more, size) => {
  expect(order({ model, content: text, ...more }).size).toEqual(size);
});

it('counts frames at 24 a second', () => {
  const one = order({ model: 'doubao-seedance-1-0-pro-250528', content: text, frames: 29 });
  expect(one.durationMs).toBeCloseTo(1208.33, 1);
  expect(one.echo).toMatchObject({ frames: 29 });
  expect(one.echo).not.toHaveProperty('duration');
});

it.each([
  [{ model: 'doubao-seedance-2-0-260128' }, 400, 'MissingParameter', 'content'],
  [seedance({ duration: 16 }), 400, 'InvalidParameter', 'duration'],
  [seedance({ duration: 3 }), 400, 'InvalidParameter', 'duration'],
  [seedance({ duration: '5' }), 400, 'InvalidParameter', 'duration'],
  [seedance({ resolution: '8k' }), 400, 'InvalidParameter', 'resolution'],
  [seedance({ frames: 30 }), 400, 'InvalidParameter', 'frames'],
  [seedance({ content: [...text, image(), image()] }), 400, 'InvalidParameter', 'content'],
  [
    seedance({ content: [...text, image('first_frame'), image('reference_image')] }),
    400,
    'InvalidParameter',
    'content',
  ],
  [seedance({ content: [...text, image('last_frame')] }), 400, 'InvalidParameter', 'content'],
  [
    { model: 'doubao-seedance-1-0-lite-t2v-250428', content: text, generate_audio: true },
    400,
    'InvalidParameter',
    'generate_audio',
  ],
  [{ model: 'doubao-seedance-1-0-pro-250528', content: text, duration: -1 }, 400, 'InvalidParameter', 'duration'],
  [{ model: 'gpt-4', content: text }, 404, 'InvalidEndpointOrModel.NotFound', ''],
])('refuses %j', (body, status, code, param) => {
  const reply = refuse(
    refusalOf(() => order(body)),
    '0217',
  );
  expect(reply).toMatchObject({ status, body: { error: { code, param } } });
  expect(reply.body).toMatchObject({ error: { message: expect.stringMatching(/\. Request id: 0217$/) } });
});

it('allows first and last frame, references on their own, and one image without a role', () => {
  for (const content of [
    [image('first_frame'), image('last_frame')],
    [image('reference_image'), image('reference_image')],
    [image()],
  ]) {
    expect(order(seedance({ content: [...text, ...content] })).inputs).toHaveLength(content.length);
  }
});

it('shows a task that succeeded: links, tokens, seconds', () => {
  expect(viewOf(seenAs('succeeded', kitten, 'cgt-1'))).toEqual({
    id: 'cgt-1',
    model: 'doubao-seedance-2-0-260128',
    status: 'succeeded',
    error: null,
    created_at: 1767323045,
    updated_at: 1767323056,
    content: { video_url: 'http://sim/files/cgt-1.mp4', last_frame_url: 'http://sim/files/cgt-1.png' },
    usage: { completion_tokens: 108_900, total_tokens: 108_900 },
    seed: 58_944,
    resolution: '720p',
    ratio: '16:9',
    duration: 5,
    framespersecond: 24,
    generate_audio: true,
    service_tier: 'default',
    execution_expires_after: 172_800,
  });
});

it.each([
  ['queued', 'queued', null],
  ['running', 'running', null],
  ['failed', 'failed', 'InternalServiceError'],
  ['moderated', 'failed', 'OutputVideoSensitiveContentDetected.PolicyViolation'],
  ['cancelled', 'cancelled', null],
  ['expired', 'expired', null],
] as const)('shows %s as %s without result or usage', (phase, status, code) => {
  const shown = viewOf(seenAs(phase, kitten));
  expect(shown).toMatchObject({ status, error: code === null ? null : { code } });
  expect(shown).not.toHaveProperty('usage');
  expect(shown).not.toHaveProperty('content');
});

it('calls back with the body of GET, unsigned', () => {
  const { render, state, oddStatus } = seenAs('running', kitten);
  const message = arkWire.callback?.({ render, state, url: 'https://gw.example/cb/tok_1', secret: 's', now: 0 });
  expect(JSON.parse(message?.body ?? '')).toEqual(viewOf({ render, state, oddStatus }));
  expect(Object.keys(message?.headers ?? {})).toEqual(['content-type']);
});

it('lists by status, model and page', () => {
  const seen = [seenAs('queued', kitten, '3'), seenAs('running', kitten, '2'), seenAs('queued', kitten, '1')];
  const list = (query: object) => listOf(seen, parseInput(listQuery, query));
  expect(list({ 'filter.status': 'queued' })).toMatchObject({ total: 2, items: [{ id: '3' }, { id: '1' }] });
  expect(list({ page_num: '2', page_size: '2' })).toMatchObject({ total: 3, items: [{ id: '1' }] });
  expect(list({ 'filter.model': 'other' })).toMatchObject({ total: 0, items: [] });
});

it('names tasks after the second, without repeats', () => {
  const ids = new Set(Array.from({ length: 5000 }, () => taskId(Date.UTC(2026, 4, 14, 18, 32, 17))));
  expect(ids.size).toBe(5000);
  expect([...ids][0]).toMatch(/^cgt-20260514183217-[0-9a-z]{5}$/);
});
