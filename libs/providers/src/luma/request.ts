import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

const options = z.object({ loop: z.boolean().optional() });

type Body = { readonly json: unknown } | { readonly problem: string };

/** The create body, or why there is none. Resolution and length are always said: they cost. */
export function bodyOf({ upstreamModel: model, request }: SubmitInput): Body {
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return { problem: 'provider_options: loop is true or false.' };
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  const common = { model, prompt: promptOf(request.prompt) };
  if (request.type === 'video-edit') return editOf(common, request);
  if (request.videos.length > 0) return { problem: 'Videos can only be edited.' };
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  const frames = framesOf(request);
  if ('problem' in frames) return frames;
  return {
    json: {
      ...common,
      type: 'video',
      // Left out, a first frame keeps its own shape.
      ...(request.aspectRatio !== 'auto' && { aspect_ratio: request.aspectRatio }),
      video: {
        resolution: request.resolution,
        duration: `${request.duration}s`,
        hdr: false,
        ...frames,
        ...extra.data,
      },
    },
  };
}

interface Common {
  readonly model: string;
  readonly prompt: string;
}

/** Length and shape are the source's. */
function editOf(common: Common, { videos, images, firstFrame, lastFrame, resolution }: ResolvedRequest): Body {
  const [url, ...others] = videos;
  if (url === undefined || others.length > 0) return { problem: 'An edit takes exactly one video.' };
  if (images.length > 0 || firstFrame !== undefined || lastFrame !== undefined)
    return { problem: 'An edit takes no images.' };
  return { json: { ...common, type: 'video_edit', source: { url }, video: { resolution, hdr: false } } };
}

type Frame = { readonly url: string } | undefined;
type Frames = { readonly start_frame: Frame; readonly end_frame: Frame } | { readonly problem: string };

/** `image-to-video` starts from its image; a second one is where it ends. An end alone will do. */
function framesOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): Frames {
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (images.length > 0 && type !== 'image-to-video')
    return { problem: 'Reference images cannot be given to this model.' };
  const [first, last, ...more] = hasFrames ? [firstFrame, lastFrame] : images;
  if (more.length > 0) return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  return { start_frame: frameOf(first), end_frame: frameOf(last) };
}

function frameOf(url: string | undefined): Frame {
  return url === undefined ? undefined : { url };
}

function promptOf(prompt: string): string {
  return rewriteReferences(prompt, (kind, index) => `${kind.toLowerCase()} ${index}`).trim();
}
