import { AppError, type Capabilities, capabilities, modelDefaults, taskRequest } from '@videoapi/contracts';
import * as fc from 'fast-check';
import { type RequestModel, resolveRequest } from './resolve.js';

const model: RequestModel = {
  id: 'm',
  capabilities: capabilities.parse({
    types: ['text-to-video', 'image-to-video', 'reference-to-video'],
    resolutions: ['480p', '720p'],
    durations: { min: 4, max: 15, auto: true },
    aspectRatios: ['16:9', '9:16'],
    maxImages: 2,
    maxVideos: 1,
    audio: 'optional',
    firstFrame: true,
    maxPromptLength: 100,
  }),
  defaults: modelDefaults.parse({ resolution: '720p', duration: 'auto', aspectRatio: '16:9', generateAudio: true }),
};
const withCapabilities = (more: Partial<Capabilities>): RequestModel => ({
  ...model,
  capabilities: { ...model.capabilities, ...more },
});
const request = (more: object = {}) => taskRequest.parse({ model: 'm', prompt: 'a cat', ...more });
const image = 'https://customer.example/a.png';

describe('resolveRequest', () => {
  it('fills in the defaults and holds the maximum for auto', () => {
    expect(resolveRequest(request(), model)).toMatchObject({
      type: 'text-to-video',
      resolution: '720p',
      duration: 'auto',
      maxDurationMs: 15_000,
      aspectRatio: '16:9',
      generateAudio: true,
    });
  });

  it.each([
    ['nothing', {}, 'text-to-video'],
    ['one image', { images: [image] }, 'image-to-video'],
    ['two images', { images: [image, image] }, 'reference-to-video'],
    ['a video', { videos: [image] }, 'reference-to-video'],
    ['a first frame', { firstFrame: image }, 'image-to-video'],
    ['one image and a wish', { images: [image], type: 'reference-to-video' }, 'reference-to-video'],
  ])('infers the type from %s', (_, fields, type) => {
    expect(resolveRequest(request(fields), model).type).toBe(type);
  });

  it('gives each way of making a video its own lengths, and its own default where the usual one does not fit', () => {
    const own = withCapabilities({
      types: ['text-to-video', 'reference-to-video', 'video-edit'],
      durations: { min: 1, max: 16, auto: false },
      durationsByType: {
        'reference-to-video': { min: 3, max: 16, auto: false },
        'video-edit': { values: [15], auto: false },
      },
    });
    const five = { ...own, defaults: { ...own.defaults, duration: 5 } };
    const edit = { videos: [image], type: 'video-edit' } as const;
    expect(resolveRequest(request({ duration: 1 }), five)).toMatchObject({ duration: 1 });
    expect(resolveRequest(request({ images: [image] }), five)).toMatchObject({ duration: 5, maxDurationMs: 5_000 });
    expect(resolveRequest(request(edit), five)).toMatchObject({ duration: 15, maxDurationMs: 15_000 });
    for (const refused of [
      { images: [image], duration: 1 },
      { ...edit, duration: 5 },
    ]) {
      expect(() => resolveRequest(request(refused), five)).toThrow(expect.objectContaining({ param: 'duration' }));
    }
  });

  it.each([
    ['resolution', { resolution: '1080p' }],
    ['duration', { duration: 3 }],
    ['duration', { duration: 16 }],
    ['duration', { duration: 5.5 }],
    ['aspectRatio', { aspectRatio: '1:1' }],
    ['images', { images: [image, image, image] }],
    ['audios', { audios: [image] }],
    ['lastFrame', { lastFrame: image }],
    ['seed', { seed: 0 }],
    ['negativePrompt', { negativePrompt: '' }],
    ['watermark', { watermark: false }],
    ['cameraFixed', { cameraFixed: false }],
    ['type', { type: 'video-edit' }],
    ['prompt', { prompt: 'x'.repeat(101) }],
    ['prompt', { prompt: 'a\0b' }],
  ])("refuses %s out of the model's range and names it", (param, fields) => {
    expect(refusal(() => resolveRequest(request(fields), model))).toMatchObject({ code: 'invalid_field', param });
  });

  it('takes only the listed seconds of a model that has a list', () => {
    const listed = withCapabilities({ durations: { values: [4, 8, 12], auto: false } });

    expect(resolveRequest(request({ duration: 8 }), listed).maxDurationMs).toBe(8000);
    expect(refusal(() => resolveRequest(request({ duration: 5 }), listed))).toMatchObject({ param: 'duration' });
    expect(refusal(() => resolveRequest(request({ duration: 'auto' }), listed))).toMatchObject({ param: 'duration' });
  });

  it.each([
    ['always', undefined, true],
    ['always', true, true],
    ['never', undefined, false],
    ['never', false, false],
    ['optional', false, false],
  ] as const)('sound %s, asked %s', (audio, asked, expected) => {
    expect(resolveRequest(request({ generateAudio: asked }), withCapabilities({ audio })).generateAudio).toBe(expected);
  });

  it.each([
    ['always', false],
    ['never', true],
  ] as const)('refuses sound %s when asked %s', (audio, asked) => {
    const attempt = () => resolveRequest(request({ generateAudio: asked }), withCapabilities({ audio }));
    expect(refusal(attempt)).toMatchObject({ param: 'generateAudio' });
  });

  it.each([
    ['@Image2 turns', { images: [image] }],
    ['@Image0 turns', { images: [image] }],
    ['@Video1 plays', {}],
    ['@Image10', { images: [image] }],
  ])('refuses %j when there is no such asset', (prompt, fields) => {
    expect(refusal(() => resolveRequest(request({ prompt, ...fields }), model))).toMatchObject({
      code: 'asset_index_out_of_range',
      param: 'prompt',
    });
  });

  it('leaves words that only look like references alone', () => {
    const prompt = '@Image1 looks at @image9 and mail@Imagery.example';
    expect(resolveRequest(request({ prompt, images: [image] }), model).prompt).toBe(prompt);
  });

  it('never answers with something the model cannot do', () => {
    const fields = fc.record(
      {
        resolution: fc.constantFrom('240p', '480p', '720p', '4k'),
        duration: fc.oneof(
          fc.constant('auto'),
          fc.double({ min: -5, max: 40, noNaN: true }),
          fc.integer({ min: 0, max: 20 }),
        ),
        aspectRatio: fc.constantFrom('16:9', '9:16', '1:1'),
        generateAudio: fc.boolean(),
        images: fc.array(fc.constant(image), { maxLength: 4 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (asked) => {
        try {
          const resolved = resolveRequest(request(asked), model);
          expect(model.capabilities.resolutions).toContain(resolved.resolution);
          expect(model.capabilities.aspectRatios).toContain(resolved.aspectRatio);
          expect(resolved.maxDurationMs).toBeGreaterThanOrEqual(4000);
          expect(resolved.maxDurationMs).toBeLessThanOrEqual(15_000);
          expect(resolved.images.length).toBeLessThanOrEqual(2);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
    );
  });
});

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('was not refused');
}
