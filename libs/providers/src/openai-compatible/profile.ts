import { z } from 'zod';

/**
 * How one upstream wants to be written to. What it answers is read in one tolerant way for all. A channel's `options`
 * name a profile and may change any field of it.
 */
const profileSchema = z.object({
  body: z.enum(['json', 'multipart']),
  createPath: z.string().startsWith('/'),
  /** `{id}` stands for the video's id. */
  getPath: z.string().startsWith('/').includes('{id}'),
  /** Where bytes are served to the key alone, for replies without a URL; null: nowhere. */
  contentPath: z.string().startsWith('/').includes('{id}').nullable(),
  /** Length as text in `seconds`, as OpenAI has it, or as a number in `duration`. */
  length: z.enum(['seconds', 'duration']),
  /** Pixels by resolution and aspect ratio; what is not in it is computed. */
  sizes: z.record(z.string(), z.record(z.string(), z.string())),
  /** One reference: OpenAI's `input_reference`, by URL or as a file. Several URLs: `images`. */
  images: z.enum(['input_reference', 'input_reference_file', 'images']),
  /** Fields beyond OpenAI's that it knows. OpenAI's own refuses what it does not. */
  extras: z.array(z.enum(['seed', 'user', 'negative_prompt', 'generate_audio', 'watermark', 'fps'])),
});
export type Profile = z.output<typeof profileSchema>;

const openai: Profile = {
  body: 'json',
  createPath: '/videos',
  getPath: '/videos/{id}',
  contentPath: '/videos/{id}/content',
  length: 'seconds',
  sizes: { '1024p': { '16:9': '1792x1024', '9:16': '1024x1792' } },
  images: 'input_reference',
  extras: [],
};

export const profiles = {
  openai,
  /** Gateways of the new-api kind: forms, several images, a seed, a frame rate and the end user. */
  reseller: { ...openai, body: 'multipart', images: 'images', extras: ['seed', 'user', 'fps'] },
} as const satisfies Record<string, Profile>;

const optionsSchema = profileSchema.partial().extend({ profile: z.enum(['openai', 'reseller']).default('openai') });

/** @throws ZodError for options that make no profile: the channel is refused, not used otherwise than meant. */
export function profileOf(options: Readonly<Record<string, unknown>>): Profile {
  const { profile, ...changes } = optionsSchema.parse(options);
  return profileSchema.parse({ ...profiles[profile], ...changes });
}
