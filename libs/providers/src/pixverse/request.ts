import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

type Fields = Readonly<Record<string, unknown>>;
/** An uploaded image. */
export type ImageId = number | string;

interface Problem {
  readonly problem: string;
}

/** The call that creates, and the images that it needs uploaded first. */
export interface Order {
  readonly path: string;
  readonly images: readonly string[];
  /** With the ids of those images, in their order. */
  readonly bodyWith: (ids: readonly ImageId[]) => Fields;
}

const options = z.object({
  style: z.enum(['anime', '3d_animation', 'clay', 'comic', 'cyberpunk']).optional(),
});

/** As many as the newest models take. */
const mostReferences = 7;

/** Length, size, sound and motion are always said: they cost. */
export function orderOf({ upstreamModel: model, request }: SubmitInput): Order | Problem {
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return { problem: 'provider_options: style is not one of those that PixVerse has.' };
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  if (request.videos.length > 0) return { problem: 'Videos cannot be given to this model.' };
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  if (request.generateAudio && !hasSound(model)) return { problem: 'This model has no sound.' };
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const { way, images } = media;
  const needsShape = way === 'text' || way === 'fusion';
  if (needsShape && request.aspectRatio === 'auto') return { problem: 'This model needs an aspect ratio.' };
  const common = {
    model,
    duration: request.duration,
    quality: request.resolution,
    seed: request.seed,
    // Frames give the shape.
    ...(needsShape && { aspect_ratio: request.aspectRatio }),
    ...(hasSound(model) && { generate_audio_switch: request.generateAudio }),
    ...(way === 'fusion'
      ? { prompt: citing(request.prompt) }
      : { prompt: naming(request.prompt), ...refinements(model, request), ...extra.data }),
  };
  return { path: `/video/${way}/generate`, images, bodyWith: (ids) => ({ ...common, ...placed[way](ids) }) };
}

/** v5.5 and all that is newer. */
function hasSound(model: string): boolean {
  return /^(v5\.[5-9]|v[6-9]|v\d{2}|c\d)/.test(model);
}

/** What a fusion does not know. */
function refinements(model: string, { negativePrompt, watermark }: ResolvedRequest): Fields {
  return {
    negative_prompt: negativePrompt,
    water_mark: watermark ?? false,
    ...(hasSound(model) && { generate_multi_clip_switch: false }),
    ...(/^v[34]/.test(model) && { motion_mode: 'normal' }),
  };
}

type Way = 'text' | 'img' | 'transition' | 'fusion';

/** Where the images go. */
const placed: Readonly<Record<Way, (ids: readonly ImageId[]) => Fields>> = {
  text: () => ({}),
  img: ([first]) => ({ img_id: first }),
  transition: ([first, last]) => ({ first_frame_img: first, last_frame_img: last }),
  fusion: (ids) => ({
    image_references: ids.map((id, index) => ({ type: 'subject', img_id: id, ref_name: `Image${index + 1}` })),
  }),
};

interface Media {
  readonly way: Way;
  readonly images: readonly string[];
}

/** `image-to-video` starts from its image; a second one is where it ends. */
function mediaOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): Media | Problem {
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (hasFrames && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (!hasFrames && images.length > 0 && type !== 'image-to-video') {
    if (images.length > mostReferences) return { problem: `There are ${mostReferences} references at most.` };
    return { way: 'fusion', images };
  }
  const frames = hasFrames ? [firstFrame, lastFrame].filter((frame) => frame !== undefined) : images;
  if (frames.length > 2) return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  return { way: ways[frames.length] ?? 'text', images: frames };
}

/** By the number of frames. */
const ways: readonly Way[] = ['text', 'img', 'transition'];

function naming(prompt: string): string {
  return rewriteReferences(prompt, (kind, index) => `${kind.toLowerCase()} ${index}`).trim();
}

/** `@Image1` is the name of the first reference; PixVerse knows it by the space behind. */
function citing(prompt: string): string {
  return prompt.replace(/(@Image\d{1,6})(?=[^\d\s])/g, '$1 ').trim();
}
