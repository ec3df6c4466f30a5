import { z } from 'zod';
import { frameSize, isFrameSize, parseSize, type FrameSize } from '../../render/frame-size.js';
import { type Order } from '../../engine/render.js';
import { jsonText } from '../../http/form.js';

const wholeNumber = z.coerce.number().int();
/** A list, or one value on its own, as multipart forms have it. */
const some = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);

/**
 * `POST /aiid/v1/videos`: the tolerant profile of a reseller. Forms and JSON, numbers as text, objects as JSON text,
 * length as `seconds` or `duration`, size as pixels, as a ratio or as width and height; what it does not know it ignores.
 */
export const createBody = z.object({
  model: z.string({ error: 'model is required' }).min(1, 'model is required'),
  prompt: z.string({ error: 'prompt is required' }).min(1, 'prompt is required').max(32_000),
  seconds: z.coerce.number().positive().max(60).optional(),
  duration: z.coerce.number().positive().max(60).optional(),
  size: z.string().optional(),
  width: wholeNumber.optional(),
  height: wholeNumber.optional(),
  seed: wholeNumber.optional(),
  user: z.string().optional(),
  metadata: jsonText(z.record(z.string(), z.unknown())).optional(),
  image: some.optional(),
  images: some.optional(),
  input_reference: some.optional(),
});
export type CreateBody = z.output<typeof createBody>;

export function orderOf(body: CreateBody, account: string, origin: string, requestId: string | undefined): Order {
  const length = body.seconds ?? body.duration ?? 5;
  const size = sizeOf(body);
  const reference = body.metadata?.reference;
  return {
    provider: 'aiid',
    account,
    clientReference: typeof reference === 'string' ? reference : (body.user ?? requestId),
    model: body.model,
    prompt: body.prompt,
    size,
    durationMs: length * 1000,
    audio: true,
    seed: body.seed,
    inputs: [body.image, body.images, body.input_reference].flatMap((given) => given ?? []).map(nameOf),
    origin,
    echo: { seconds: String(length), size: `${size.width}x${size.height}`, metadata: body.metadata ?? {} },
  };
}

function sizeOf({ size, width, height }: CreateBody): FrameSize {
  if (width !== undefined && height !== undefined && isFrameSize(width) && isFrameSize(height))
    return { width, height };
  const asked = size === undefined ? undefined : (parseSize(size) ?? frameSize('720p', size));
  return asked ?? { width: 1280, height: 720 };
}

function nameOf(given: unknown): string {
  return (typeof given === 'string' ? given : JSON.stringify(given)).slice(0, 500);
}
