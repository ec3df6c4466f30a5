import { type Capabilities, type DurationRange, type ListedModel, type PriceSpec, taskType } from '@videoapi/contracts';
import { z } from 'zod';

const amount = z.int().positive();

/** `credits` is the price of one call, of one second (the lowest rate), or of `units` tokens. */
export const billing = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('per_call'), credits: amount }),
  z.object({
    mode: z.literal('per_second'),
    credits: amount,
    rates: z.array(z.object({ resolution: z.string().nullable(), audio: z.boolean().nullable(), credits: amount })),
  }),
  z.object({ mode: z.literal('per_token'), credits: amount, units: amount }),
]);

const lengths = {
  durations: z
    .union([z.array(z.number()), z.object({ min: z.number(), max: z.number() })])
    .describe('Seconds: a list, or every whole second of a range.'),
  auto_duration: z.boolean().describe('`duration: "auto"` is possible.'),
};

const capabilities = z.object({
  resolutions: z.array(z.string()),
  ...lengths,
  durations_by_type: z.partialRecord(taskType, z.object(lengths)).describe('Types with lengths of their own.'),
  aspect_ratios: z.array(z.string()),
  max_images: z.int(),
  max_videos: z.int(),
  max_audios: z.int(),
  first_frame: z.boolean(),
  last_frame: z.boolean(),
  generate_audio: z.boolean(),
  audio: z.enum(['never', 'optional', 'always']).describe('`always`: there is sound whatever is asked for.'),
  seed: z.boolean(),
  negative_prompt: z.boolean(),
  watermark: z.boolean(),
  camera_fixed: z.boolean(),
  max_prompt_length: z.int(),
});

export const model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().describe('Unix seconds.'),
    owned_by: z.string(),
    name: z.string(),
    description: z.string(),
    type: z.array(taskType),
    status: z.enum(['active', 'disabled', 'retired']),
    available: z.boolean().describe('False: known, but no provider is configured to serve it.'),
    successor: z.string().nullable(),
    capabilities,
    defaults: z.object({
      resolution: z.string(),
      duration: z.union([z.number(), z.literal('auto')]),
      aspect_ratio: z.string(),
      generate_audio: z.boolean(),
    }),
    billing: billing.nullable().describe('What you pay; null when the model is not on your price list.'),
  })
  .meta({ id: 'Model' });
export type ModelView = z.output<typeof model>;

export const modelList = z.object({ object: z.literal('list'), data: z.array(model) }).meta({ id: 'ModelList' });

/**
 * One entry of GET /v1/models, shaped so that an OpenAI client's `models.list()` reads it. `price` is what the caller
 * pays, or undefined when the model is not on the caller's price list.
 */
export function fromModel(model: ListedModel, price: PriceSpec | undefined): ModelView {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: model.ownedBy,
    name: model.name,
    description: model.description,
    type: model.capabilities.types,
    status: model.status,
    available: model.status === 'active' && model.routed && price !== undefined,
    successor: model.successor ?? null,
    capabilities: fromCapabilities(model.capabilities),
    defaults: {
      resolution: model.defaults.resolution,
      duration: model.defaults.duration,
      aspect_ratio: model.defaults.aspectRatio,
      generate_audio: model.defaults.generateAudio,
    },
    billing: price === undefined ? null : fromPrice(price),
  };
}

function fromCapabilities(capabilities: Capabilities): ModelView['capabilities'] {
  return {
    resolutions: capabilities.resolutions,
    ...fromDurations(capabilities.durations),
    durations_by_type: Object.fromEntries(
      Object.entries(capabilities.durationsByType).map(([type, range]) => [type, fromDurations(range)]),
    ),
    aspect_ratios: capabilities.aspectRatios,
    max_images: capabilities.maxImages,
    max_videos: capabilities.maxVideos,
    max_audios: capabilities.maxAudios,
    first_frame: capabilities.firstFrame,
    last_frame: capabilities.lastFrame,
    generate_audio: capabilities.audio !== 'never',
    audio: capabilities.audio,
    seed: capabilities.seed,
    negative_prompt: capabilities.negativePrompt,
    watermark: capabilities.watermark,
    camera_fixed: capabilities.cameraFixed,
    max_prompt_length: capabilities.maxPromptLength,
  };
}

function fromDurations(range: DurationRange) {
  const durations = 'values' in range ? range.values : { min: range.min, max: range.max };
  return { durations, auto_duration: range.auto };
}

export function fromPrice(price: PriceSpec): z.output<typeof billing> {
  if (price.mode !== 'per_second') return price;
  return { mode: price.mode, credits: Math.min(...price.rates.map((rate) => rate.credits)), rates: price.rates };
}
