import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { parseSize } from '../../render/frame-size.js';

const file = z.object({ filename: z.string() }).transform(({ filename }) => filename);
const reference = z.union([z.url(), file]);

/**
 * `POST /yishang/v1/videos`, as JSON or, which its table only hints at, as a form with files. Numbers are text and nothing
 * else; its sample sends 5 seconds beside the 10 and 15 of its table.
 */
export const createBody = z.object({
  model: z.enum(['sora-2', 'sora-2-hd', 'sora-2-pro', 'veo3', 'veo3-pro', 'veo3.1', 'veo3.1-pro']),
  prompt: z.string().min(1).max(8000),
  seconds: z.enum(['5', '10', '15']).default('10'),
  size: z.enum(['1280x720', '720x1280']).default('1280x720'),
  input_reference: z.union([z.array(reference).max(9), file.transform((one) => [one])]).default([]),
});
export type CreateBody = z.output<typeof createBody>;

export function orderOf(body: CreateBody, account: string, origin: string, requestId: string | undefined): Order {
  return {
    provider: 'yishang',
    account,
    clientReference: requestId,
    model: body.model,
    prompt: body.prompt,
    size: parseSize(body.size) ?? { width: 1280, height: 720 },
    durationMs: Number(body.seconds) * 1000,
    audio: true,
    inputs: body.input_reference.map((given) => given.slice(0, 500)),
    origin,
    echo: {},
  };
}
