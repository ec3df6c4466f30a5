import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize, type FrameSize } from '../../render/frame-size.js';
import { type Family, familyOf, sizesOf } from './models.js';

const link = z.string().regex(/^(https?:\/\/|oss:\/\/|data:)/, 'the url is not valid');
const mediaItem = z.strictObject({ type: z.string(), url: link, reference_voice: link.optional() });

/** `POST …/video-synthesis`: the fields of all models. Which of them a model takes is checked after. */
export const createBody = z.strictObject({
  model: z.string().min(1),
  input: z.strictObject({
    prompt: z.string().optional(),
    negative_prompt: z.string().max(500).optional(),
    img_url: link.optional(),
    first_frame_url: link.optional(),
    last_frame_url: link.optional(),
    audio_url: link.optional(),
    reference_urls: z.array(link).min(1).max(8).optional(),
    reference_video_urls: z.array(link).min(1).max(3).optional(),
    template: z.string().optional(),
    media: z.array(mediaItem).optional(),
  }),
  parameters: z
    .strictObject({
      size: z.string().optional(),
      resolution: z.string().optional(),
      ratio: z.string().optional(),
      duration: z.int().optional(),
      prompt_extend: z.boolean().optional(),
      shot_type: z.enum(['single', 'multi']).optional(),
      audio: z.boolean().optional(),
      audio_setting: z.enum(['auto', 'origin']).optional(),
      watermark: z.boolean().optional(),
      seed: z.int().min(0).max(2_147_483_647).optional(),
    })
    .default({}),
});
export type CreateBody = z.output<typeof createBody>;

/** What an edit's video is long: nobody looks at it. */
const inputSeconds = 5;

export function orderOf(body: CreateBody, service: string, account: string, origin: string): Order {
  const family = familyOf(body.model);
  if (family === undefined) throw new Refusal('model_not_found', 'Model not exist.');
  if (family.service !== service) throw invalid('url', 'url error, please check url!');
  checkInput(body.input, family);
  checkParameters(body.parameters, family);
  const { input, parameters } = body;
  const seconds = secondsOf(parameters.duration, family);
  const { size, resolution, ratio } = shapeOf(parameters, family);
  return {
    provider: 'dashscope',
    account,
    model: body.model,
    prompt: input.prompt ?? '',
    size,
    durationMs: seconds * 1000,
    audio: family.audio === 'switch' ? (parameters.audio ?? true) : family.audio === 'always',
    seed: parameters.seed,
    inputs: inputsOf(input).map((url) => url.slice(0, 500)),
    origin,
    echo: {
      resolution,
      ratio,
      input_seconds: family.keepsLength === true ? inputSeconds : 0,
      watermark: parameters.watermark ?? family.marks === true,
      ...(parameters.prompt_extend !== false && family.switches.includes('prompt_extend') && { extended: true }),
    },
  };
}

function checkInput(input: CreateBody['input'], family: Family): void {
  const { prompt, media, ...others } = input;
  if (family.prompt === 'required' && (prompt === undefined || prompt.trim() === '')) {
    throw new Refusal('invalid', 'it must not be empty.', { param: 'input.prompt', invalidity: 'missing' });
  }
  const wanted = family.inputs.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1));
  const known = new Set(family.inputs.map((name) => name.replace('!', '')));
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  for (const [name] of given) if (!known.has(name)) throw invalid(`input.${name}`, 'the model does not take it.');
  for (const name of wanted) {
    if (!given.some(([field]) => field === name)) {
      throw new Refusal('invalid', 'it is required.', { param: `input.${name}`, invalidity: 'missing' });
    }
  }
  checkMedia(media ?? [], family);
}

function checkMedia(media: NonNullable<CreateBody['input']['media']>, { media: rules = {}, needsMedia }: Family): void {
  if (needsMedia === true && media.length === 0) throw invalid('input.media', 'it must not be empty.');
  const count = (type: string) => media.filter((item) => item.type === type).length;
  for (const { type } of media) {
    if (!Object.hasOwn(rules, type)) throw invalid('input.media', `the model takes no ${type}.`);
  }
  for (const [type, [min, max]] of Object.entries(rules)) {
    const found = count(type);
    if (found < min || found > max)
      throw invalid('input.media', `there must be ${min} to ${max} of ${type}, not ${found}.`);
  }
  const isFrame = (type: string) => type === 'first_frame' || type === 'last_frame';
  // Wan 3.0 takes frames or references; a first frame beside references is Wan 2.7's alone.
  if (
    'reference_audio' in rules &&
    media.some(({ type }) => isFrame(type)) &&
    media.some(({ type }) => !isFrame(type))
  ) {
    throw invalid('input.media', 'frames and references exclude each other.');
  }
  if (count('last_frame') > count('first_frame')) throw invalid('input.media', 'a last frame needs a first frame.');
}

function checkParameters(parameters: CreateBody['parameters'], family: Family): void {
  const known = [
    'duration',
    'watermark',
    'seed',
    family.shape,
    ...family.switches,
    ...(family.ratios.length > 0 ? ['ratio'] : []),
  ];
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && !known.includes(name))
      throw invalid(`parameters.${name}`, 'the model does not take it.');
  }
  const { size, resolution, ratio } = parameters;
  if (size !== undefined && !sizesOf(family).includes(size))
    throw invalid('parameters.size', 'it must be one of the sizes, such as 1280*720.');
  if (resolution !== undefined && !family.resolutions.includes(resolution)) {
    throw invalid('parameters.resolution', `it must be one of ${family.resolutions.join(', ')}.`);
  }
  if (ratio !== undefined && !family.ratios.includes(ratio)) {
    throw invalid('parameters.ratio', `it must be one of ${family.ratios.join(', ')}.`);
  }
}

function secondsOf(asked: number | undefined, { seconds, auto, keepsLength }: Family): number {
  if (keepsLength === true || asked === undefined || asked === auto) return inputSeconds;
  const fits = 'min' in seconds ? asked >= seconds.min && asked <= seconds.max : seconds.includes(asked);
  if (!fits) throw invalid('parameters.duration', 'the model does not render so many seconds.');
  return asked;
}

interface Shape {
  readonly size: FrameSize;
  readonly resolution: string;
  readonly ratio: string;
}

function shapeOf({ size, resolution, ratio }: CreateBody['parameters'], family: Family): Shape {
  if (family.shape === 'size') {
    const [width = 1280, height = 720] = (size ?? sizesOf(family)[0] ?? '').split('*').map(Number);
    return { size: { width, height }, resolution: `${Math.min(width, height)}P`, ratio: `${width}:${height}` };
  }
  const named = resolution ?? family.resolution;
  // Without a look at the input all follow one of this shape.
  const asked = ratio ?? family.ratios[0] ?? '16:9';
  const shown = asked === 'adaptive' ? '16:9' : asked;
  return { size: frameSize(named, shown) ?? { width: 1280, height: 720 }, resolution: named, ratio: shown };
}

function inputsOf({ media = [], ...input }: CreateBody['input']): string[] {
  const single = [input.img_url, input.first_frame_url, input.last_frame_url, input.audio_url];
  const lists = [
    ...(input.reference_urls ?? []),
    ...(input.reference_video_urls ?? []),
    ...media.map(({ url }) => url),
  ];
  return [...single, ...lists].filter((url) => url !== undefined);
}

function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}
