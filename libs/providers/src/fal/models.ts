/** What a request starts from. */
export type Way = 'text' | 'image' | 'frames' | 'references';

/** Fields that a model may have besides its prompt and its media. */
export type Field = 'aspect_ratio' | 'resolution' | 'duration' | 'generate_audio' | 'seed' | 'negative_prompt';

export interface Endpoint {
  /** Below the path of the model. */
  readonly path: string;
  /** What its media are called: one name for each, or one for all of them. */
  readonly media: readonly string[] | { readonly list: string };
  readonly fields: readonly Field[];
}

export interface Family {
  readonly ways: Partial<Readonly<Record<Way, Endpoint>>>;
  readonly lengthOf: (seconds: number) => string | number;
}

const all: readonly Field[] = ['aspect_ratio', 'resolution', 'duration', 'generate_audio', 'seed', 'negative_prompt'];

const veo: Family = {
  ways: {
    text: { path: '', media: [], fields: all },
    image: { path: '/image-to-video', media: ['image_url'], fields: all },
    frames: { path: '/first-last-frame-to-video', media: ['first_frame_url', 'last_frame_url'], fields: all },
    references: {
      path: '/reference-to-video',
      media: { list: 'image_urls' },
      fields: ['aspect_ratio', 'resolution', 'duration', 'generate_audio'],
    },
  },
  lengthOf: (seconds) => `${seconds}s`,
};

const kling: Family = {
  ways: {
    text: { path: '/text-to-video', media: [], fields: ['aspect_ratio', 'duration', 'negative_prompt'] },
    image: { path: '/image-to-video', media: ['image_url'], fields: ['duration', 'negative_prompt'] },
    frames: {
      path: '/image-to-video',
      media: ['image_url', 'tail_image_url'],
      fields: ['duration', 'negative_prompt'],
    },
  },
  lengthOf: String,
};

const any: Family = {
  ways: {
    text: { path: '', media: [], fields: all },
    image: { path: '', media: ['image_url'], fields: all },
    frames: { path: '', media: ['first_frame_url', 'last_frame_url'], fields: all },
    references: { path: '', media: { list: 'image_urls' }, fields: all },
  },
  lengthOf: (seconds) => seconds,
};

const families: Readonly<Record<string, Family>> = {
  'fal-ai/veo3.1': veo,
  'fal-ai/veo3.1/fast': veo,
  'fal-ai/kling-video/v2.5-turbo/pro': kling,
};

export function familyOf(model: string): Family {
  return (Object.hasOwn(families, model) ? families[model] : undefined) ?? any;
}
