import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { modelOf } from './models.js';

export const actions = z.object({
  Action: z.enum(['CVSync2AsyncSubmitTask', 'CVSync2AsyncGetResult']),
  Version: z.literal('2022-08-31'),
});

/** `Action=CVSync2AsyncSubmitTask`. */
export const submitBody = z.strictObject({
  req_key: z.string().min(1),
  prompt: z.string().max(800).default(''),
  image_urls: z.array(z.url()).max(2).optional(),
  binary_data_base64: z.array(z.base64().max(6_600_000)).max(2).optional(),
  seed: z.int().min(-1).max(2_147_483_647).default(-1),
  frames: z.union([z.literal(121), z.literal(241)]).default(121),
  aspect_ratio: z.enum(['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']).optional(),
  template_id: z.string().min(1).optional(),
  camera_strength: z.enum(['weak', 'medium', 'strong']).optional(),
});
export type SubmitBody = z.output<typeof submitBody>;

/** `Action=CVSync2AsyncGetResult`. */
export const resultBody = z.strictObject({
  req_key: z.string().min(1),
  task_id: z.string().min(1),
  req_json: z.string().optional(),
});

export function orderOf(body: SubmitBody, account: string, origin: string): Order {
  const model = modelOf(body.req_key);
  if (model === undefined) throw new Refusal('model_not_found', 'no such req_key', { param: 'req_key' });
  if (body.image_urls !== undefined && body.binary_data_base64 !== undefined) {
    throw invalid('binary_data_base64', 'image_urls excludes it');
  }
  const images = [...(body.image_urls ?? []), ...(body.binary_data_base64 ?? [])];
  const { min, max } = model.images;
  if (images.length < min || images.length > max) throw invalid('image_urls', `${min} to ${max} are taken`);
  if (images.length === 0 && body.prompt.trim() === '') throw invalid('prompt', 'it must not be empty');
  if (images.length > 0 && body.aspect_ratio !== undefined) {
    throw invalid('aspect_ratio', 'the shape is that of the image');
  }
  if (model.moves === true ? body.template_id === undefined : body.template_id !== undefined) {
    throw invalid('template_id', 'it is what a move of the camera needs, and nothing else takes');
  }
  if (model.moves !== true && body.camera_strength !== undefined) throw invalid('camera_strength', 'there is no move');
  const seconds = body.frames === 241 ? 10 : 5;
  if (seconds > model.longest) throw invalid('frames', 'the model renders 5 seconds');
  return {
    provider: 'jimeng',
    account,
    model: body.req_key,
    prompt: body.prompt,
    size: frameSize(model.resolution, body.aspect_ratio ?? '16:9') ?? { width: 1280, height: 720 },
    durationMs: seconds * 1000,
    audio: false,
    seed: body.seed === -1 ? undefined : body.seed,
    inputs: images.map((image) => image.slice(0, 500)),
    origin,
    echo: {},
  };
}

function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}
