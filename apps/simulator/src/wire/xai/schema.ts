import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { modelOf, type Model } from './models.js';

const address = z.string().regex(/^(https?:\/\/|data:)/, 'must be an https URL or a data URI');
const file = z.union([z.strictObject({ url: address }), z.strictObject({ file_id: z.string().min(1) })]);
const prompt = z.string().min(1).max(4096);
const common = {
  model: z.string().min(1),
  storage_options: z.looseObject({}).optional(),
  output: z.strictObject({ upload_url: z.url() }).optional(),
};

/** `POST /xai/v1/videos/generations`. There is no last frame. */
export const generationBody = z.strictObject({
  ...common,
  prompt: prompt.optional(),
  duration: z.int().min(1).max(15).default(8),
  aspect_ratio: z.enum(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3']).optional(),
  resolution: z.enum(['480p', '720p', '1080p']).default('480p'),
  image: file.optional(),
  reference_images: z.array(file).min(1).max(7).optional(),
  reference_audios: z
    .array(z.strictObject({ voice_id: z.string() }))
    .min(1)
    .max(3)
    .optional(),
  generate_audio: z.boolean().default(true),
  user: z.string().optional(),
});
type GenerationBody = z.output<typeof generationBody>;

/** `POST /xai/v1/videos/edits`: length, shape and size are the source's. */
export const editBody = z.strictObject({ ...common, prompt, video: file, user: z.string().optional() });

/** `POST /xai/v1/videos/extensions`: so many seconds more. */
export const extensionBody = z.strictObject({
  ...common,
  prompt,
  video: file,
  duration: z.int().min(2).max(10).default(6),
});

export interface Caller {
  readonly account: string;
  readonly origin: string;
}

export function orderOf(body: GenerationBody, caller: Caller): Order {
  const model = known(body.model);
  check(body, model);
  return order(body, caller, {
    resolution: body.resolution,
    // A first frame keeps its own shape; the simulator looks at none.
    ratio: body.aspect_ratio ?? '16:9',
    seconds: body.duration,
    audio: body.generate_audio,
    inputs: [...(body.image === undefined ? [] : [body.image]), ...(body.reference_images ?? [])],
  });
}

/** A source of five seconds at 720p is assumed: none is ever read. */
export function derivedOrderOf(
  body: z.output<typeof editBody> | z.output<typeof extensionBody>,
  caller: Caller,
): Order {
  if (!known(body.model).derives) throw refused('model', `${body.model} does not support this operation`);
  const added = 'duration' in body ? body.duration : 0;
  const shape = { resolution: '720p', ratio: '16:9', seconds: 5 + added, audio: true };
  return order(body, caller, { ...shape, inputs: [body.video] });
}

function known(name: string): Model {
  const model = modelOf(name);
  if (model === undefined) {
    throw new Refusal('model_not_found', `The model ${name} does not exist or your team does not have access to it.`);
  }
  return model;
}

function check(body: GenerationBody, model: Model): void {
  const { image, reference_images: references } = body;
  if (body.prompt === undefined && image === undefined) throw refused('prompt', 'prompt is required without image');
  if (image !== undefined && references !== undefined) {
    throw refused('reference_images', 'image and reference_images are mutually exclusive');
  }
  if (!(body.resolution in model.perSecond)) throw refused('resolution', `not supported by ${body.model}`);
  if (references !== undefined && body.duration > 10) throw refused('duration', 'at most 10 with reference_images');
  if (references !== undefined && body.resolution === '1080p')
    throw refused('resolution', 'at most 720p with reference_images');
  if (body.reference_audios !== undefined && references === undefined) {
    throw refused('reference_audios', 'only with reference_images');
  }
}

function refused(param: string, why: string): Refusal {
  return new Refusal('invalid', why, { param });
}

interface Shape {
  readonly resolution: string;
  readonly ratio: string;
  readonly seconds: number;
  readonly audio: boolean;
  readonly inputs: readonly z.output<typeof file>[];
}

/** xAI has neither a field for a caller's id nor callbacks: its renders have no client reference. */
function order(
  body: { readonly model: string; readonly prompt?: string | undefined },
  { account, origin }: Caller,
  { resolution, ratio, seconds, audio, inputs }: Shape,
): Order {
  return {
    provider: 'xai',
    account,
    model: body.model,
    prompt: body.prompt ?? '',
    size: frameSize(resolution, ratio) ?? { width: 1280, height: 720 },
    durationMs: seconds * 1000,
    audio,
    inputs: inputs.map((input) => ('url' in input ? input.url : input.file_id).slice(0, 500)),
    origin,
    echo: { resolution },
  };
}
