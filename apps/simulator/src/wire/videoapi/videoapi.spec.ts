import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { createBody, orderOf } from './schema.js';
import { acceptedOf, videoapiWire, viewOf } from './view.js';

const model = 'video-2.0-mini-reference-to-video';
const order = (body: object) => orderOf(parseInput(createBody, { model, prompt: 'p', ...body }), 'acc', 'http://sim');
const image = 'https://e.com/a.png';
const sample = order({
  type: 'image-to-video',
  prompt: '@Image1 turns around',
  image_urls: [image],
  video_urls: [],
  audio_urls: [],
  resolution: '720p',
  duration: 'auto',
  aspect_ratio: '9:16',
  generate_audio: true,
  end_user_id: 'customer_001',
});

it('reads the sample of the document', () => {
  expect(sample).toMatchObject({
    size: { width: 720, height: 1280 },
    durationMs: 5000,
    audio: true,
    clientReference: 'customer_001',
    inputs: [image],
    echo: { credits: 180 },
  });
});

it.each([
  [{ duration: 4 }, 4000],
  [{ duration: '6' }, 6000],
  [{}, 5000],
])('takes a length as %j', (body, durationMs) => {
  expect(order(body).durationMs).toBe(durationMs);
});

it.each<[object, number, unknown]>([
  [{ model: 'gpt-4' }, 400, 'model gpt-4 is missing or disabled'],
  [{ model: undefined }, 422, [{ loc: ['body', 'model'], msg: 'field required', type: 'value_error.missing' }]],
  [{ resolution: '1080p' }, 422, [{ loc: ['body', 'resolution'] }]],
  [{ duration: 3 }, 422, [{ loc: ['body', 'duration'] }]],
  [{ duration: 'long' }, 422, [{ loc: ['body', 'duration'] }]],
  [{ aspect_ratio: '5:4' }, 422, [{ loc: ['body', 'aspect_ratio'] }]],
  [{ image_urls: image }, 422, [{ loc: ['body', 'image_urls'] }]],
  [{ type: 'video-edit' }, 422, [{ loc: ['body', 'type'] }]],
  [{ generate_audio: 'yes' }, 422, [{ loc: ['body', 'generate_audio'] }]],
  [{ prompt: '@Image2 waves', image_urls: [image] }, 422, 'prompt references @Image2 but only 1 image was supplied'],
])('refuses %j', (body, status, detail) => {
  const refusal = refusalOf(() => order(body));
  expect(videoapiWire.refuse(refusal, 'r', '')).toMatchObject({ status, body: { detail } });
});

it('says what is wrong with a key and with the balance', () => {
  const reply = (kind: 'bad_credentials' | 'no_balance') => videoapiWire.refuse(new Refusal(kind, 'why'), 'r', '');
  expect(reply('bad_credentials')).toEqual({ status: 401, body: { detail: 'why' } });
  expect(reply('no_balance')).toEqual({ status: 402, body: { detail: 'insufficient credits' } });
});

it('answers a create with little', () => {
  expect(acceptedOf(seenAs('queued', sample, 'vidgen_1'))).toEqual({
    task_id: 'vidgen_1',
    status: 'pending',
    poll_interval_seconds: 30,
  });
});

it('shows the result three times, and credits in two places', () => {
  const url = 'http://sim/files/vidgen_1.mp4';
  expect(viewOf(seenAs('succeeded', sample, 'vidgen_1'))).toEqual({
    task_id: 'vidgen_1',
    status: 'completed',
    url,
    format: 'mp4',
    generated: [url],
    outputs: [],
    videos: [url],
    metadata: { credits_reserved: 180, public_model: model, asset_reference_style: '@Image1/@Video1/@Audio1' },
    credits_reserved: 180,
    credits_refunded: false,
    error: null,
  });
});

it.each([
  ['queued', 'pending', null, false],
  ['running', 'processing', null, false],
  ['failed', 'failed', { message: 'generation failed' }, true],
  ['moderated', 'failed', { message: 'upstream rejected the prompt' }, true],
  ['expired', 'failed', { message: 'generation timed out' }, true],
] as const)('shows %s as %s', (phase, status, error, refunded) => {
  const shown = viewOf(seenAs(phase, sample));
  expect(shown).toMatchObject({ status, url: null, videos: [], error, credits_refunded: refunded });
});
