import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { type Model, modelOf, type Way } from './models.js';

const asset = z
  .string()
  .regex(/^(https:\/\/|http:\/\/|data:|runway:\/\/)/, 'must be an https URL, a data URI or runway://');
/** UTF-16 units, which is how JavaScript counts. */
const prompt = z.string().min(1).max(1000);
const common = {
  model: z.string().min(1),
  seed: z.int().min(0).max(4_294_967_295).optional(),
  contentModeration: z.strictObject({ publicFigureThreshold: z.enum(['auto', 'low']).optional() }).optional(),
};
const generation = {
  ...common,
  ratio: z.string(),
  duration: z.int(),
  audio: z.boolean().optional(),
};
const frame = z.strictObject({ uri: asset, position: z.enum(['first', 'last']) });

/** One body for each endpoint; unknown fields are refused. */
export const bodies = {
  text_to_video: z.strictObject({ ...generation, promptText: prompt }),
  image_to_video: z.strictObject({
    ...generation,
    promptText: prompt.optional(),
    promptImage: z.union([asset, z.array(frame).min(1).max(2)]),
  }),
  video_to_video: z.strictObject({
    ...common,
    promptText: prompt,
    videoUri: asset,
    keyframes: z.array(z.looseObject({})).max(5).optional(),
    references: z.array(z.looseObject({})).optional(),
  }),
} as const satisfies Record<Way, z.ZodType>;
type Body = z.output<(typeof bodies)[Way]>;

export interface Caller {
  readonly account: string;
  readonly origin: string;
}

/** Runway has neither a field for a caller's id nor callbacks: its tasks have no client reference. */
export function orderOf(way: Way, body: Body, { account, origin }: Caller): Order {
  const model = modelOf(way, body.model);
  if (model === undefined) {
    throw new Refusal('model_not_found', `${body.model} is not a model of ${way}`, { param: 'model' });
  }
  const frames = framesOf(body, model);
  return {
    provider: 'runway',
    account,
    model: body.model,
    prompt: body.promptText ?? '',
    ...('ratio' in body ? shapeOf(way, body, model) : sourceShape),
    seed: body.seed,
    inputs: [...frames, ...('videoUri' in body ? [body.videoUri] : [])].map((input) => input.slice(0, 500)),
    origin,
    echo: {},
  };
}

/** A source of five seconds at 720p is assumed: none is ever read. */
const sourceShape = { size: { width: 1280, height: 720 }, durationMs: 5000, audio: false };

function shapeOf(way: Way, body: Exclude<Body, { videoUri: string }>, model: Model) {
  if (model.ratios[way]?.includes(body.ratio) !== true) throw invalid('ratio', `not supported by ${body.model}`);
  if (!model.seconds.includes(body.duration)) throw invalid('duration', `not supported by ${body.model}`);
  if (!model.audio && body.audio !== undefined) throw invalid('audio', `not supported by ${body.model}`);
  const [width = 0, height = 0] = body.ratio.split(':').map(Number);
  return { size: { width, height }, durationMs: body.duration * 1000, audio: model.audio && (body.audio ?? true) };
}

/** First and last, in this order. */
function framesOf(body: Body, model: Model): string[] {
  if (!('promptImage' in body)) return [];
  const { promptImage: image } = body;
  if (typeof image === 'string') return [image];
  const positions = image.map(({ position }) => position);
  if (new Set(positions).size < positions.length) throw invalid('promptImage', 'positions must differ');
  if (positions.includes('last') && !model.lastFrame) throw invalid('promptImage', `no last frame in ${body.model}`);
  return image.toSorted((one, other) => one.position.localeCompare(other.position)).map(({ uri }) => uri);
}

function invalid(param: string, why: string): Refusal {
  return new Refusal('invalid', why, { param });
}
