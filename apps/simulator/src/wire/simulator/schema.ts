import { z } from 'zod';
import { frameSize } from '../../render/frame-size.js';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';

/** `POST /simulator/v1/videos`. Unknown fields are refused: a typo of the caller should be heard. */
export const submitBody = z.strictObject({
  /** The caller's own id of this submit; `GET ?reference=` finds it again. Not unique: a repeat is another video. */
  reference: z.string().min(1).max(128).optional(),
  model: z.string().min(1).max(128).default('sandbox'),
  prompt: z.string().min(1).max(32_000),
  duration_seconds: z.number().positive().max(120).default(5),
  resolution: z.string().default('720p'),
  aspect_ratio: z.string().default('16:9'),
  audio: z.boolean().default(false),
  inputs: z
    .array(
      z.strictObject({
        type: z.enum(['image', 'video', 'audio']),
        url: z.string().min(1),
        role: z.string().optional(),
      }),
    )
    .max(64)
    .default([]),
  seed: z.int().optional(),
  callback_url: z.url().optional(),
});
export type SubmitBody = z.output<typeof submitBody>;

export const listQuery = z.object({
  reference: z.string().optional(),
  id: z.union([z.string(), z.array(z.string()).max(100)]).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export function orderOf(body: SubmitBody, account: string, origin: string): Order {
  const size = frameSize(body.resolution, body.aspect_ratio);
  if (size === undefined) {
    throw new Refusal('invalid', 'no such resolution or aspect ratio', { param: 'resolution' });
  }
  return {
    provider: 'simulator',
    account,
    clientReference: body.reference,
    model: body.model,
    prompt: body.prompt,
    size,
    durationMs: Math.round(body.duration_seconds * 1000),
    audio: body.audio,
    seed: body.seed,
    inputs: body.inputs.map(({ url }) => url.slice(0, 500)),
    callbackUrl: body.callback_url,
    origin,
    echo: body.seed === undefined ? {} : { seed: body.seed },
  };
}
