import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { lastSegment } from './reference.js';

const image = z.string().regex(/^(https?:\/\/|data:image\/)/, 'not a URL of an image');

/** `POST /v1/video_generation`. No aspect ratio, no seed. */
export const firstBody = z.strictObject({
  model: z.string().min(1),
  prompt: z.string().max(2000).optional(),
  prompt_optimizer: z.boolean().optional(),
  fast_pretreatment: z.boolean().optional(),
  duration: z.union([z.literal(6), z.literal(10)]).default(6),
  resolution: z.string().optional(),
  first_frame_image: image.optional(),
  last_frame_image: image.optional(),
  subject_reference: z
    .array(z.strictObject({ type: z.literal('character'), image: z.array(image).length(1) }))
    .length(1)
    .optional(),
  callback_url: z.url().optional(),
  aigc_watermark: z.boolean().default(false),
});
export type FirstBody = z.output<typeof firstBody>;

export const firstQuery = z.object({ task_id: z.string().min(1) });
export const fileQuery = z.object({ file_id: z.string().min(1) });

interface Model {
  /** The first is the default. */
  readonly resolutions: readonly string[];
  readonly starts: 'from words' | 'from a frame' | 'from either' | 'from a subject';
  readonly lastFrame?: true;
  readonly pretreats?: true;
}

const older = { resolutions: ['720P'] } as const;
const models: Readonly<Record<string, Model>> = {
  'MiniMax-Hailuo-2.3': { resolutions: ['768P', '1080P'], starts: 'from either', pretreats: true },
  'MiniMax-Hailuo-2.3-Fast': { resolutions: ['768P', '1080P'], starts: 'from a frame', pretreats: true },
  'MiniMax-Hailuo-02': {
    resolutions: ['768P', '512P', '1080P'],
    starts: 'from either',
    lastFrame: true,
    pretreats: true,
  },
  'T2V-01': { ...older, starts: 'from words' },
  'T2V-01-Director': { ...older, starts: 'from words' },
  'I2V-01': { ...older, starts: 'from a frame' },
  'I2V-01-Director': { ...older, starts: 'from a frame' },
  'I2V-01-live': { ...older, starts: 'from a frame' },
  'S2V-01': { ...older, starts: 'from a subject' },
};

export function firstOrder(body: FirstBody, account: string, origin: string): Order {
  const model = Object.hasOwn(models, body.model) ? models[body.model] : undefined;
  if (model === undefined) throw new Refusal('model_not_found', 'unknown model', { param: 'model' });
  const resolution = body.resolution ?? model.resolutions[0] ?? '';
  checkInputs(body, model, resolution);
  checkLength(body, model, resolution);
  const { first_frame_image: first, last_frame_image: last, subject_reference: subjects = [] } = body;
  const inputs = [first, last, ...subjects.flatMap((subject) => subject.image)].filter((url) => url !== undefined);
  return {
    provider: 'hailuo',
    account,
    clientReference: lastSegment(body.callback_url),
    model: body.model,
    prompt: body.prompt ?? '',
    // The shape follows the first frame, at which nobody looks.
    size: frameSize(resolution, '16:9') ?? { width: 1366, height: 768 },
    durationMs: body.duration * 1000,
    audio: false,
    inputs: inputs.map((url) => url.slice(0, 500)),
    callbackUrl: body.callback_url,
    origin,
    echo: { api: 'v1' },
  };
}

function checkInputs(body: FirstBody, model: Model, resolution: string): void {
  const { prompt = '', first_frame_image: first, last_frame_image: last, subject_reference: subject } = body;
  if (model.starts === 'from a subject' ? subject === undefined : subject !== undefined) {
    throw invalid('subject_reference', 'it is what S2V-01 starts from, and no other model');
  }
  if (model.starts === 'from a frame' && first === undefined) throw invalid('first_frame_image', 'it is required');
  if ((model.starts === 'from words' || model.starts === 'from a subject') && first !== undefined) {
    throw invalid('first_frame_image', 'the model does not support it');
  }
  if (last !== undefined && (model.lastFrame !== true || resolution === '512P')) {
    throw invalid('last_frame_image', 'the model does not support it');
  }
  if (prompt === '' && first === undefined) throw invalid('prompt', 'it is required');
  if (body.fast_pretreatment !== undefined && model.pretreats !== true) {
    throw invalid('fast_pretreatment', 'the model does not support it');
  }
}

function checkLength(body: FirstBody, model: Model, resolution: string): void {
  if (!model.resolutions.includes(resolution)) throw invalid('resolution', `${resolution} is not supported`);
  if (resolution === '512P' && body.first_frame_image === undefined)
    throw invalid('resolution', '512P needs a first frame');
  if (body.duration === 10 && resolution !== '768P' && resolution !== '512P') {
    throw invalid('duration', `${resolution} does not support 10`);
  }
}

function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}
