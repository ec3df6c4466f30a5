import { type Model, type PriceParams, type ResolvedRequest } from '@videoapi/contracts';

/** What a quote may depend on: resolved parameters only, so that no provider option can change a price afterwards. */
export function priceParamsOf(request: ResolvedRequest, model: Pick<Model, 'price'>): PriceParams {
  const params = { resolution: request.resolution, durationMs: request.maxDurationMs, audio: request.generateAudio };
  return model.price.mode === 'per_token' ? { ...params, tokens: estimateTokens(request) } : params;
}

/** Ark's formula (width × height × 24 frames × seconds / 1024), for the widest frame of the resolution. */
function estimateTokens({ resolution, maxDurationMs }: ResolvedRequest): number {
  const pixels = pixelsOf[resolution] ?? pixelsOf['4k'] ?? 0;
  return Math.ceil((pixels * framesPerSecond * maxDurationMs) / 1000 / 1024);
}

const framesPerSecond = 24;
const pixelsOf: Readonly<Record<string, number>> = {
  '240p': 426 * 240,
  '360p': 640 * 360,
  '480p': 864 * 496,
  '720p': 1280 * 720,
  '1080p': 1920 * 1088,
  '1440p': 2560 * 1440,
  '4k': 3840 * 2160,
};
