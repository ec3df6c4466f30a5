import { type ResolvedRequest } from '@videoapi/contracts';
import { type Call, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

const options = z.object({
  contentModeration: z.strictObject({ publicFigureThreshold: z.enum(['auto', 'low']) }).optional(),
});
type Extra = z.output<typeof options>;

type Order = Pick<Call, 'path' | 'json'> | { readonly problem: string };

/** The call that starts this render, or why there is none. Size, length and sound are always said: they cost. */
export function orderOf({ upstreamModel: model, request }: SubmitInput): Order {
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return { problem: 'provider_options: publicFigureThreshold is auto or low.' };
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  const prompt = promptOf(request.prompt);
  return request.type === 'video-edit'
    ? editOf({ model, prompt }, request, extra.data)
    : generationOf({ model, prompt }, request, extra.data);
}

interface Start {
  readonly model: string;
  readonly prompt: string;
}

function generationOf({ model, prompt }: Start, request: ResolvedRequest, extra: Extra): Order {
  if (request.videos.length > 0) return { problem: 'Videos can only be edited.' };
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  const frames = framesOf(request);
  if ('problem' in frames) return frames;
  const ratio = pixels[request.resolution]?.[request.aspectRatio];
  if (ratio === undefined) {
    return { problem: `This model has no ${request.resolution} in ${request.aspectRatio}.` };
  }
  const isFromImage = frames.promptImage !== undefined;
  return {
    path: isFromImage ? '/v1/image_to_video' : '/v1/text_to_video',
    json: {
      model,
      // Only a prompt that is not there may go with an image alone.
      promptText: prompt || undefined,
      promptImage: frames.promptImage,
      ratio,
      duration: request.duration,
      seed: request.seed,
      // Veo alone has sound, at twice the price; elsewhere there is no such field.
      ...(model.startsWith('veo') && { audio: request.generateAudio }),
      ...extra,
    },
  };
}

/** Priced by the second of its source, which it keeps in length and shape. */
function editOf(
  { model, prompt }: Start,
  { videos, images, firstFrame, lastFrame, seed }: ResolvedRequest,
  extra: Extra,
): Order {
  const [videoUri, ...others] = videos;
  if (videoUri === undefined || others.length > 0) return { problem: 'An edit takes exactly one video.' };
  if (images.length > 0 || firstFrame !== undefined || lastFrame !== undefined)
    return { problem: 'An edit takes no images.' };
  return { path: '/v1/video_to_video', json: { model, promptText: prompt, videoUri, seed, ...extra } };
}

/** Runway's sizes by ours; each resolution is named by its short side in the widescreen shape. */
const pixels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '720p': {
    '16:9': '1280:720',
    '9:16': '720:1280',
    '4:3': '1104:832',
    '3:4': '832:1104',
    '1:1': '960:960',
    '21:9': '1584:672',
  },
  '1080p': { '16:9': '1920:1080', '9:16': '1080:1920' },
};

type Frames = { readonly promptImage?: unknown } | { readonly problem: string };

/** `image-to-video` starts from its image; a second one is where it ends. */
function framesOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): Frames {
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (lastFrame !== undefined && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (!hasFrames && images.length > 0 && type !== 'image-to-video')
    return { problem: 'Reference images cannot be given to this model.' };
  const [first, last, ...more] = hasFrames ? [firstFrame, lastFrame] : images;
  if (more.length > 0) return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  if (first === undefined) return {};
  if (last === undefined) return { promptImage: first };
  return {
    promptImage: [
      { uri: first, position: 'first' },
      { uri: last, position: 'last' },
    ],
  };
}

function promptOf(prompt: string): string {
  return rewriteReferences(prompt, (kind, index) => `${kind.toLowerCase()} ${index}`).trim();
}
