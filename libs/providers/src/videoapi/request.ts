import { createHash } from 'node:crypto';
import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';

/** The create body, or why this request cannot be put into one. Everything that costs is said explicitly. */
export function bodyOf({ upstreamModel, request, reference }: SubmitInput): { json: unknown } | { problem: string } {
  const { images, videos, audios, firstFrame, lastFrame, endUserId } = request;
  if (lastFrame !== undefined) return { problem: 'This provider knows no last frame.' };
  if (firstFrame !== undefined && images.length > 0) {
    return { problem: 'This provider takes a first frame or reference images, not both.' };
  }
  return {
    json: {
      model: upstreamModel,
      type: request.type,
      prompt: promptOf(request),
      image_urls: firstFrame === undefined ? images : [firstFrame],
      video_urls: videos,
      audio_urls: audios,
      resolution: request.resolution,
      duration: request.duration,
      aspect_ratio: request.aspectRatio,
      generate_audio: request.generateAudio,
      end_user_id: endUserId === undefined ? reference : createHash('sha256').update(endUserId).digest('hex'),
    },
  };
}

/** References are its own syntax. One that points at nothing would be refused there, and is only text here. */
function promptOf({ prompt, images, videos, audios, firstFrame }: ResolvedRequest): string {
  const given = { Image: firstFrame === undefined ? images.length : 1, Video: videos.length, Audio: audios.length };
  return rewriteReferences(prompt, (kind, index) =>
    index >= 1 && index <= given[kind] ? `@${kind}${index}` : `${kind}${index}`,
  );
}
