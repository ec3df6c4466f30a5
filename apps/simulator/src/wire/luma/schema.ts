import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';

const text = z.string().min(1);
/** One of them: an address, the bytes, a file or another generation. */
const media = z.union([
  z.strictObject({ url: z.url() }),
  z.strictObject({ data: text, media_type: text }),
  z.strictObject({ file_id: text }),
  z.strictObject({ generation_id: text }),
]);
type Media = z.output<typeof media>;

const common = { model: text, prompt: text.max(6000) };
const aspectRatio = z.enum(['9:16', '3:4', '1:1', '4:3', '16:9', '21:9']);
const look = {
  resolution: z.enum(['360p', '540p', '720p', '1080p']).default('720p'),
  hdr: z.boolean().default(false),
  exr_export: z.boolean().default(false),
};

const generation = z.strictObject({
  ...common,
  type: z.literal('video'),
  aspect_ratio: aspectRatio.optional(),
  video: z
    .strictObject({
      ...look,
      duration: z.enum(['5s', '10s']).default('5s'),
      loop: z.boolean().default(false),
      start_frame: media.optional(),
      end_frame: media.optional(),
      keyframes: z.array(media).min(1).max(64).optional(),
      keyframe_indexes: z.array(z.int().min(0)).optional(),
    })
    .prefault({}),
});
const edit = z.strictObject({
  ...common,
  type: z.literal('video_edit'),
  source: media,
  video: z.strictObject(look).prefault({}),
});
const reframe = z.strictObject({
  ...common,
  prompt: text.max(6000).optional(),
  type: z.literal('video_reframe'),
  source: media,
  aspect_ratio: aspectRatio,
  video: z.strictObject(look).prefault({}),
});

/** `POST /luma/v1/generations`; unknown fields are refused. */
export const createBody = z.discriminatedUnion('type', [generation, edit, reframe]);
type CreateBody = z.output<typeof createBody>;

export interface Caller {
  readonly account: string;
  readonly origin: string;
}

/** Luma has neither a field for a caller's id nor callbacks: its generations have no client reference. */
export function orderOf(body: CreateBody, { account, origin }: Caller): Order {
  if (body.model !== 'ray-3.2') throw new Refusal('model_not_found', `model: ${body.model} is not available`);
  const ratio = 'aspect_ratio' in body ? body.aspect_ratio : undefined;
  return {
    provider: 'luma',
    account,
    model: body.model,
    prompt: body.prompt ?? '',
    // A frame or a source keeps its own shape; the simulator looks at none.
    size: frameSize(body.video.resolution, ratio ?? '16:9') ?? { width: 1280, height: 720 },
    durationMs: 'duration' in body.video ? Number.parseInt(body.video.duration, 10) * 1000 : 5000,
    audio: false,
    inputs: inputsOf(body).map((input) => input.slice(0, 500)),
    origin,
    echo: { type: body.type },
  };
}

function inputsOf(body: CreateBody): string[] {
  if (body.type !== 'video') return [nameOf(body.source)];
  const { start_frame: start, end_frame: end, keyframes, keyframe_indexes: indexes } = body.video;
  if (keyframes?.length !== indexes?.length) {
    throw new Refusal('invalid', 'one for each of keyframes', { param: 'video.keyframe_indexes' });
  }
  if (keyframes !== undefined && (start !== undefined || end !== undefined)) {
    throw new Refusal('invalid', 'not together with start_frame or end_frame', { param: 'video.keyframes' });
  }
  return [start, end, ...(keyframes ?? [])].filter((one) => one !== undefined).map(nameOf);
}

function nameOf(one: Media): string {
  if ('url' in one) return one.url;
  if ('data' in one) return `data:${one.media_type}`;
  return 'file_id' in one ? one.file_id : one.generation_id;
}
