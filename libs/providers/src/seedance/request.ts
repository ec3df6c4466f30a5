import { createHash } from 'node:crypto';
import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

/**
 * Flags that Ark still reads in a prompt. They would override duration and size after these were priced, so they are cut
 * out wherever they stand, with or without a value. A blank takes their place: what stood around one cannot become another.
 */
const flags =
  /--(?:rs|resolution|rt|ratio|dur|duration|fps|framespersecond|frames|seed|cf|camerafixed|wm|watermark)(?!\w|-\w)(?:(?:\s+|=)-?[^\s-]\S*)?/gi;

const options = z.object({
  service_tier: z.enum(['default', 'flex']).optional(),
  priority: z.int().min(0).max(9).optional(),
});

/** The create body, or why this request cannot be put into one. Everything that costs is said explicitly. */
export function bodyOf(input: SubmitInput): { readonly json: unknown } | { readonly problem: string } {
  const { upstreamModel, request, callbackUrl } = input;
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) return { problem: 'provider_options: service_tier is default or flex, priority 0 to 9.' };
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const text = promptOf(request.prompt);
  const content = [...(text === '' ? [] : [{ type: 'text', text }]), ...media.items];
  return {
    json: {
      model: upstreamModel,
      content,
      resolution: request.resolution,
      ratio: request.aspectRatio === 'auto' ? 'adaptive' : request.aspectRatio,
      duration: request.duration === 'auto' ? -1 : request.duration,
      // 1.0 has no sound and no such field; everywhere else it is on unless one says no, and costs.
      ...(!isFirstGeneration(upstreamModel) && { generate_audio: request.generateAudio }),
      watermark: request.watermark ?? false,
      seed: request.seed,
      camera_fixed: request.cameraFixed,
      callback_url: callbackUrl ?? undefined,
      safety_identifier: identifierOf(input),
      ...(isEdit(upstreamModel, request) && { omni_reference_task_type: 'edit' }),
      ...extra.data,
    },
  };
}

/** What stands in `safety_identifier`: the end user, hashed, else our reference, by which a lost answer is found again. */
export function identifierOf({ request, reference }: Pick<SubmitInput, 'request' | 'reference'>): string {
  if (request.endUserId === undefined) return reference;
  return createHash('sha256').update(request.endUserId).digest('hex');
}

export function promptOf(prompt: string): string {
  return rewriteReferences(prompt, (kind, index) => `[${kind} ${index}]`)
    .replace(flags, ' ')
    .trim();
}

type Media = { readonly items: readonly unknown[] } | { readonly problem: string };

/** First frame, first and last frame, and references are three modes that exclude each other. */
function mediaOf(request: ResolvedRequest): Media {
  const { images, videos, audios, firstFrame, lastFrame } = request;
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && (images.length > 0 || videos.length > 0 || audios.length > 0)) {
    return { problem: 'First and last frames cannot be combined with reference media.' };
  }
  if (lastFrame !== undefined && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (hasFrames) return { items: framesOf(firstFrame, lastFrame) };
  if (isFrames(request)) return { items: framesOf(images[0], images[1]) };
  return {
    items: [
      ...images.map((url) => ({ type: 'image_url', image_url: { url }, role: 'reference_image' })),
      ...videos.map((url) => ({ type: 'video_url', video_url: { url }, role: 'reference_video' })),
      ...audios.map((url) => ({ type: 'audio_url', audio_url: { url }, role: 'reference_audio' })),
    ],
  };
}

/** `image-to-video` starts from its image; a second one is where it ends. */
function isFrames({ type, images, videos, audios }: ResolvedRequest): boolean {
  return type === 'image-to-video' && images.length <= 2 && videos.length === 0 && audios.length === 0;
}

function framesOf(first: string | undefined, last: string | undefined): unknown[] {
  return [
    ...(first === undefined ? [] : [{ type: 'image_url', image_url: { url: first }, role: 'first_frame' }]),
    ...(last === undefined ? [] : [{ type: 'image_url', image_url: { url: last }, role: 'last_frame' }]),
  ];
}

function isFirstGeneration(model: string): boolean {
  return model.includes('seedance-1-0');
}

function isEdit(model: string, { type }: ResolvedRequest): boolean {
  return type === 'video-edit' && model.includes('seedance-2-5');
}
