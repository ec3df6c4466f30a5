import { z } from 'zod';
import { parseSize } from '../../render/frame-size.js';
import { type Order } from '../../engine/render.js';
import { jsonText } from '../../http/form.js';
import { Refusal } from '../../http/refusal.js';

const models = ['sora-2', 'sora-2-pro', 'sora-2-2025-10-06', 'sora-2-pro-2025-10-06', 'sora-2-2025-12-08'] as const;
const standardSizes = ['720x1280', '1280x720'];
const proSizes = [...standardSizes, '1024x1792', '1792x1024'];
const lengths = ['4', '8', '12'] as const;

/** A file part of a form (see `readBody`), or what JSON has instead: exactly one of a URL and a file id. */
const reference = z.union([
  z.strictObject({ filename: z.string(), contentType: z.enum(['image/jpeg', 'image/png', 'image/webp']) }),
  z.strictObject({ image_url: z.string().min(1) }),
  z.strictObject({ file_id: z.string().min(1) }),
]);

/**
 * `POST /openai/v1/videos`, as strict as OpenAI's. `user` and `metadata` are not in its document; they are let through
 * because the simulator needs a place for the caller's reference.
 */
export const createBody = z.strictObject({
  prompt: z.string().min(1).max(32_000),
  model: oneOf(models).default('sora-2'),
  seconds: oneOf(lengths).default('4'),
  size: oneOf(proSizes).default('720x1280'),
  input_reference: reference.optional(),
  user: z.string().optional(),
  metadata: jsonText(z.record(z.string(), z.string())).optional(),
});
export type CreateBody = z.output<typeof createBody>;

export const remixBody = z.strictObject({ prompt: z.string().min(1).max(32_000) });

export const listQuery = z.object({
  limit: z.coerce.number().int().min(0).max(100).default(20),
  after: z.string().optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
});

export const contentQuery = z.object({ variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video') });

export interface Caller {
  readonly account: string;
  readonly origin: string;
  /** The header `x-client-request-id`. */
  readonly requestId: string | undefined;
}

export function orderOf(body: CreateBody, caller: Caller): Order {
  const size = parseSize(body.size);
  if (size === undefined || (!body.model.startsWith('sora-2-pro') && !standardSizes.includes(body.size))) {
    throw new Refusal('invalid', unsupported(body.size, standardSizes), { param: 'size' });
  }
  return {
    provider: 'openai',
    account: caller.account,
    clientReference: body.metadata?.reference ?? body.user ?? caller.requestId,
    model: body.model,
    prompt: body.prompt,
    size,
    durationMs: Number(body.seconds) * 1000,
    audio: true,
    inputs: body.input_reference === undefined ? [] : [nameOf(body.input_reference)],
    origin: caller.origin,
    echo: { seconds: body.seconds, size: body.size, remixed_from_video_id: null },
  };
}

/** The same video with another prompt. */
export function remixOf(original: Order, id: string, prompt: string, caller: Caller): Order {
  const { account, origin, requestId } = caller;
  return {
    ...original,
    account,
    origin,
    clientReference: requestId,
    inputs: [`video:${id}`],
    prompt,
    echo: { ...original.echo, remixed_from_video_id: id },
  };
}

function nameOf(given: z.output<typeof reference>): string {
  if ('filename' in given) return `upload:${given.filename}`;
  return ('image_url' in given ? given.image_url : given.file_id).slice(0, 500);
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: ({ input }) => unsupported(input, values) });
}

function unsupported(input: unknown, values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  const list = [quoted.slice(0, -1).join(', '), quoted.at(-1)].join(quoted.length > 2 ? ', and ' : ' and ');
  return `Invalid value: '${String(input)}'. Supported values are: ${list}.`;
}
