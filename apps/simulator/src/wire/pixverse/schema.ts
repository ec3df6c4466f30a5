import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { type Model, modelOf, rates } from './models.js';

export const traceHeader = z.object({ 'ai-trace-id': z.guid() });

/** A file or an address. */
export const uploadBody = z.union([
  z.object({ image_url: z.url() }).transform(({ image_url: url }) => url),
  z.object({ image: z.object({ filename: z.string() }) }).transform(({ image }) => `file:${image.filename}`),
]);

const image = z.int().positive();
const common = {
  model: z.string(),
  prompt: z.string().min(1).max(5000),
  duration: z.int(),
  quality: z.enum(['360p', '540p', '720p', '1080p']),
  seed: z.int().min(0).max(2_147_483_647).optional(),
  generate_audio_switch: z.boolean().optional(),
};
const refined = {
  ...common,
  negative_prompt: z.string().max(2048).optional(),
  water_mark: z.boolean().optional(),
  motion_mode: z.enum(['normal', 'fast']).optional(),
  style: z.enum(['anime', '3d_animation', 'clay', 'comic', 'cyberpunk']).optional(),
  template_id: z.int().optional(),
  generate_multi_clip_switch: z.boolean().optional(),
  thinking_type: z.enum(['enabled', 'disabled', 'auto']).optional(),
};
const reference = z.strictObject({
  img_id: image,
  ref_name: z.string().regex(/^\w{1,30}$/),
  type: z.enum(['subject', 'background']),
});

/** One body for each way; fields of another are refused. */
const bodies = {
  text: z.strictObject({ ...refined, aspect_ratio: z.string() }),
  img: z.strictObject({ ...refined, img_id: image }),
  transition: z.strictObject({ ...refined, first_frame_img: image, last_frame_img: image }),
  fusion: z.strictObject({ ...common, aspect_ratio: z.string(), image_references: z.array(reference).min(1) }),
} as const;
export type Way = keyof typeof bodies;

/** Any of them, once it was found to be right. */
const read = z.object({
  ...refined,
  aspect_ratio: z.string().default('16:9'),
  img_id: image.optional(),
  first_frame_img: image.optional(),
  last_frame_img: image.optional(),
  image_references: z.array(reference).default([]),
});
type Body = z.output<typeof read>;

export interface Caller {
  readonly account: string;
  readonly origin: string;
  /** The vendor's own field for what a caller calls this request. */
  readonly traceId: string;
  readonly imageOf: (id: number) => string | undefined;
}

export function isWay(word: string): word is Way {
  return Object.hasOwn(bodies, word);
}

/** `POST /video/<way>/generate`. */
export function orderOf(way: Way, body: unknown, { account, origin, traceId, imageOf }: Caller): Order {
  const input = read.parse(parseInput(bodies[way], body));
  const model = modelOf(input.model);
  if (model === undefined) throw invalid('model');
  check(input, model);
  const ids = [input.img_id, input.first_frame_img, input.last_frame_img];
  const references = input.image_references.map((entry) => entry.img_id);
  const inputs = [...ids, ...references].filter((id) => id !== undefined).map((id) => imageOf(id) ?? noImage(id));
  return {
    provider: 'pixverse',
    account,
    clientReference: traceId,
    model: input.model,
    prompt: input.prompt,
    size: frameSize(input.quality, input.aspect_ratio) ?? { width: 1280, height: 720 },
    durationMs: input.duration * 1000,
    audio: input.generate_audio_switch ?? false,
    seed: input.seed,
    inputs: inputs.map((one) => one.slice(0, 500)),
    origin,
    echo: {
      way,
      prompt: input.prompt,
      negativePrompt: input.negative_prompt ?? '',
      seed: input.seed ?? 0,
      style: input.style ?? '',
      quality: input.quality,
      credits: (rates[input.quality] ?? 0) * input.duration,
    },
  };
}

function check(input: Body, { seconds, longestAt1080p, ratios, hasSwitches, references }: Model): void {
  if (input.prompt.length > (input.model === 'v6' ? 5000 : 2048)) throw invalid('prompt');
  const longest = input.quality === '1080p' ? longestAt1080p : Infinity;
  if (!seconds.includes(input.duration) || input.duration > longest) throw invalid('duration');
  if (!ratios.includes(input.aspect_ratio)) throw invalid('aspect_ratio');
  if (input.image_references.length > references) throw invalid('image_references');
  if (input.motion_mode === 'fast' && (hasSwitches || input.duration > 5)) throw invalid('motion_mode');
  if (hasSwitches) return;
  for (const name of ['generate_audio_switch', 'generate_multi_clip_switch', 'thinking_type'] as const)
    if (input[name] !== undefined) throw invalid(name);
}

function invalid(param: string): Refusal {
  return new Refusal('invalid', `invalid param: ${param}`, { param });
}

function noImage(id: number): never {
  throw new Refusal('invalid', `invalid image id ${id}`, { param: 'img_id' });
}
