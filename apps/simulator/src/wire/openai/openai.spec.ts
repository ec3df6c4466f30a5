import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { listOf, viewOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim', requestId: undefined };
const order = (body: unknown, from: Parameters<typeof orderOf>[1] = caller) =>
  orderOf(parseInput(createBody, body), from);
const piano = order({ model: 'sora-2', prompt: 'A calico cat playing piano', seconds: '8', size: '1280x720' });

it('reads a create, defaults and the reference wherever a caller may put it', () => {
  expect(piano).toMatchObject({ size: { width: 1280, height: 720 }, durationMs: 8000, audio: true });
  expect(order({ prompt: 'x' })).toMatchObject({
    model: 'sora-2',
    durationMs: 4000,
    size: { width: 720, height: 1280 },
  });
  expect(order({ prompt: 'x', metadata: { reference: 'a' }, user: 'b' }).clientReference).toBe('a');
  expect(order({ prompt: 'x', metadata: '{"reference":"a"}' }).clientReference).toBe('a');
  expect(order({ prompt: 'x', user: 'b' }, { ...caller, requestId: 'c' }).clientReference).toBe('b');
  expect(order({ prompt: 'x' }, { ...caller, requestId: 'c' }).clientReference).toBe('c');
});

it.each([
  [{ seconds: '4' }, 'prompt', 'missing_required_parameter', "Missing required parameter: 'prompt'."],
  [
    { prompt: 'x', seconds: '5' },
    'seconds',
    'invalid_value',
    "Invalid value: '5'. Supported values are: '4', '8', and '12'.",
  ],
  [
    { prompt: 'x', seconds: 8 },
    'seconds',
    'invalid_value',
    "Invalid value: '8'. Supported values are: '4', '8', and '12'.",
  ],
  [
    { prompt: 'x', size: '1024x1792' },
    'size',
    'invalid_value',
    "Invalid value: '1024x1792'. Supported values are: '720x1280' and '1280x720'.",
  ],
  [{ prompt: 'x', duration: 5 }, 'duration', 'unknown_parameter', "Unknown parameter: 'duration'."],
  [{ prompt: 'x', input_reference: {} }, 'input_reference', 'invalid_value', undefined],
])('refuses %j as OpenAI does', (body, param, code, message) => {
  const { status, body: answer } = refuse(refusalOf(() => order(body)));
  expect(status).toBe(400);
  expect(answer).toMatchObject({ error: { type: 'invalid_request_error', param, code } });
  if (message !== undefined) expect(answer).toMatchObject({ error: { message } });
});

it('lets only the pro model have the large sizes', () => {
  expect(order({ prompt: 'x', model: 'sora-2-pro', size: '1792x1024' }).size).toEqual({ width: 1792, height: 1024 });
});

it('answers an empty account as 429 insufficient_quota, not to be retried', () => {
  expect(refuse(new Refusal('no_balance', ''))).toMatchObject({
    status: 429,
    headers: { 'x-should-retry': 'false' },
    body: { error: { code: 'insufficient_quota', type: 'insufficient_quota' } },
  });
});

it('shows the Video object', () => {
  expect(viewOf(seenAs('succeeded', piano, 'video_1'))).toEqual({
    id: 'video_1',
    object: 'video',
    created_at: 1767323045,
    status: 'completed',
    model: 'sora-2',
    progress: 100,
    completed_at: 1767323056,
    expires_at: 1767326656,
    error: null,
    prompt: 'A calico cat playing piano',
    quality: 'standard',
    seconds: '8',
    size: '1280x720',
    remixed_from_video_id: null,
  });
  expect(viewOf(seenAs('running', piano))).toMatchObject({ status: 'in_progress', progress: 49, completed_at: null });
  expect(viewOf(seenAs('moderated', piano))).toMatchObject({
    status: 'failed',
    progress: 0,
    error: { code: 'moderation_blocked' },
  });
});

it('pages through a list in both directions', () => {
  const seen = ['c', 'b', 'a'].map((id) => seenAs('queued', piano, id));
  const page = (query: Parameters<typeof listOf>[1]) => {
    const { data, ...rest } = listOf(seen, query);
    return { ids: data.map(({ id }) => id), ...rest };
  };
  expect(page({ limit: 2, order: 'desc' })).toEqual({
    ids: ['c', 'b'],
    object: 'list',
    first_id: 'c',
    last_id: 'b',
    has_more: true,
  });
  expect(page({ limit: 2, order: 'desc', after: 'b' })).toMatchObject({ ids: ['a'], has_more: false });
  expect(page({ limit: 2, order: 'asc', after: 'a' })).toMatchObject({ ids: ['b', 'c'], has_more: false });
});
