import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { schemaOf } from './models.js';

export const submitQuery = z.object({ fal_webhook: z.url().optional() });

const url = z.string().optional();
/** What every model's input is made of, once it was found to be right. */
const common = z.object({
  prompt: z.string(),
  duration: z.string(),
  aspect_ratio: z.string().default('16:9'),
  // Kling knows no sizes.
  resolution: z.string().default('1080p'),
  generate_audio: z.boolean().default(false),
  seed: z.int().optional(),
  image_url: url,
  tail_image_url: url,
  first_frame_url: url,
  last_frame_url: url,
  image_urls: z.array(z.string()).default([]),
});

export interface Caller {
  readonly account: string;
  readonly origin: string;
  readonly callbackUrl: string | undefined;
}

/** `POST /fal/<owner>/<app>/…`: the body is the model's own. There is no field for a caller's id. */
export function orderOf(model: string, body: unknown, { account, origin, callbackUrl }: Caller): Order {
  const schema = schemaOf(model);
  if (schema === undefined) throw new Refusal('model_not_found', `Application '${model.slice(0, 80)}' not found`);
  const input = common.parse(parseInput(schema, body));
  return {
    provider: 'fal',
    account,
    clientReference: lastSegment(callbackUrl),
    model,
    prompt: input.prompt,
    size: frameSize(input.resolution, input.aspect_ratio) ?? { width: 1280, height: 720 },
    durationMs: Number.parseInt(input.duration, 10) * 1000,
    audio: input.generate_audio,
    seed: input.seed,
    inputs: inputsOf(input).map((one) => one.slice(0, 500)),
    callbackUrl,
    origin,
    echo: { app: model.split('/').slice(0, 2).join('/'), seed: input.seed ?? 42 },
  };
}

function inputsOf(input: z.output<typeof common>): string[] {
  const { image_url: image, tail_image_url: tail, first_frame_url: first, last_frame_url: last } = input;
  return [image, tail, first, last, ...input.image_urls].filter((one) => one !== undefined);
}

function lastSegment(callbackUrl: string | undefined): string | undefined {
  if (callbackUrl === undefined) return undefined;
  const segment = new URL(callbackUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
