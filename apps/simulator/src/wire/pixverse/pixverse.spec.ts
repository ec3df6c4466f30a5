import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { isWay, orderOf, uploadBody, type Way } from './schema.js';
import { videoId } from './video-id.js';
import { answerOf, createdOf, viewOf } from './view.js';

const images: Readonly<Record<number, string>> = { 1: 'https://ex.com/a.png', 2: 'https://ex.com/b.png' };
const caller = { account: 'acc', origin: 'http://sim', traceId: 'trace-1', imageOf: (id: number) => images[id] };
const order = (way: Way, body: unknown) => orderOf(way, body, caller);

const common = { model: 'v5.5', prompt: 'a paper boat', duration: 5, quality: '720p' };
const text = { ...common, aspect_ratio: '16:9' };
const fusion = { ...text, image_references: [1, 2].map((id) => ({ img_id: id, ref_name: `r${id}`, type: 'subject' })) };
const boat = order('text', text);

it('reads a create; the reference is the trace id', () => {
  expect(order('text', { ...text, generate_audio_switch: true })).toMatchObject({
    clientReference: 'trace-1',
    size: { width: 1280, height: 720 },
    durationMs: 5000,
    audio: true,
    inputs: [],
  });
  expect(boat.audio).toBe(false);
  expect(order('img', { ...common, img_id: 2 }).inputs).toEqual([images[2]]);
  expect(order('transition', { ...common, first_frame_img: 2, last_frame_img: 1 }).inputs).toEqual([
    images[2],
    images[1],
  ]);
  expect(order('fusion', fusion).inputs).toEqual([images[1], images[2]]);
});

const old = { ...text, model: 'v4.5' };
it.each([
  ['text', 400_011, 'a prompt that is not there', { ...text, prompt: undefined }],
  ['text', 400_018, 'a prompt that is too long', { ...text, prompt: 'x'.repeat(2049) }],
  ['text', 400_017, 'no such model', { ...text, model: 'v9' }],
  ['text', 400_017, 'a length that is text', { ...text, duration: '5' }],
  ['text', 400_017, 'a length that it lacks', { ...text, duration: 6 }],
  ['text', 400_017, 'a length that 1080p lacks', { ...text, quality: '1080p', duration: 10 }],
  ['text', 400_017, 'a length that 1080p lacks, of old', { ...old, quality: '1080p', duration: 8 }],
  ['text', 400_017, 'a shape that only the newest have', { ...text, aspect_ratio: '21:9' }],
  ['text', 400_017, 'a seed that is too large', { ...text, seed: 2_147_483_648 }],
  ['text', 400_017, 'sound of old', { ...old, generate_audio_switch: false }],
  ['text', 400_017, 'clips of old', { ...old, generate_multi_clip_switch: false }],
  ['text', 400_017, 'an image', { ...text, img_id: 1 }],
  ['text', 400_011, 'no shape', common],
  ['img', 400_011, 'no image', common],
  ['img', 400_017, 'an address', { ...common, img_id: 'https://ex.com/a.png' }],
  ['img', 400_032, 'an image that was never uploaded', { ...common, img_id: 9 }],
  ['img', 400_017, 'a shape of its own', { ...common, img_id: 1, aspect_ratio: '16:9' }],
  ['transition', 400_011, 'one frame', { ...common, first_frame_img: 1 }],
  ['fusion', 400_017, 'a negative prompt', { ...fusion, negative_prompt: 'rain' }],
  ['fusion', 400_017, 'references of old', { ...fusion, model: 'v4' }],
] as const)('%s answers %i: %s', (way, ErrCode, _, body) => {
  expect(refuse(refusalOf(() => order(way, body)))).toMatchObject({ status: 200, body: { ErrCode, Resp: null } });
});

it('takes 5000 characters and 15 seconds where the newest does', () => {
  const long = { ...text, model: 'v6', prompt: 'x'.repeat(5000), duration: 15, quality: '1080p', aspect_ratio: '21:9' };
  expect(order('text', long)).toMatchObject({ durationMs: 15_000, echo: { credits: 270 } });
});

it.each(['text', 'img', 'transition', 'fusion'])('%s is a way', (word) => expect(isWay(word)).toBe(true));
it.each(['image', 'toString', ''])('%p is none', (word) => expect(isWay(word)).toBe(false));

it('takes an image by address or as a file', () => {
  expect(uploadBody.parse({ image_url: images[1] })).toBe(images[1]);
  expect(uploadBody.parse({ image: { filename: 'a.png', contentType: 'image/png' } })).toBe('file:a.png');
  expect(uploadBody.safeParse({}).success).toBe(false);
});

it.each([
  ['bad_credentials', 400_012],
  ['no_balance', 500_090],
  ['rate_limited', 500_044],
  ['overloaded', 500_069],
  ['moderated', 500_063],
  ['not_found', 500_008],
  ['server_error', 99_999],
] as const)('%s is a success with code %i', (kind, ErrCode) => {
  expect(refuse(new Refusal(kind, 'no'))).toMatchObject({ status: 200, body: { ErrCode, Resp: null } });
});

it.each([
  ['queued', 9],
  ['running', 5],
  ['succeeded', 1],
  ['failed', 8],
  ['moderated', 7],
  ['expired', 8],
] as const)('says of %s: %i', (phase, status) => {
  const isDone = phase === 'succeeded';
  expect(viewOf(seenAs(phase, boat, '7'))).toMatchObject({
    id: '7',
    status,
    url: isDone ? 'http://sim/files/7.mp4' : '',
    outputWidth: isDone ? 1280 : 0,
  });
});

it('spells its price in two ways', () => {
  expect(createdOf(seenAs('queued', boat, '7'))).toEqual({ video_id: '7', credits: 45 });
  const transition = order('transition', { ...common, first_frame_img: 1, last_frame_img: 2 });
  expect(createdOf(seenAs('queued', transition, '7'))).toEqual({ video_id: '7', credit: 45 });
});

it('has ids that are numbers beyond 2^53, each its own', () => {
  const [one, other] = [videoId(1_790_000_000_000), videoId(1_790_000_000_000)];
  expect(one).not.toBe(other);
  expect(Number(one)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  expect(answerOf({ video_id: one, credits: 45 })).toBe(
    `{"ErrCode":0,"ErrMsg":"success","Resp":{"video_id":${one},"credits":45}}`,
  );
});

it('leaves alone what a prompt says', () => {
  const prompt = '"id":"7"';
  const text = answerOf({ id: '8', prompt });
  expect(JSON.parse(text)).toMatchObject({ Resp: { id: 8, prompt } });
});
