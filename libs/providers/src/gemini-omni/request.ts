import { type ResolvedRequest } from '@videoapi/contracts';
import { inlineFile, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';

type Body = { readonly json: unknown } | { readonly problem: string };

/** The interaction to create, or why there is none. Whatever costs is said explicitly. */
export function bodyOf({ upstreamModel, request, reference, callbackUrl }: SubmitInput): Body {
  const { aspectRatio, duration } = request;
  if (duration === 'auto') return { problem: 'This model needs a duration.' };
  if (!['16:9', '9:16', 'auto'].includes(aspectRatio)) return { problem: 'This model renders 16:9 and 9:16.' };
  const way = wayOf(request);
  if ('problem' in way) return way;
  const text = textOf(request.prompt, way);
  if (text === '') return { problem: 'A prompt is needed.' };
  return {
    json: {
      model: upstreamModel,
      // Otherwise the call would last as long as the render.
      background: true,
      store: true,
      input: [
        ...way.images.map((url) => fileBlock('image', url)),
        ...way.videos.map((url) => fileBlock('video', url)),
        { type: 'text', text },
      ],
      response_format: {
        type: 'video',
        ...(aspectRatio !== 'auto' && { aspect_ratio: aspectRatio }),
        resolution: request.resolution,
        // A number is refused.
        duration: `${duration}s`,
        delivery: 'uri',
      },
      generation_config: { video_config: { task: way.task } },
      ...(callbackUrl !== null && {
        webhook_config: { uris: [callbackUrl], user_metadata: { reference } },
      }),
    },
  };
}

interface Way {
  readonly task: 'text_to_video' | 'image_to_video' | 'reference_to_video' | 'edit';
  readonly images: readonly string[];
  readonly videos: readonly string[];
  /** What the prompt calls them. */
  readonly tags: { readonly images: readonly string[]; readonly videos: readonly string[] };
  /** Named before a prompt that does not cite them. */
  readonly needed: readonly string[];
}

function wayOf(request: ResolvedRequest): Way | { readonly problem: string } {
  const { type, images, videos, audios, firstFrame, lastFrame } = request;
  if (audios.length > 0) return { problem: 'Sounds cannot be given to this model.' };
  const hasFrames = firstFrame !== undefined || lastFrame !== undefined;
  if (hasFrames && (images.length > 0 || videos.length > 0)) {
    return { problem: 'First and last frames cannot be combined with reference media.' };
  }
  if (lastFrame !== undefined && firstFrame === undefined) return { problem: 'A last frame needs a first frame.' };
  if (hasFrames) return framed([firstFrame, lastFrame].filter((frame) => frame !== undefined));
  if (type === 'image-to-video' && videos.length === 0) return framed(images);
  const tags = {
    images: images.map((_, index) => `<IMAGE_REF_${index}>`),
    videos: videos.map((_, index) => `<VIDEO_REF_${index}>`),
  };
  if (type === 'video-edit') {
    if (videos.length !== 1) return { problem: 'An edit takes exactly one video.' };
    return { task: 'edit', images, videos, tags, needed: tags.images };
  }
  if (images.length === 0 && videos.length === 0) return { task: 'text_to_video', images, videos, tags, needed: [] };
  return { task: 'reference_to_video', images, videos, tags, needed: [...tags.images, ...tags.videos] };
}

/** One image needs no name; of two, the second is where it ends. */
function framed(images: readonly string[]): Way | { readonly problem: string } {
  if (images.length === 0 || images.length > 2) {
    return { problem: 'Image to video takes a first frame, and a last one where wanted.' };
  }
  const tags = { images: ['<FIRST_FRAME>', '<LAST_FRAME>'].slice(0, images.length), videos: [] };
  return { task: 'image_to_video', images, videos: [], tags, needed: images.length === 2 ? tags.images : [] };
}

function textOf(prompt: string, { tags, needed }: Way): string {
  const lists = { Image: tags.images, Video: tags.videos, Audio: [] };
  const text = rewriteReferences(prompt, (kind, index) => lists[kind][index - 1] ?? `@${kind}${index}`).trim();
  return [needed.filter((tag) => !text.includes(tag)).join(' '), text].filter((line) => line !== '').join('\n');
}

function fileBlock(type: 'image' | 'video', url: string) {
  return { type, data: inlineFile(url, 'base64'), mime_type: inlineFile(url, 'mime-type') };
}
