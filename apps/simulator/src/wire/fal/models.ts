import { z } from 'zod';

const url = z.string().regex(/^(https?:\/\/|data:)/, 'Input should be a valid URL');
const prompt = z.string().min(1).max(20_000);

const veo = {
  prompt,
  aspect_ratio: z.enum(['16:9', '9:16']).default('16:9'),
  duration: z.enum(['4s', '6s', '8s']).default('8s'),
  negative_prompt: z.string().optional(),
  resolution: z.enum(['720p', '1080p', '4k']).default('720p'),
  generate_audio: z.boolean().default(true),
  seed: z.int().optional(),
  auto_fix: z.boolean().default(true),
};
const shaped = { ...veo, aspect_ratio: z.enum(['auto', '16:9', '9:16']).default('auto') };
const kling = {
  prompt: prompt.max(2500),
  duration: z.enum(['5', '10']).default('5'),
  negative_prompt: z.string().default('blur, distort, and low quality'),
  cfg_scale: z.number().min(0).max(1).default(0.5),
};

const veoWays = {
  '': z.strictObject(veo),
  '/image-to-video': z.strictObject({ ...shaped, image_url: url }),
  '/first-last-frame-to-video': z.strictObject({ ...shaped, first_frame_url: url, last_frame_url: url }),
  '/reference-to-video': z
    .strictObject({ ...shaped, image_urls: z.array(url).min(1).max(3), duration: z.literal('8s').default('8s') })
    .omit({ seed: true, negative_prompt: true }),
};
const klingWays = {
  '/text-to-video': z.strictObject({ ...kling, aspect_ratio: z.enum(['16:9', '9:16', '1:1']).default('16:9') }),
  '/image-to-video': z.strictObject({ ...kling, image_url: url, tail_image_url: url.optional() }),
};

/** Each model has an input of its own. Fields that it does not have are refused. */
const schemas: ReadonlyMap<string, z.ZodType<object>> = new Map(
  Object.entries({
    'fal-ai/veo3.1': veoWays,
    'fal-ai/veo3.1/fast': veoWays,
    'fal-ai/kling-video/v2.5-turbo/pro': klingWays,
  }).flatMap(([model, ways]) => Object.entries(ways).map(([path, schema]) => [`${model}${path}`, schema])),
);

export function schemaOf(model: string): z.ZodType<object> | undefined {
  return schemas.get(model);
}
