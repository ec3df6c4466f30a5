import { allFields as all, type Input, type Way } from '../hosted-input.js';

export type Model = Partial<Readonly<Record<Way, Input>>>;

const veoFast: Model = {
  text: { media: [], fields: all },
  image: { media: ['image'], fields: all },
  frames: { media: ['image', 'last_frame'], fields: all },
};

const veo: Model = { ...veoFast, references: { media: { list: 'reference_images' }, fields: all } };

const kling: Model = {
  text: { media: [], fields: ['aspect_ratio', 'duration', 'negative_prompt'] },
  // It keeps the shape of its first frame.
  image: { media: ['start_image'], fields: ['duration', 'negative_prompt'] },
  frames: { media: ['start_image', 'end_image'], fields: ['duration', 'negative_prompt'] },
};

const models: Readonly<Record<string, Model>> = {
  'google/veo-3.1': veo,
  'google/veo-3.1-fast': veoFast,
  'kwaivgi/kling-v2.5-turbo-pro': kling,
};

/** By `owner/name`, whatever version of it is asked for. */
export function modelOf(name: string): Model {
  return (Object.hasOwn(models, name) ? models[name] : undefined) ?? veo;
}
