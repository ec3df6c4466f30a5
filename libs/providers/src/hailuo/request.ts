import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

/** Which of the two APIs: H3 speaks the newer one, Hailuo the older. */
export type Version = 'v1' | 'v2';
export type Fields = Readonly<Record<string, unknown>>;
interface Problem {
  readonly problem: string;
}

const options = z.object({ fast_pretreatment: z.boolean().optional(), prompt_optimizer: z.boolean().optional() });

export function versionOf(upstreamModel: string): Version {
  return upstreamModel.startsWith('MiniMax-H3') ? 'v2' : 'v1';
}

/** The create body, or why this request cannot be put into one. Everything that costs is said. */
export function bodyOf(input: SubmitInput): { readonly json: Fields } | Problem {
  const { upstreamModel, request, callbackUrl } = input;
  if (request.duration === 'auto') return { problem: 'This model needs a duration in seconds.' };
  const version = versionOf(upstreamModel);
  const body = version === 'v1' ? firstBody(request) : secondBody(request);
  if ('problem' in body) return body;
  return {
    json: {
      model: upstreamModel,
      ...body.fields,
      duration: request.duration,
      // `768P`, `2K`: capital letters.
      resolution: request.resolution.toUpperCase(),
      aigc_watermark: request.watermark ?? false,
      callback_url: callbackUrl ?? undefined,
    },
  };
}

function firstBody(request: ResolvedRequest): { readonly fields: Fields } | Problem {
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return { problem: 'provider_options: prompt_optimizer and fast_pretreatment are true or false.' };
  const { type, images, videos, audios } = request;
  if (videos.length > 0 || audios.length > 0) return { problem: 'This model takes no videos and no sounds.' };
  const prompt = promptOf(request);
  if (type === 'reference-to-video') {
    const [image] = images;
    if (image === undefined || images.length > 1) return { problem: 'This model takes exactly one reference image.' };
    return { fields: { prompt, subject_reference: [{ type: 'character', image: [image] }], ...extra.data } };
  }
  const frames = framesOf(request);
  if ('problem' in frames) return frames;
  return { fields: { prompt, first_frame_image: frames.first, last_frame_image: frames.last, ...extra.data } };
}

function secondBody(request: ResolvedRequest): { readonly fields: Fields } | Problem {
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const isFrames = media.items.some(({ role }) => role === 'first_frame');
  if (media.items.length === 0 && request.aspectRatio === 'auto')
    return { problem: 'This model needs an aspect ratio.' };
  return {
    fields: {
      content: [{ type: 'text', text: promptOf(request) }, ...media.items],
      ratio: isFrames || request.aspectRatio === 'auto' ? 'adaptive' : request.aspectRatio,
    },
  };
}

interface Item {
  readonly type: string;
  readonly role: string;
}

/** Frames and references exclude each other. */
function mediaOf(request: ResolvedRequest): { readonly items: readonly Item[] } | Problem {
  const { type, images, videos, audios } = request;
  if (type === 'reference-to-video' || type === 'video-edit') {
    if (request.firstFrame !== undefined || request.lastFrame !== undefined) {
      return { problem: 'First and last frames cannot be combined with reference media.' };
    }
    if (type === 'video-edit' && videos.length !== 1) return { problem: 'An edit needs exactly one video.' };
    return {
      items: [
        ...images.map((url) => item('image', url, 'reference_image')),
        ...videos.map((url) => item('video', url, type === 'video-edit' ? 'base_video' : 'reference_video')),
        ...audios.map((url) => item('audio', url, 'reference_audio')),
      ],
    };
  }
  if (videos.length > 0 || audios.length > 0) return { problem: 'Videos and sounds are references or an edit.' };
  const frames = framesOf(request);
  if ('problem' in frames) return frames;
  const { first, last } = frames;
  return {
    items: [
      ...(first === undefined ? [] : [item('image', first, 'first_frame')]),
      ...(last === undefined ? [] : [item('image', last, 'last_frame')]),
    ],
  };
}

function item(kind: 'image' | 'video' | 'audio', url: string, role: string): Item {
  return { type: `${kind}_url`, [`${kind}_url`]: { url }, role };
}

interface Frames {
  readonly first?: string;
  readonly last?: string;
}

/** Frames by name, else the first image and the second. */
function framesOf({ images, firstFrame, lastFrame }: ResolvedRequest): Frames | Problem {
  const isNamed = firstFrame !== undefined || lastFrame !== undefined;
  if (isNamed && images.length > 0)
    return { problem: 'First and last frames cannot be combined with reference media.' };
  if (images.length > 2) return { problem: 'There are two frames at most.' };
  const [first, last] = isNamed ? [firstFrame, lastFrame] : images;
  if (last !== undefined && first === undefined) return { problem: 'A last frame needs a first frame.' };
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
}

function promptOf({ prompt }: ResolvedRequest): string {
  return rewriteReferences(prompt, (kind, index) => `${kind} ${index}`);
}
