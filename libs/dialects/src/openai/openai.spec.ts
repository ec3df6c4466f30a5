import { task as taskSchema } from '@videoapi/contracts';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { testDialect } from '../../test/test-dialect.js';
import { maxDataUrlBytes, openai, openaiSourceVideo, pollAfterMs, toOpenaiEdit, toOpenaiRemix } from '../index.js';
import { createRequest } from './wire.js';

const examples = new URL('./examples/', import.meta.url);
testDialect(openai, examples);

const rules = { allowHttpCallbacks: false };
const view = { baseUrl: 'https://api.example.com' };
const requestOf = (body: object) => openai.toSubmission({ prompt: 'a boat', ...body }, rules).request;
const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('every field of an openai create', () => {
  const values: Readonly<Record<string, unknown>> = { list: [[[]]], text: ' \0', number: Number.NaN };
  const cases = Object.keys(createRequest.shape).flatMap((field) => Object.keys(values).map((kind) => [field, kind]));

  it.each(cases)('%s refuses a wrong %s and names itself', (field = '', kind = '') => {
    const error = refusal(() => requestOf({ [field]: values[kind] }));
    expect(error).toMatchObject({ code: 'invalid_field', param: expect.stringMatching(new RegExp(`^${field}\\b`)) });
  });

  it.each(Object.keys(createRequest.shape).filter((field) => field !== 'prompt'))(
    '%s: null and empty are absent',
    (field) => {
      expect(requestOf({ [field]: null })).toEqual(requestOf({}));
      expect(requestOf({ [field]: '' })).toEqual(requestOf({}));
    },
  );

  it('keeps a seed of 0: it is a value', () => {
    expect(requestOf({ seed: '0' })).toMatchObject({ seed: 0 });
  });

  it('takes a data URL to its limit, and another URL to its own', () => {
    const ofLength = (length: number) => `data:image/png;base64,${'A'.repeat(length)}`;
    const most = Math.ceil(maxDataUrlBytes / 3) * 4;
    expect(requestOf({ image: ofLength(most) }).images).toHaveLength(1);
    expect(refusal(() => requestOf({ image: ofLength(most + 100) }))).toMatchObject({ param: 'image' });
    expect(refusal(() => requestOf({ image: `https://a.example/${'a'.repeat(4096)}` }))).toMatchObject({
      param: 'image',
    });
  });

  it('does not walk structures that are deeper than an edge lets in', () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    expect(refusal(() => requestOf({ parameters: deep }))).toMatchObject({ param: 'parameters' });
  });
});

describe('polling', () => {
  it.each([
    [null, 5_000],
    [0, 1_000],
    [9, 3_000],
    [600, 10_000],
  ])('an eta of %p s means %p ms', (etaSeconds, ms) => {
    expect(pollAfterMs({ etaSeconds })).toBe(ms);
  });
});

const done = z
  .array(z.object({ name: z.string(), task: taskSchema, body: z.unknown() }))
  .parse(JSON.parse(readFileSync(new URL('tasks.json', examples), 'utf8')))
  .find(({ name }) => name.startsWith('completed'))?.task;
if (done === undefined) throw new Error('no example');
const link = `https://api.example.com${done.outputs[0]?.path}`;
const context = { rules, view };

describe('a remix', () => {
  const remix = (talent: Parameters<typeof toOpenaiRemix>[2], body: unknown = { prompt: 'at night' }) =>
    toOpenaiRemix(body, done, talent, context).request;

  it('is the same video with another prompt, and remembers where it came from', () => {
    expect(remix({ types: ['text-to-video'], maxVideos: 0 })).toMatchObject({
      model: 'sora-2',
      prompt: 'at night',
      type: undefined,
      videos: [],
      resolution: '720p',
      aspectRatio: '16:9',
      duration: 8,
      metadata: { remixed_from_video_id: done.id },
    });
  });

  it('starts from the video where the model takes one', () => {
    expect(remix({ types: ['reference-to-video'], maxVideos: 1 })).toMatchObject({
      videos: [link],
      type: 'reference-to-video',
    });
    expect(remix({ types: ['text-to-video', 'video-edit'], maxVideos: 1 })).toMatchObject({ type: 'video-edit' });
  });

  it('is refused for a model that needs an image, for an unfinished video, without a prompt', () => {
    const talent = { types: ['image-to-video'], maxVideos: 0 } as const;
    expect(refusal(() => remix(talent))).toMatchObject({ code: 'unsupported_operation' });
    const running = { ...done, status: 'processing' as const, outputs: [] };
    const early = () => toOpenaiRemix({ prompt: 'at night' }, running, undefined, context);
    expect(refusal(early)).toMatchObject({ code: 'invalid_request', param: 'video' });
    expect(refusal(() => remix(undefined, {}))).toMatchObject({ code: 'missing_parameter', param: 'prompt' });
    expect(refusal(() => remix(undefined, []))).toMatchObject({ code: 'invalid_field' });
  });
});

describe('an edit', () => {
  const talentOf = () => ({ types: ['video-edit'], maxVideos: 1 }) as const;

  it('is of a task, whose model it keeps', () => {
    const { request } = toOpenaiEdit({ prompt: 'in snow', video: { id: done.id } }, { task: done }, talentOf, context);
    expect(request).toMatchObject({
      model: 'sora-2',
      type: 'video-edit',
      videos: [link],
      metadata: { remixed_from_video_id: done.id },
    });
  });

  it('is of a file, with a model that can', () => {
    const edit = (body: object, talent = talentOf) => toOpenaiEdit(body, { url: 'uploads/1.mp4' }, talent, context);
    const body = { model: 'happyhorse-1.0-video-edit', prompt: 'in snow', image: 'https://a.example/1.png' };
    expect(edit(body).request).toMatchObject({
      type: 'video-edit',
      videos: ['uploads/1.mp4'],
      images: ['https://a.example/1.png'],
      metadata: {},
    });
    expect(refusal(() => edit({ prompt: 'in snow' }))).toMatchObject({ code: 'missing_parameter', param: 'model' });
    const cannot = () => toOpenaiEdit(body, { url: 'u' }, () => ({ types: ['text-to-video'], maxVideos: 0 }), context);
    expect(refusal(cannot)).toMatchObject({ code: 'unsupported_operation' });
  });

  it.each([
    [{ video: { id: done.id } }, { taskId: done.id }],
    [{ video: 'uploads/acc_1/1.mp4' }, { url: 'uploads/acc_1/1.mp4' }],
    [{ video: { file_id: 'uploads/acc_1/1.mp4' } }, { url: 'uploads/acc_1/1.mp4' }],
  ])('reads the source of %j', (body, expected) => {
    expect(openaiSourceVideo(body)).toEqual(expected);
  });

  it.each([[{}], [{ video: [] }], [{ video: ['a', 'b'] }], [{ video: { id: 'video_123' } }], [{ video: 7 }]])(
    'refuses %j as a source',
    (body) => {
      expect(refusal(() => openaiSourceVideo(body))).toMatchObject({ param: 'video' });
    },
  );
});
