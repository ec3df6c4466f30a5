import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { type Model, modelOfVersion } from './models.js';

const events = z.enum(['start', 'output', 'logs', 'completed']);
export type Event = z.output<typeof events>;

/** Around every model's own input. The real one takes https addresses alone. */
const envelope = { webhook: z.url().optional(), webhook_events_filter: z.array(events).optional() };

const link = z.string().optional();
/** What every model's input is made of, once it was found to be right. */
const common = z.object({
  prompt: z.string(),
  duration: z.number(),
  aspect_ratio: z.string(),
  // Kling knows no sizes.
  resolution: z.string().default('1080p'),
  generate_audio: z.boolean().default(false),
  seed: z.int().optional(),
  image: link,
  start_image: link,
  end_image: link,
  last_frame: link,
  reference_images: z.array(z.string()).default([]),
});

export interface Caller {
  readonly account: string;
  readonly origin: string;
  /** The header that bounds how long it may take. */
  readonly cancelAfter: string | undefined;
}

/** The model of `POST /predictions`, which names a version. */
export function versionIn(body: unknown): { readonly model: Model | undefined; readonly rest: object } {
  const { version, ...rest } = parseInput(z.looseObject({ version: z.string() }), body);
  return { model: modelOfVersion(version), rest };
}

/** There is no field for a caller's id: the reference is the end of the webhook's address. */
export function orderOf(model: Model | undefined, body: unknown, { account, origin, cancelAfter }: Caller): Order {
  if (model === undefined) throw new Refusal('model_not_found', 'The requested resource could not be found.');
  const asked = parseInput(z.strictObject({ ...envelope, input: model.input }), body);
  const input = common.parse(asked.input);
  const expiresAfterMs = millisecondsOf(cancelAfter);
  return {
    provider: 'replicate',
    account,
    clientReference: lastSegment(asked.webhook),
    model: model.name,
    prompt: input.prompt,
    size: frameSize(input.resolution, input.aspect_ratio) ?? { width: 1280, height: 720 },
    durationMs: input.duration * 1000,
    audio: input.generate_audio,
    seed: input.seed,
    inputs: inputsOf(input).map((one) => one.slice(0, 500)),
    callbackUrl: asked.webhook,
    ...(expiresAfterMs !== undefined && { expiresAfterMs }),
    origin,
    echo: { input: asked.input, output: model.output, events: asked.webhook_events_filter },
  };
}

function inputsOf(input: z.output<typeof common>): string[] {
  const { image, start_image: start, end_image: end, last_frame: last } = input;
  return [image, start, end, last, ...input.reference_images].filter((one) => one !== undefined);
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `5s` to `24h`. */
function millisecondsOf(cancelAfter: string | undefined): number | undefined {
  if (cancelAfter === undefined) return undefined;
  const [, count = '', unit = ''] = /^(\d{1,5})([smh])$/.exec(cancelAfter) ?? [];
  const ms = Number(count) * (units[unit] ?? Number.NaN);
  if (ms >= 5_000 && ms <= 86_400_000) return ms;
  throw new Refusal('invalid', 'Cancel-After must be between 5s and 24h', { param: 'Cancel-After' });
}

function lastSegment(callbackUrl: string | undefined): string | undefined {
  if (callbackUrl === undefined) return undefined;
  const segment = new URL(callbackUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
