import { z } from 'zod';
import { source } from '../asset.js';
import { jsonText, maxPromptLength, text } from '../field.js';

const address = z.union([source.transform((url) => ({ url })), z.object({ url: source })]);

const item = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: text(maxPromptLength) }),
    z.object({
      type: z.literal('image_url'),
      image_url: address,
      role: z.enum(['first_frame', 'last_frame', 'reference_image']).optional(),
    }),
    z.object({ type: z.literal('video_url'), video_url: address, role: z.literal('reference_video').optional() }),
    z.object({ type: z.literal('audio_url'), audio_url: address, role: z.literal('reference_audio').optional() }),
  ])
  .meta({ id: 'ArkContent' });

/** The list that Volcengine's Ark takes. The document's own example sends `{}`, which says nothing. */
export const content = jsonText(
  z.union([z.array(item).max(64), z.strictObject({}).transform(() => []), item.transform((one) => [one])], {
    error: 'must be a list of text, image_url, video_url and audio_url items',
  }),
);
export type Content = z.output<typeof content>;

export interface ContentParts {
  readonly texts: readonly string[];
  readonly images: readonly string[];
  readonly videos: readonly string[];
  readonly audios: readonly string[];
  readonly firstFrames: readonly string[];
  readonly lastFrames: readonly string[];
  /** Somebody said that an image is a reference, not a frame. */
  readonly isReference: boolean;
}

export function partsOf(items: Content): ContentParts {
  const images = (...roles: (string | undefined)[]) =>
    items.flatMap((one) => (one.type === 'image_url' && roles.includes(one.role) ? [one.image_url.url] : []));
  return {
    texts: items.flatMap((one) => (one.type === 'text' ? [one.text] : [])),
    images: images(undefined, 'reference_image'),
    videos: items.flatMap((one) => (one.type === 'video_url' ? [one.video_url.url] : [])),
    audios: items.flatMap((one) => (one.type === 'audio_url' ? [one.audio_url.url] : [])),
    firstFrames: images('first_frame'),
    lastFrames: images('last_frame'),
    isReference: images('reference_image').length > 0,
  };
}
