import { createHash } from 'node:crypto';
import { type ResolvedRequest } from '@videoapi/contracts';
import { type Call, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';

type Order = Pick<Call, 'path' | 'json'> | { readonly problem: string };

/** The call that starts this render, or why there is none. Length, size and shape are always said: they cost. */
export function orderOf(input: SubmitInput): Order {
  const { request } = input;
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  if (request.lastFrame !== undefined) return { problem: 'This model takes no last frame.' };
  return request.type === 'video-edit' ? editOf(input) : generationOf(input);
}

function generationOf(input: SubmitInput): Order {
  const { request } = input;
  const images = imagesOf(request);
  if ('problem' in images) return images;
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  return {
    path: '/videos/generations',
    json: {
      ...commonOf(input),
      duration: request.duration,
      resolution: request.resolution,
      // Left out, a first frame keeps its own shape.
      ...(request.aspectRatio !== 'auto' && { aspect_ratio: request.aspectRatio }),
      ...(!request.generateAudio && { generate_audio: false }),
      ...images.fields,
    },
  };
}

function editOf(input: SubmitInput): Order {
  const { videos, images, firstFrame } = input.request;
  const [url] = videos;
  if (url === undefined || videos.length > 1) return { problem: 'An edit takes exactly one video.' };
  if (images.length > 0 || firstFrame !== undefined) return { problem: 'An edit takes no images.' };
  return { path: '/videos/edits', json: { ...commonOf(input), video: { url } } };
}

function commonOf({ upstreamModel, request }: SubmitInput) {
  return {
    model: upstreamModel,
    // Only a prompt that is not there may go with an image alone.
    prompt: promptOf(request.prompt) || undefined,
    user: request.endUserId === undefined ? undefined : createHash('sha256').update(request.endUserId).digest('hex'),
  };
}

function promptOf(prompt: string): string {
  return rewriteReferences(prompt, (kind, index) => `<${kind.toUpperCase()}_${index}>`).trim();
}

type Fields = { readonly fields: object } | { readonly problem: string };

/** A first frame and references are two modes that exclude each other. */
function imagesOf({ type, images, videos, firstFrame }: ResolvedRequest): Fields {
  if (videos.length > 0) return { problem: 'Videos can only be edited.' };
  if (firstFrame !== undefined && images.length > 0)
    return { problem: 'A first frame cannot be combined with reference images.' };
  const isFrame = firstFrame !== undefined || (type === 'image-to-video' && images.length === 1);
  if (isFrame) return { fields: { image: { url: firstFrame ?? images[0] } } };
  return { fields: images.length === 0 ? {} : { reference_images: images.map((url) => ({ url })) } };
}
