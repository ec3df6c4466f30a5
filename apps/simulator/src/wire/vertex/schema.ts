import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { frameSize } from '../../render/frame-size.js';
import { Refusal } from '../../http/refusal.js';

/** What there is today; 3.0 and 2 were retired on 2026-06-30. */
const models = ['veo-3.1-generate-001', 'veo-3.1-fast-generate-001', 'veo-3.1-lite-generate-001'];

const gcsUri = z.string().regex(/^gs:\/\/[a-z0-9][a-z0-9._-]+\/.+$/);
/** One of the two, as protocol buffers have it. */
const image = z.union([
  z.strictObject({ gcsUri, mimeType: z.enum(['image/jpeg', 'image/png']) }),
  z.strictObject({ bytesBase64Encoded: z.base64().min(1), mimeType: z.enum(['image/jpeg', 'image/png']) }),
]);
const instance = z.strictObject({
  prompt: z.string().optional(),
  image: image.optional(),
  lastFrame: image.optional(),
  referenceImages: z
    .array(z.strictObject({ image, referenceType: z.literal('asset') }))
    .min(1)
    .max(3)
    .optional(),
});

/** `generateAudio` changes the price and has no default on 3.x. Webhooks are another API's. */
export const createBody = z.strictObject({
  instances: z.array(instance).length(1),
  parameters: z.strictObject({
    storageUri: z
      .string()
      .regex(/^gs:\/\/[a-z0-9][a-z0-9._-]+(\/.*)?$/)
      .optional(),
    sampleCount: z.int().min(1).max(4).default(1),
    durationSeconds: z.literal([4, 6, 8]).default(8),
    aspectRatio: z.enum(['16:9', '9:16']).default('16:9'),
    resolution: z.enum(['720p', '1080p', '4k']).default('720p'),
    generateAudio: z.boolean(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional(),
    personGeneration: z.enum(['allow_all', 'allow_adult', 'dont_allow']).optional(),
    negativePrompt: z.string().optional(),
    enhancePrompt: z.boolean().optional(),
    compressionQuality: z.enum(['OPTIMIZED', 'LOSSLESS', 'optimized', 'lossless']).optional(),
    resizeMode: z.enum(['PAD', 'CROP', 'pad', 'crop']).optional(),
    fps: z.int().positive().optional(),
    pubsubTopic: z.string().optional(),
  }),
  labels: z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/), z.string().regex(/^[a-z0-9_-]{0,63}$/)).default({}),
});
export type CreateBody = z.output<typeof createBody>;
type Instance = z.output<typeof instance>;

export const fetchBody = z.strictObject({ operationName: z.string().min(1) });

/** A publisher's model in a project and a region: the part of a path before the method. */
export interface Place {
  readonly project: string;
  readonly location: string;
  readonly model: string;
}

export function nameOf({ project, location, model }: Place): string {
  return `projects/${project}/locations/${location}/publishers/google/models/${model}`;
}

/** @throws Refusal */
export function orderOf(
  body: CreateBody,
  place: Place,
  { account, origin }: { readonly account: string; readonly origin: string },
): Order {
  const { model } = place;
  if (!models.includes(model)) {
    throw new Refusal(
      'model_not_found',
      `Publisher Model \`${nameOf(place)}\` was not found or your project does not have access to it.`,
    );
  }
  const [one] = body.instances;
  if (one === undefined) throw invalid('instances', 'is empty');
  checkInstance(one);
  const { parameters } = body;
  const { durationSeconds: seconds, resolution, aspectRatio } = parameters;
  if (seconds !== 8 && (resolution !== '720p' || one.referenceImages !== undefined)) {
    throw invalid(
      'durationSeconds',
      `Unsupported output video duration ${seconds} seconds, supported durations are [8].`,
    );
  }
  if (resolution === '4k' && model.includes('-lite-'))
    throw invalid('resolution', '4k is not supported by this model.');
  return {
    provider: 'vertex',
    account,
    clientReference: body.labels['reference'],
    model,
    prompt: one.prompt ?? '',
    size: frameSize(resolution, aspectRatio) ?? { width: 1280, height: 720 },
    durationMs: seconds * 1000,
    audio: parameters.generateAudio,
    seed: parameters.seed,
    inputs: inputsOf(one),
    origin,
    echo: {
      name: nameOf(place),
      samples: parameters.sampleCount,
      ...(parameters.storageUri && { storageUri: parameters.storageUri }),
    },
  };
}

function checkInstance({ prompt, image: first, lastFrame, referenceImages }: Instance): void {
  if (prompt === undefined && first === undefined) throw invalid('instances', 'prompt or image is required');
  if (lastFrame !== undefined && first === undefined) throw invalid('lastFrame', 'lastFrame requires image');
  if (referenceImages === undefined) return;
  if (first !== undefined || lastFrame !== undefined) throw invalid('referenceImages', 'cannot be combined with image');
  if (prompt === undefined) throw invalid('referenceImages', 'requires prompt');
}

function inputsOf({ image: first, lastFrame, referenceImages = [] }: Instance): string[] {
  return [first, lastFrame, ...referenceImages.map((reference) => reference.image)].flatMap((given) => {
    if (given === undefined) return [];
    return 'gcsUri' in given ? [given.gcsUri] : [`${given.mimeType};base64 of ${given.bytesBase64Encoded.length}`];
  });
}

function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}
