import { type ResolvedRequest } from '@videoapi/contracts';
import { type Call, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { type Field, type Input, modelOf, type Way } from './models.js';

type Order = Pick<Call, 'path' | 'json'> | { readonly problem: string };

/** The call that makes this prediction, or why there is none. Length, size and sound are always said: they cost. */
export function orderOf({ upstreamModel, request, callbackUrl }: SubmitInput): Order {
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  if (request.videos.length > 0) return { problem: 'Videos cannot be given to this model.' };
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const { path, name, version } = placeOf(upstreamModel);
  const input = modelOf(name)[media.way];
  if (input === undefined) return { problem: 'Reference images cannot be given to this model.' };
  return {
    path,
    json: {
      version,
      input: {
        prompt: rewriteReferences(request.prompt, (kind, index) => `${kind.toLowerCase()} ${index}`).trim(),
        ...named(media.urls, input),
        ...fieldsOf(request, input),
      },
      ...(callbackUrl !== null && { webhook: callbackUrl, webhook_events_filter: ['completed'] }),
    },
  };
}

interface Place {
  readonly path: string;
  /** `owner/name`; a version alone does not tell it. */
  readonly name: string;
  readonly version?: string;
}

/** Official models and deployments have an address of their own; a community model is called by its version. */
function placeOf(upstreamModel: string): Place {
  const [name = '', version] = upstreamModel.split(':', 2);
  const hash = version ?? (/^[0-9a-f]{64}$/.test(name) ? name : undefined);
  if (hash !== undefined) return { path: '/predictions', name, version: hash };
  const words = name.split('/').map(encodeURIComponent);
  const path = words[0] === 'deployments' ? words.join('/') : `models/${words.join('/')}`;
  return { path: `/${path}/predictions`, name };
}

type Media = { readonly way: Way; readonly urls: readonly string[] } | { readonly problem: string };

/** `image-to-video` starts from its image; a second one is where it ends. */
function mediaOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): Media {
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (hasFrames && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (!hasFrames && images.length > 0 && type !== 'image-to-video') return { way: 'references', urls: images };
  const frames = hasFrames ? [firstFrame, lastFrame].filter((frame) => frame !== undefined) : images;
  if (frames.length > 2) return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  return { way: ways[frames.length] ?? 'text', urls: frames };
}

/** By the number of frames. */
const ways: readonly Way[] = ['text', 'image', 'frames'];

function named(urls: readonly string[], { media }: Input): object {
  if ('list' in media) return { [media.list]: urls };
  return Object.fromEntries(media.map((name, index) => [name, urls[index]]));
}

function fieldsOf(request: ResolvedRequest, { fields }: Input): object {
  const values: Readonly<Record<Field, unknown>> = {
    // Left out, a first frame keeps its own shape.
    aspect_ratio: request.aspectRatio === 'auto' ? undefined : request.aspectRatio,
    resolution: request.resolution,
    duration: request.duration,
    generate_audio: request.generateAudio,
    seed: request.seed,
    negative_prompt: request.negativePrompt,
  };
  return Object.fromEntries(fields.map((field) => [field, values[field]]));
}
