import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { modelOf, type Model } from './models.js';

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]+={0,2}$/, 'must be base64');
const file = <const Type extends 'image' | 'video' | 'audio'>(type: Type) =>
  z
    .strictObject({
      type: z.literal(type),
      data: base64.optional(),
      uri: z.string().min(1).optional(),
      mime_type: z.string().startsWith(`${type}/`),
    })
    .refine(({ data, uri }) => (data === undefined) !== (uri === undefined), 'needs either data or uri');
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  file('image'),
  file('video'),
  file('audio'),
]);
type Block = z.output<typeof block>;

/**
 * `POST /gemini/v1beta/interactions`. An empty input is taken like any other: it renders, and it is billed. Renders in the
 * background and hands out URIs only; whoever wants to wait for the answer, or have the film in it, is refused.
 */
export const createBody = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(block)]),
  background: z.literal(true),
  store: z.literal(true).default(true),
  stream: z.literal(false).default(false),
  response_format: z.strictObject({
    type: z.literal('video'),
    aspect_ratio: z.enum(['16:9', '9:16']).default('16:9'),
    resolution: z.enum(['360p', '720p', '1080p', '4k']).default('720p'),
    /** A protobuf Duration: a bare number is refused. */
    duration: z
      .string()
      .regex(/^\d{1,3}(\.\d{1,9})?s$/, 'must be a Duration such as "6s"')
      .optional(),
    delivery: z.literal('uri'),
  }),
  generation_config: z
    .strictObject({
      video_config: z.strictObject({
        task: z.enum(['text_to_video', 'image_to_video', 'reference_to_video', 'edit', 'extend']).optional(),
      }),
    })
    .optional(),
  previous_interaction_id: z.string().optional(),
  webhook_config: z
    .strictObject({
      uris: z.array(z.url()).min(1).max(1),
      user_metadata: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
  service_tier: z.string().optional(),
  safety_settings: z.array(z.looseObject({})).optional(),
  system_instruction: z.string().optional(),
});
type CreateBody = z.output<typeof createBody>;

export function orderOf(body: CreateBody, account: string, origin: string): Order {
  const model = modelOf(body.model);
  if (model === undefined) throw new Refusal('model_not_found', `models/${body.model} is no longer available.`);
  const blocks: readonly Block[] = typeof body.input === 'string' ? [{ type: 'text', text: body.input }] : body.input;
  const { aspect_ratio: ratio, resolution, duration } = body.response_format;
  const seconds = duration === undefined ? model.seconds.default : Number(duration.slice(0, -1));
  check(blocks, model, seconds);
  const uri = body.webhook_config?.uris[0];
  return {
    provider: 'gemini',
    account,
    clientReference: body.webhook_config?.user_metadata['reference'] ?? lastSegment(uri),
    model: body.model,
    prompt: blocks.flatMap((one) => (one.type === 'text' ? [one.text] : [])).join('\n'),
    size: frameSize(resolution, ratio) ?? { width: 1280, height: 720 },
    durationMs: seconds * 1000,
    // There is no switch for it.
    audio: true,
    inputs: blocks.flatMap(inputOf),
    callbackUrl: uri,
    origin,
    echo: { user_metadata: body.webhook_config?.user_metadata ?? {} },
  };
}

function check(blocks: readonly Block[], model: Model, seconds: number): void {
  const { min, max } = model.seconds;
  if (seconds < min || seconds > max) throw invalid('response_format.duration', `must be between ${min}s and ${max}s`);
  const count = (type: Block['type']) => blocks.filter((one) => one.type === type).length;
  const [images, videos] = [count('image'), count('video')];
  if (images > model.maxImages || videos > model.maxVideos || images + videos > model.maxReferences) {
    throw invalid('input', 'has too many references');
  }
}

function invalid(param: string, why: string): Refusal {
  return new Refusal('invalid', why, { param });
}

/** Content is not kept: `image/png sha256:…` tells what it was. */
function inputOf(one: Block): string[] {
  if (one.type === 'text') return [];
  if (one.uri !== undefined) return [one.uri.slice(0, 500)];
  const digest = createHash('sha256')
    .update(Buffer.from(one.data ?? '', 'base64'))
    .digest('hex');
  return [`${one.mime_type} sha256:${digest}`];
}

function lastSegment(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const segment = new URL(url).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
