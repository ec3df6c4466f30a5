import { type ResolvedRequest } from '@videoapi/contracts';
import { inlineFile, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

/** Spelled either way on Google's pages; said back as it came. */
const options = z.object({
  personGeneration: z.enum(['allow_all', 'allow_adult', 'dont_allow']).optional(),
  enhancePrompt: z.boolean().optional(),
  compressionQuality: z.enum(['OPTIMIZED', 'LOSSLESS', 'optimized', 'lossless']).optional(),
  resizeMode: z.enum(['PAD', 'CROP', 'pad', 'crop']).optional(),
});

/** The create body, or why this request cannot be put into one. Everything that costs is said explicitly. */
export function bodyOf(
  { request, reference }: SubmitInput,
  storageUri: string,
): { readonly json: object } | { readonly problem: string } {
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) {
    const field = extra.error.issues[0]?.path.join('.') ?? '';
    return { problem: `provider_options: ${field} is not what Veo takes.` };
  }
  if (request.duration === 'auto') return { problem: 'Veo needs a duration in seconds.' };
  if (request.videos.length > 0 || request.audios.length > 0) return { problem: 'Veo takes pictures alone.' };
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const prompt = rewriteReferences(request.prompt, (kind, index) => `${kind.toLowerCase()} ${index}`);
  return {
    json: {
      instances: [{ prompt, ...media }],
      parameters: {
        sampleCount: 1,
        durationSeconds: request.duration,
        resolution: request.resolution,
        aspectRatio: request.aspectRatio === 'auto' ? '16:9' : request.aspectRatio,
        generateAudio: request.generateAudio,
        storageUri,
        negativePrompt: request.negativePrompt,
        seed: request.seed,
        ...extra.data,
      },
      labels: { reference },
    },
  };
}

interface Media {
  readonly image?: object;
  readonly lastFrame?: object;
  readonly referenceImages?: readonly object[];
}

/** A first frame, with or without a last one, or up to three pictures of who and what. */
function mediaOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): Media | { readonly problem: string } {
  const hasNamedFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasNamedFrames && images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
  if (type === 'image-to-video' || hasNamedFrames) {
    const [first, last, ...more] = hasNamedFrames ? [firstFrame, lastFrame] : images;
    if (first === undefined) return { problem: 'There is no image to start from.' };
    if (more.length > 0) return { problem: 'Veo takes a first and a last image.' };
    return { image: pictureOf(first), ...(last !== undefined && { lastFrame: pictureOf(last) }) };
  }
  if (images.length > 3) return { problem: 'Veo takes three reference images.' };
  if (images.length === 0) return {};
  return { referenceImages: images.map((url) => ({ image: pictureOf(url), referenceType: 'asset' })) };
}

function pictureOf(url: string): object {
  return { bytesBase64Encoded: inlineFile(url, 'base64'), mimeType: inlineFile(url, 'mime-type') };
}
