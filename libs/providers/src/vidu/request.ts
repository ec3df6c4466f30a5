import { type ResolvedRequest } from '@videoapi/contracts';
import { type Call, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

const options = z.object({
  movement_amplitude: z.enum(['auto', 'small', 'medium', 'large']).optional(),
  style: z.enum(['general', 'anime']).optional(),
  audio_type: z.enum(['all', 'speech_only', 'sound_effect_only']).optional(),
});

type Order = Pick<Call, 'path' | 'json'> | { readonly problem: string };

/** The call that starts this render, or why there is none. Whatever costs is said explicitly. */
export function orderOf(input: SubmitInput): Order {
  const { upstreamModel: model, request, reference, callbackUrl } = input;
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success)
    return { problem: 'provider_options: movement_amplitude, style or audio_type is not one of theirs.' };
  if (request.audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  if (request.duration === 'auto') return { problem: 'This model needs a duration.' };
  const way = wayOf(request);
  if ('problem' in way) return way;
  const common = {
    model,
    // Only a prompt that is not there may go with images alone.
    prompt: request.prompt.trim() || undefined,
    duration: request.duration,
    resolution: request.resolution,
    // Known to Q3 alone, on unless one says no.
    ...(model.startsWith('viduq3') && { audio: request.generateAudio }),
    seed: request.seed,
    watermark: request.watermark ?? false,
    off_peak: false,
    payload: reference,
    callback_url: callbackUrl ?? undefined,
  };
  return { path: way.path, json: { ...common, ...way.fields, ...extra.data } };
}

type Way = { readonly path: string; readonly fields: object } | { readonly problem: string };

/** One endpoint for each kind of input. Frames have a shape of their own, and the field for it is refused beside them. */
function wayOf(request: ResolvedRequest): Way {
  const { type, images, videos, firstFrame, lastFrame } = request;
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && (images.length > 0 || videos.length > 0)) {
    return { problem: 'First and last frames cannot be combined with reference media.' };
  }
  if (lastFrame !== undefined && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (hasFrames) return framed([firstFrame, lastFrame].filter((frame) => frame !== undefined));
  if (type === 'image-to-video' && videos.length === 0) return framed(images);
  const ratio = request.aspectRatio === 'auto' ? {} : { aspect_ratio: request.aspectRatio };
  if (images.length === 0 && videos.length === 0) return { path: '/text2video', fields: ratio };
  return { path: '/reference2video', fields: { ...referencesOf(request), ...ratio } };
}

function framed(images: readonly string[]): Way {
  if (images.length === 1) return { path: '/img2video', fields: { images } };
  if (images.length === 2) return { path: '/start-end2video', fields: { images } };
  return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
}

/** What a prompt cites as `@Image1` must have that name; names are for subjects, and so are videos. */
function referencesOf({ prompt, images, videos }: ResolvedRequest): object {
  if (videos.length === 0 && !/@Image\d/.test(prompt)) return { images };
  return {
    subjects: [
      ...images.map((url, index) => ({ name: `Image${index + 1}`, images: [url] })),
      ...videos.map((url, index) => ({ name: `Video${index + 1}`, videos: [url] })),
    ],
  };
}
