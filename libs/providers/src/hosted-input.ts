import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences } from '@videoapi/provider-kit';

// Platforms that host other people's models (fal, Replicate) take an input whose fields each model names in its own words.

/** What a render starts from. */
export type Way = 'text' | 'image' | 'frames' | 'references';

/** Fields that a model may have besides its prompt and its media. */
export type Field = 'aspect_ratio' | 'resolution' | 'duration' | 'generate_audio' | 'seed' | 'negative_prompt';

export const allFields: readonly Field[] = [
  'aspect_ratio',
  'resolution',
  'duration',
  'generate_audio',
  'seed',
  'negative_prompt',
];

export interface Input {
  /** What its media are called: one name for each, or one for all of them. */
  readonly media: readonly string[] | { readonly list: string };
  readonly fields: readonly Field[];
}

export interface Media {
  readonly way: Way;
  readonly urls: readonly string[];
  /** Seconds. */
  readonly duration: number;
}

/** What is to be rendered of, or why it cannot be. `image-to-video` starts from its image; a second one is where it ends. */
export function mediaOf(request: ResolvedRequest): Media | { readonly problem: string } {
  const { type, images, firstFrame, lastFrame, duration } = request;
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  if (request.videos.length > 0) return { problem: 'Videos cannot be given to this model.' };
  if (duration === 'auto') return { problem: 'This model needs a duration.' };
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (hasFrames && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (!hasFrames && images.length > 0 && type !== 'image-to-video')
    return { way: 'references', urls: images, duration };
  const frames = hasFrames ? [firstFrame, lastFrame].filter((frame) => frame !== undefined) : images;
  if (frames.length > 2) return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  return { way: ways[frames.length] ?? 'text', urls: frames, duration };
}

/** By the number of frames. */
const ways: readonly Way[] = ['text', 'image', 'frames'];

/** The input in the model's words. `length` is the duration as the model writes it. */
export function inputOf(
  request: ResolvedRequest,
  urls: readonly string[],
  length: string | number,
  { media, fields }: Input,
): object {
  return {
    prompt: rewriteReferences(request.prompt, (kind, index) => `${kind.toLowerCase()} ${index}`).trim(),
    ...('list' in media ? { [media.list]: urls } : Object.fromEntries(media.map((name, index) => [name, urls[index]]))),
    ...fieldsOf(request, length, fields),
  };
}

function fieldsOf(request: ResolvedRequest, length: string | number, fields: readonly Field[]): object {
  const values: Readonly<Record<Field, unknown>> = {
    // Left out, a first frame keeps its own shape.
    aspect_ratio: request.aspectRatio === 'auto' ? undefined : request.aspectRatio,
    resolution: request.resolution,
    duration: length,
    generate_audio: request.generateAudio,
    seed: request.seed,
    negative_prompt: request.negativePrompt,
  };
  return Object.fromEntries(fields.map((field) => [field, values[field]]));
}
