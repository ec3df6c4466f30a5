import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { type Way } from './models.js';
import { bodies, orderOf } from './schema.js';
import { viewOf } from './view.js';

const caller = { account: 'acc', origin: 'http://sim' };
const order = (way: Way, body: unknown) => orderOf(way, parseInput(bodies[way], body), caller);

const [a, b] = ['https://ex.com/a.png', 'https://ex.com/b.png'];
const text = { model: 'gen4.5', promptText: 'slow pan', ratio: '1280:720', duration: 5 };
const image = { ...text, model: 'gen4_turbo', promptImage: a };
const veo = { ...text, model: 'veo3.1', ratio: '1080:1920', duration: 8 };
const edit = { model: 'aleph2', promptText: 'winter', videoUri: 'https://ex.com/v.mp4' };
const pan = order('image_to_video', image);

it('reads a create; there is no client reference', () => {
  expect(pan).toMatchObject({ size: { width: 1280, height: 720 }, durationMs: 5000, audio: false, inputs: [a] });
  expect(pan.clientReference).toBeUndefined();
  expect(order('text_to_video', veo)).toMatchObject({ size: { width: 1080, height: 1920 }, audio: true });
  expect(order('text_to_video', { ...veo, audio: false }).audio).toBe(false);
  expect(order('video_to_video', edit)).toMatchObject({ inputs: ['https://ex.com/v.mp4'], durationMs: 5000 });
});

it('puts the first frame first, whatever their order', () => {
  const promptImage = [
    { uri: b, position: 'last' },
    { uri: a, position: 'first' },
  ];
  expect(order('image_to_video', { ...veo, promptImage }).inputs).toEqual([a, b]);
});

it.each([
  ['text_to_video', 'promptText', { ...text, promptText: undefined }],
  ['text_to_video', 'promptText', { ...text, promptText: 'x'.repeat(1001) }],
  ['text_to_video', 'promptImage', { ...text, promptImage: a }],
  ['text_to_video', 'ratio', { ...text, ratio: '960:960' }],
  ['text_to_video', 'ratio', { ...text, ratio: '1920:1080' }],
  ['text_to_video', 'ratio', { ...text, ratio: '16:9' }],
  ['text_to_video', 'duration', { ...text, duration: 11 }],
  ['text_to_video', 'duration', { ...text, duration: '5' }],
  ['text_to_video', 'duration', { ...veo, duration: 5 }],
  ['text_to_video', 'audio', { ...text, audio: true }],
  ['text_to_video', 'seed', { ...text, seed: 4_294_967_296 }],
  ['text_to_video', 'model', { ...text, model: 'gen4_turbo' }],
  ['text_to_video', 'model', { ...text, model: 'gen9' }],
  ['text_to_video', 'negativePrompt', { ...text, negativePrompt: 'rain' }],
  ['image_to_video', 'promptImage', text],
  ['image_to_video', 'promptImage', { ...image, promptImage: '/a.png' }],
  ['image_to_video', 'promptImage', { ...image, promptImage: [{ uri: b, position: 'last' }] }],
  ['image_to_video', 'promptImage', { ...veo, promptImage: [a, b].map((uri) => ({ uri, position: 'first' })) }],
  ['video_to_video', 'videoUri', { ...edit, videoUri: undefined }],
  ['video_to_video', 'duration', { ...edit, duration: 5 }],
  ['video_to_video', 'model', { ...edit, model: 'gen4.5' }],
] as const)('%s refuses %s', (way, param, body) => {
  const reply = refuse(refusalOf(() => order(way, body)));
  expect(reply).toMatchObject({ status: 400, body: { error: 'Validation of body failed' } });
  expect(reply.body).toMatchObject({ issues: [{ path: expect.arrayContaining([param]) }] });
});

it.each([
  ['bad_credentials', 401],
  ['no_balance', 402],
  ['rate_limited', 429],
  ['not_found', 404],
  ['server_error', 500],
] as const)('%s is a %i', (kind, status) => {
  expect(refuse(new Refusal(kind, 'no'))).toMatchObject({ status, body: { error: 'no' } });
});

it('names the reason of moderation', () => {
  expect(refuse(new Refusal('moderated', 'no'))).toMatchObject({
    status: 400,
    body: { failureCode: 'SAFETY.INPUT.TEXT' },
  });
});

it('counts progress to one, and signs links anew', () => {
  const common = { id: '17f2', createdAt: '2026-01-02T03:04:05.678Z' };
  expect(viewOf(seenAs('running', pan, '17f2'))).toEqual({ ...common, status: 'RUNNING', progress: 0.49 });
  expect(viewOf(seenAs('succeeded', pan, '17f2'))).toEqual({
    ...common,
    status: 'SUCCEEDED',
    output: ['http://sim/files/17f2.mp4?_jwt=0'],
  });
});

it('is throttled for whoever looks again while it waits', () => {
  const seen = seenAs('queued', pan);
  expect(viewOf(seen).status).toBe('PENDING');
  seen.render.counts.polls = 2;
  expect(viewOf(seen).status).toBe('THROTTLED');
});

it.each([
  ['failed', 'FAILED', 'INTERNAL.BAD_OUTPUT.CODE01'],
  ['expired', 'FAILED', 'INTERNAL'],
  ['moderated', 'FAILED', 'SAFETY.OUTPUT.VIDEO'],
  ['cancelled', 'CANCELLED', undefined],
] as const)('shows %s as %s', (phase, status, failureCode) => {
  const { output, ...shown } = { output: undefined, ...viewOf(seenAs(phase, pan)) };
  expect([shown.status, 'failureCode' in shown ? shown.failureCode : undefined, output]).toEqual([
    status,
    failureCode,
    undefined,
  ]);
});
