import { parseInput } from '../../http/parse-body.js';
import { seenAs } from '../sighting.fixture.js';
import { createBody, orderOf } from './schema.js';
import { viewOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(createBody, body), 'acc', 'http://sim', undefined);
const cat = order({ model: 'sora-2', prompt: 'a cat', seconds: '8', size: '1280x720', n: '1', parameters: '{}' });

it.each([
  [{ seconds: '8' }, 8000],
  [{ duration: 6 }, 6000],
  [{ duration: '7', seconds: '9' }, 9000],
  [{}, 5000],
])('takes a length as %j', (given, durationMs) => {
  expect(order({ model: 'm', prompt: 'p', ...given }).durationMs).toBe(durationMs);
});

it.each([
  [{ size: '720x1280' }, { width: 720, height: 1280 }],
  [{ size: '9:16' }, { width: 720, height: 1280 }],
  [
    { width: '512', height: '512' },
    { width: 512, height: 512 },
  ],
  [{ size: 'whatever' }, { width: 1280, height: 720 }],
])('takes a size as %j', (given, size) => {
  expect(order({ model: 'm', prompt: 'p', ...given }).size).toEqual(size);
});

it('takes objects as JSON text and one value for a list', () => {
  const given = order({ model: 'm', prompt: 'p', metadata: '{"reference":"att_1","x":1}', images: 'http://a/1.png' });
  expect(given).toMatchObject({ clientReference: 'att_1', inputs: ['http://a/1.png'] });
  expect(() => order({ model: 'm', prompt: 'p', metadata: '{' })).toThrow('not valid JSON');
});

it('wants a model and a prompt', () => {
  expect(() => order({ prompt: 'p' })).toThrow('model is required');
  expect(() => order({ model: 'm' })).toThrow('prompt is required');
});

it('shows milliseconds, the old id and a public URL; what is absent is left out', () => {
  expect(viewOf(seenAs('succeeded', cat, 'video_1'))).toEqual({
    id: 'video_1',
    task_id: 'video_1',
    object: 'video',
    model: 'sora-2',
    status: 'completed',
    progress: 100,
    created_at: 1767323045678,
    completed_at: 1767323056678,
    seconds: '8',
    size: '1280x720',
    metadata: {},
    video_url: 'http://sim/files/video_1.mp4',
  });
  const failed = viewOf(seenAs('failed', cat));
  expect(failed).toMatchObject({ status: 'failed', progress: 0, error: { code: 'task_failed' } });
  expect(failed).not.toHaveProperty('video_url');
});
