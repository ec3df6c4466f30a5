import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { familyOf, ratios, sizeOf, type Family } from './models.js';

const url = z.object({ url: z.string().min(1) });
const contentItem = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('image_url'),
    image_url: url,
    role: z.enum(['first_frame', 'last_frame', 'reference_image']).optional(),
  }),
  z.object({ type: z.literal('video_url'), video_url: url, role: z.literal('reference_video').optional() }),
  z.object({ type: z.literal('audio_url'), audio_url: url, role: z.literal('reference_audio').optional() }),
  z.object({ type: z.literal('draft_task'), draft_task: z.object({ id: z.string() }) }),
]);
type ContentItem = z.output<typeof contentItem>;

/** `POST /ark/api/v3/contents/generations/tasks`. */
export const createBody = z.object({
  model: z.string().min(1),
  content: z.array(contentItem).min(1).max(64),
  resolution: z.string().optional(),
  ratio: z.enum(ratios).default('adaptive'),
  duration: z.int().default(5),
  frames: z
    .int()
    .min(29)
    .max(289)
    .refine((frames) => (frames - 25) % 4 === 0, 'frames must be 25 + 4n')
    .optional(),
  seed: z
    .int()
    .min(-1)
    .max(2 ** 32 - 1)
    .optional(),
  camera_fixed: z.boolean().default(false),
  watermark: z.boolean().default(false),
  generate_audio: z.boolean().optional(),
  return_last_frame: z.boolean().default(false),
  draft: z.boolean().default(false),
  callback_url: z.url().optional(),
  service_tier: z.enum(['default', 'flex']).default('default'),
  execution_expires_after: z.int().min(3600).max(259_200).default(172_800),
  safety_identifier: z.string().max(64).optional(),
  priority: z.int().min(0).max(9).optional(),
});
export type CreateBody = z.output<typeof createBody>;

const some = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
export const listQuery = z.object({
  page_num: z.coerce.number().int().min(1).max(500).default(1),
  page_size: z.coerce.number().int().min(1).max(500).default(20),
  'filter.status': z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired']).optional(),
  'filter.task_ids': some.optional(),
  'filter.model': z.string().optional(),
  'filter.service_tier': z.string().optional(),
});
export type ListQuery = z.output<typeof listQuery>;

export function orderOf(body: CreateBody, account: string, origin: string): Order {
  const family = familyOf(body.model);
  if (family === undefined) {
    throw new Refusal(
      'model_not_found',
      `The model or endpoint ${body.model} does not exist or you do not have access to it.`,
    );
  }
  checkContent(body.content);
  checkParameters(body, family);
  const resolution = body.resolution ?? family.defaultResolution;
  // `adaptive` follows the first image; the simulator looks at none.
  const ratio = body.ratio === 'adaptive' ? '16:9' : body.ratio;
  const duration = body.duration === -1 ? 5 : body.duration;
  const audio = family.audio && (body.generate_audio ?? true);
  return {
    provider: 'ark',
    account,
    clientReference: body.safety_identifier ?? lastSegment(body.callback_url),
    model: body.model,
    prompt: body.content.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n'),
    size: sizeOf(family, resolution, ratio),
    durationMs: body.frames === undefined ? duration * 1000 : (body.frames * 1000) / 24,
    audio,
    seed: body.seed === -1 ? undefined : body.seed,
    inputs: body.content.flatMap(inputOf).map((input) => input.slice(0, 500)),
    callbackUrl: body.callback_url,
    expiresAfterMs: body.execution_expires_after * 1000,
    origin,
    echo: {
      seed: body.seed === undefined || body.seed === -1 ? 58_944 : body.seed,
      resolution,
      ratio,
      ...(body.frames === undefined ? { duration } : { frames: body.frames }),
      framespersecond: 24,
      ...(family.audio && { generate_audio: audio }),
      ...(body.draft && { draft: true }),
      ...(body.safety_identifier !== undefined && { safety_identifier: body.safety_identifier }),
      ...(body.priority !== undefined && { priority: body.priority }),
      ...(body.return_last_frame && { return_last_frame: true }),
      service_tier: body.service_tier,
      execution_expires_after: body.execution_expires_after,
    },
  };
}

function checkContent(content: readonly ContentItem[]): void {
  const images = content.filter((item) => item.type === 'image_url');
  if (images.length > 1 && images.some(({ role }) => role === undefined)) {
    throw new Refusal('invalid', 'role must be specified for image contents', { param: 'content' });
  }
  const references = content.some((item) => 'role' in item && item.role?.startsWith('reference_') === true);
  const frames = images.some(({ role }) => role === undefined || role === 'first_frame' || role === 'last_frame');
  if (references && frames) {
    throw new Refusal('invalid', 'first/last frame content cannot be mixed with reference media content', {
      param: 'content',
    });
  }
  const last = images.some(({ role }) => role === 'last_frame');
  if (last && !images.some(({ role }) => role === 'first_frame')) {
    throw new Refusal('invalid', 'last frame content needs first frame content', { param: 'content' });
  }
}

function checkParameters(body: CreateBody, family: Family): void {
  const refuse = (param: string, why: string) => {
    const message = `the parameter ${param} specified in the request ${why} for model ${body.model}`;
    return new Refusal('invalid', message, { param });
  };
  if (body.resolution !== undefined && !family.resolutions.includes(body.resolution)) {
    throw refuse('resolution', 'is not valid');
  }
  const { min, max } = family.seconds;
  if (body.duration === -1 ? !family.auto : body.duration < min)
    throw refuse('duration', `must be greater than or equal to ${min}`);
  if (body.duration > max) throw refuse('duration', `must be less than or equal to ${max}`);
  if (body.frames !== undefined && !family.frames) throw refuse('frames', 'is not supported');
  if (body.generate_audio === true && !family.audio) throw refuse('generate_audio', 'is not supported');
}

function inputOf(item: ContentItem): string[] {
  if (item.type === 'image_url') return [item.image_url.url];
  if (item.type === 'video_url') return [item.video_url.url];
  return item.type === 'audio_url' ? [item.audio_url.url] : [];
}

/** Ark has no field for a caller's id; a callback URL of its own per task does the same. */
function lastSegment(callbackUrl: string | undefined): string | undefined {
  if (callbackUrl === undefined) return undefined;
  const segment = new URL(callbackUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
