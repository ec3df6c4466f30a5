import { allFields as all, type Input, type Way } from '../hosted-input.js';

export interface Endpoint extends Input {
  /** Below the path of the model. */
  readonly path: string;
}

export interface Family {
  readonly ways: Partial<Readonly<Record<Way, Endpoint>>>;
  readonly lengthOf: (seconds: number) => string | number;
}

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
