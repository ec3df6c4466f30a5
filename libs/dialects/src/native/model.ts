import { type Capabilities, type ListedModel, type PriceSpec } from '@videoapi/contracts';

/**
 * One entry of GET /v1/models, shaped so that an OpenAI client's `models.list()` reads it. `price` is what the caller
 * pays, or undefined when the model is not on the caller's price list.
 */
export function fromModel(model: ListedModel, price: PriceSpec | undefined) {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: model.ownedBy,
    name: model.name,
    description: model.description,
    type: model.capabilities.types,
    status: model.status,
    /** False: known, but no provider is configured to serve it. */
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

function fromCapabilities(capabilities: Capabilities) {
  return {
    resolutions: capabilities.resolutions,
    durations: 'values' in capabilities.durations ? capabilities.durations.values : range(capabilities.durations),
    auto_duration: capabilities.durations.auto,
    aspect_ratios: capabilities.aspectRatios,
    max_images: capabilities.maxImages,
    max_videos: capabilities.maxVideos,
    max_audios: capabilities.maxAudios,
    first_frame: capabilities.firstFrame,
    last_frame: capabilities.lastFrame,
    generate_audio: capabilities.audio !== 'never',
    /** `always`: there is sound whatever is asked for. */
    audio: capabilities.audio,
    seed: capabilities.seed,
    negative_prompt: capabilities.negativePrompt,
    watermark: capabilities.watermark,
    camera_fixed: capabilities.cameraFixed,
    max_prompt_length: capabilities.maxPromptLength,
  };
}

function range({ min, max }: { readonly min: number; readonly max: number }) {
  return { min, max };
}

/** `credits` is the price of one call, of one second (the lowest rate), or of `units` tokens. */
export function fromPrice(price: PriceSpec) {
  if (price.mode !== 'per_second') return price;
  return { mode: price.mode, credits: Math.min(...price.rates.map((rate) => rate.credits)), rates: price.rates };
}
