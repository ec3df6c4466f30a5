import { type FailureCode, type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';
import { chooseModel, type Start } from './models.js';

interface Problem {
  readonly problem: string;
  readonly code: FailureCode;
}

const options = z.object({
  template_id: z.string().optional(),
  camera_strength: z.enum(['weak', 'medium', 'strong']).optional(),
});

/** 24 a second, and one more. */
const framesOfSeconds: Readonly<Record<number, number>> = { 5: 121, 10: 241 };

/** The create body, or why this request cannot be put into one. Everything that costs is said. */
export function bodyOf({
  upstreamModel,
  request,
}: SubmitInput): { readonly reqKey: string; readonly json: unknown } | Problem {
  const images = framesIn(request);
  if (images === undefined || request.videos.length > 0 || request.audios.length > 0) {
    return invalid('This model takes a first frame, or a first and a last one.');
  }
  const { type, resolution } = request;
  const { duration } = request;
  const frames = duration === 'auto' ? undefined : framesOfSeconds[duration];
  if (duration === 'auto' || frames === undefined) return invalid('This model renders 5 or 10 seconds.');
  const choice = chooseModel(upstreamModel, { type, resolution, hasLastFrame: images.length > 1, duration });
  if (choice === 'unknown')
    return { problem: `${upstreamModel} is no model of this provider.`, code: 'provider_error' };
  if (choice === 'does not fit')
    return invalid(`${upstreamModel} does not render this at ${resolution} in ${duration} seconds.`);
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return invalid('provider_options: template_id is text, camera_strength weak, medium or strong.');
  if (type === 'image-to-video' && images.length === 0) return invalid('This model needs a first frame.');
  return {
    reqKey: choice.reqKey,
    json: {
      req_key: choice.reqKey,
      prompt: rewriteReferences(request.prompt, (kind, index) => `${kind} ${index}`),
      ...(images.length > 0 && { image_urls: images }),
      seed: request.seed ?? -1,
      frames,
      ...ratioOf(choice.start, images, request),
      ...(choice.start === 'camera' && extra.data),
    },
  };
}

/** By name, else the first image and the second; undefined for what cannot be frames. */
function framesIn({ type, images, firstFrame, lastFrame }: ResolvedRequest): readonly string[] | undefined {
  if (firstFrame === undefined && lastFrame !== undefined) return undefined;
  if (firstFrame === undefined) return type === 'text-to-video' && images.length > 0 ? undefined : upToTwo(images);
  if (images.length > 0) return undefined;
  return lastFrame === undefined ? [firstFrame] : [firstFrame, lastFrame];
}

function upToTwo(images: readonly string[]): readonly string[] | undefined {
  return images.length > 2 ? undefined : images;
}

/** From words alone; with a frame the shape is the frame's. */
function ratioOf(start: Start, images: readonly string[], { aspectRatio }: ResolvedRequest): { aspect_ratio?: string } {
  const isFromWords = (start === 'words' || start === 'either') && images.length === 0;
  return isFromWords && aspectRatio !== 'auto' ? { aspect_ratio: aspectRatio } : {};
}

function invalid(problem: string): Problem {
  return { problem, code: 'invalid_request' };
}
