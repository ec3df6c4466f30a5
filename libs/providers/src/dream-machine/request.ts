import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

const options = z.object({ loop: z.boolean().optional() });

/** The create body, or why there is none. Resolution and length are always said: they cost. */
export function bodyOf(input: SubmitInput): { readonly json: unknown } | { readonly problem: string } {
  const { upstreamModel: model, request, callbackUrl } = input;
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return { problem: 'provider_options: loop is true or false.' };
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  if (request.videos.length > 0) return { problem: 'Videos cannot be given to this model.' };
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  const frames = framesOf(request);
  if ('problem' in frames) return frames;
  return {
    json: {
      model,
      prompt: rewriteReferences(request.prompt, (kind, index) => `${kind.toLowerCase()} ${index}`).trim() || undefined,
      // Left out, a first frame keeps its own shape.
      ...(request.aspectRatio !== 'auto' && { aspect_ratio: request.aspectRatio }),
      duration: `${request.duration}s`,
      resolution: request.resolution,
      ...frames,
      callback_url: callbackUrl ?? undefined,
      ...extra.data,
    },
  };
}

type Frames = { readonly keyframes?: object } | { readonly problem: string };

/** `image-to-video` starts from its image; a second one is where it ends. An end alone will do. */
function framesOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): Frames {
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (images.length > 0 && type !== 'image-to-video')
    return { problem: 'Reference images cannot be given to this model.' };
  const [first, last, ...more] = hasFrames ? [firstFrame, lastFrame] : images;
  if (more.length > 0) return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  if (first === undefined && last === undefined) return {};
  return { keyframes: { frame0: frameOf(first), frame1: frameOf(last) } };
}

function frameOf(url: string | undefined): object | undefined {
  return url === undefined ? undefined : { type: 'image', url };
}
