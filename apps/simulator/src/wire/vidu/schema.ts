import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { creditsOf, familyOf, type Family, type Way } from './models.js';

/** A URL, or a data URI with its prefix: bare base64 is refused. */
const asset = z
  .string()
  .regex(/^(https?:\/\/|data:[\w.+-]+\/[\w.+-]+;base64,)/, 'must be a url or base64 with its prefix');
const common = {
  model: z.string().min(1),
  duration: z.int().optional(),
  resolution: z.string().optional(),
  movement_amplitude: z.enum(['auto', 'small', 'medium', 'large']).default('auto'),
  audio: z.boolean().optional(),
  audio_type: z.enum(['all', 'speech_only', 'sound_effect_only']).optional(),
  voice_id: z.string().optional(),
  bgm: z.boolean().default(false),
  seed: z.int().optional(),
  watermark: z.boolean().default(false),
  wm_position: z.int().min(1).max(4).default(3),
  wm_url: z.url().optional(),
  meta_data: z.string().optional(),
  payload: z.string().max(1_048_576).default(''),
  off_peak: z.boolean().default(false),
  is_rec: z.boolean().default(false),
  callback_url: z.url().optional(),
};
const ratio = z.enum(['16:9', '9:16', '3:4', '4:3', '1:1']).default('16:9');
const subject = z.strictObject({
  name: z.string().min(1),
  images: z.array(asset).max(3).default([]),
  videos: z.array(asset).max(1).default([]),
  voice_id: z.string().optional(),
  server_id: z.string().optional(),
});

/** One body for each endpoint. Fields that an endpoint does not have are refused: frames keep their own shape. */
export const bodies = {
  text2video: z.strictObject({
    ...common,
    prompt: z.string().min(1),
    aspect_ratio: ratio,
    style: z.enum(['general', 'anime']).optional(),
  }),
  img2video: z.strictObject({ ...common, prompt: z.string().optional(), images: z.array(asset).length(1) }),
  'start-end2video': z.strictObject({ ...common, prompt: z.string().optional(), images: z.array(asset).length(2) }),
  reference2video: z.strictObject({
    ...common,
    prompt: z.string().min(1),
    aspect_ratio: ratio,
    images: z.array(asset).min(1).max(7).optional(),
    subjects: z.array(subject).min(1).max(7).optional(),
    auto_subjects: z.boolean().default(false),
  }),
} as const satisfies Record<Way, z.ZodType>;
type Body = z.output<(typeof bodies)[Way]>;

export const cancelBody = z.strictObject({ id: z.string() });

const some = z.union([z.string().transform((one) => one.split(',')), z.array(z.string())]);
export const listQuery = z.object({
  'created_at.from': z.iso.datetime({ offset: true }).optional(),
  'created_at.to': z.iso.datetime({ offset: true }).optional(),
  task_ids: some.optional(),
  states: some.optional(),
  'pager.page': z.coerce.number().int().min(0).default(0),
  'pager.pagesz': z.coerce.number().int().min(1).max(100).default(10),
  'pager.page_token': z.string().regex(/^\d+$/).optional(),
});
export type ListQuery = z.output<typeof listQuery>;

export function orderOf(way: Way, body: Body, account: string, origin: string): Order {
  const family = familyOf(way, body.model);
  if (family === undefined)
    throw new Refusal('model_not_found', `model ${body.model} is not supported`, { param: 'model' });
  const inputs = inputsOf(body);
  const duration = body.duration ?? (family.seconds.includes(5) ? 5 : (family.seconds[0] ?? 5));
  const resolution = body.resolution ?? family.defaultResolution;
  check(body, family, duration, resolution);
  const shape = 'aspect_ratio' in body ? body.aspect_ratio : '';
  return {
    provider: 'vidu',
    account,
    clientReference: body.payload === '' ? lastSegment(body.callback_url) : body.payload.slice(0, 500),
    model: body.model,
    prompt: body.prompt ?? '',
    size: frameSize(resolution, shape === '' ? '16:9' : shape) ?? { width: 1280, height: 720 },
    durationMs: duration * 1000,
    audio: family.audio && (body.audio ?? true),
    seed: body.seed,
    inputs: inputs.map((input) => input.slice(0, 500)),
    callbackUrl: body.callback_url,
    origin,
    echo: {
      type: way,
      duration,
      seed: body.seed ?? 123,
      aspect_ratio: shape,
      resolution,
      movement_amplitude: body.movement_amplitude,
      payload: body.payload,
      bgm: body.bgm,
      off_peak: body.off_peak,
      watermark: body.watermark,
      credits: creditsOf(family, resolution, duration, body.off_peak) + (body.is_rec ? 10 : 0),
    },
  };
}

function check(body: Body, family: Family, duration: number, resolution: string): void {
  if (!family.seconds.includes(duration)) throw invalid('duration');
  if (!family.resolutions.includes(resolution)) throw invalid('resolution');
  if ((body.prompt ?? '').length > family.longestPrompt) throw invalid('prompt');
  if (!family.audio && body.audio !== undefined) throw invalid('audio', 'unknown');
}

function inputsOf(body: Body): string[] {
  if (!('subjects' in body) && !('auto_subjects' in body)) return 'images' in body ? body.images : [];
  const { images, subjects } = body;
  if (images !== undefined && subjects !== undefined) throw invalid('images', 'unknown');
  if (images === undefined && subjects === undefined) throw invalid('images', 'missing');
  if (subjects === undefined) return images ?? [];
  const assets = subjects.flatMap((one) => [...one.images, ...one.videos]);
  if (new Set(subjects.map(({ name }) => name)).size < subjects.length) throw invalid('subjects.name');
  // A list that is too short or too long has a reason of its own.
  if (assets.length === 0 || assets.length > 7) throw invalid('images');
  return assets;
}

function invalid(param: string, invalidity: 'missing' | 'unknown' | 'value' = 'value'): Refusal {
  return new Refusal('invalid', `${param} is invalid`, { param, invalidity });
}

function lastSegment(callbackUrl: string | undefined): string | undefined {
  if (callbackUrl === undefined) return undefined;
  const segment = new URL(callbackUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
