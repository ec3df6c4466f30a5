/** What a model takes; anything else is a 400. */
export interface Model {
  /** Fractions are fine. */
  readonly seconds: { readonly min: number; readonly max: number; readonly default: number };
  readonly maxImages: number;
  readonly maxVideos: number;
  readonly maxReferences: number;
}

const models: Readonly<Record<string, Model>> = {
  'gemini-omni-1.1-flash': {
    seconds: { min: 3, max: 10, default: 10 },
    maxImages: 3,
    maxVideos: 3,
    maxReferences: 6,
  },
  'gemini-omni-1.2-flash': {
    seconds: { min: 3, max: 15, default: 10 },
    maxImages: 6,
    maxVideos: 6,
    maxReferences: 6,
  },
};

export function modelOf(name: string): Model | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}

/** Video tokens of a second, the same at 1080p. */
export const tokensPerSecond = 5_792;
