import { z } from 'zod';

const url = z.string().regex(/^(https?:\/\/|data:)/, 'Does not match format uri');
const prompt = z.string().min(1);

const veoFast = {
  prompt,
  aspect_ratio: z.enum(['16:9', '9:16']).default('16:9'),
  duration: z.literal([4, 6, 8]).default(8),
  image: url.optional(),
  last_frame: url.optional(),
  negative_prompt: z.string().optional(),
  resolution: z.enum(['720p', '1080p']).default('1080p'),
  generate_audio: z.boolean().default(true),
  seed: z.int().optional(),
};
const veo = { ...veoFast, reference_images: z.array(url).max(3).default([]) };
const kling = {
  prompt,
  aspect_ratio: z.enum(['16:9', '9:16', '1:1']).default('16:9'),
  duration: z.literal([5, 10]).default(5),
  start_image: url.optional(),
  end_image: url.optional(),
  negative_prompt: z.string().default(''),
};
const films = { ...veo, duration: z.int().min(1).max(10).default(5) };

/** How a model hands out what it has made. */
export type Output = 'link' | 'list' | 'files';

export interface Model {
  readonly name: string;
  readonly input: z.ZodObject;
  readonly output: Output;
}

function model(name: string, fields: z.ZodRawShape, output: Output = 'link'): Model {
  // A field that a model does not have is refused.
  return { name, input: z.strictObject(fields), output };
}

const official = [
  model('google/veo-3.1', veo),
  model('google/veo-3.1-fast', veoFast),
  model('kwaivgi/kling-v2.5-turbo-pro', kling),
];

/** Nobody's model, for what official ones do not do: it has lists and files by name. */
const name = 'acme/films';
const versions: Readonly<Record<string, Model>> = { ['0f'.repeat(32)]: model(name, films, 'list') };
const deployed = [model(name, films, 'files')];

export function officialModel(wanted: string): Model | undefined {
  return official.find((one) => one.name === wanted);
}

export function deployment(wanted: string): Model | undefined {
  return deployed.find((one) => one.name === wanted);
}

export function modelOfVersion(version: string): Model | undefined {
  return Object.hasOwn(versions, version) ? versions[version] : undefined;
}
