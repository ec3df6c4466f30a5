import { type ResolvedRequest } from '@videoapi/contracts';
import { type SubmitInput } from '@videoapi/provider-kit';
import { type CreateWire, framesOf, isOmni, type Options, type Problem, promptOf, referencesOf } from './inputs.js';

/** The new generation: model in the path, media as a list of contents, what costs under `settings`. */
export function currentWire(input: SubmitInput, extra: Options): CreateWire | Problem {
  const { upstreamModel: model, request, reference, callbackUrl } = input;
  if (request.negativePrompt !== undefined) return { problem: `${model} takes no negative prompt.` };
  if (extra.cfg_scale !== undefined || extra.camera_control !== undefined) {
    return { problem: `${model} takes neither cfg_scale nor camera_control.` };
  }
  const media = mediaOf(model, request, extra);
  if ('problem' in media) return media;
  const audio = audioOf(model, request);
  if (typeof audio === 'object') return audio;
  const { operation, contents, isBound } = media;
  const text = promptOf(request.prompt, isBound);
  const words =
    operation === 'text-to-video'
      ? { prompt: text }
      : { contents: [...(text === '' ? [] : [{ type: 'prompt', text }]), ...contents] };
  return {
    path: `/${operation}/${encodeURIComponent(model)}`,
    json: {
      ...words,
      settings: {
        resolution: request.resolution,
        duration: request.duration === 'auto' ? undefined : request.duration,
        aspect_ratio: ratioOf(request, contents.length > 0),
        audio,
        multi_shot: extra.multi_shot,
      },
      options: {
        callback_url: callbackUrl ?? undefined,
        external_task_id: reference,
        watermark_info: { enabled: request.watermark ?? false },
      },
    },
  };
}

interface Media {
  readonly operation: 'text-to-video' | 'image-to-video' | 'omni-video';
  readonly contents: readonly object[];
  /** References have names that the prompt can use. */
  readonly isBound: boolean;
}

function mediaOf(model: string, request: ResolvedRequest, { element_ids: ids = [] }: Options): Media | Problem {
  const { first, last } = framesOf(request);
  if (last !== undefined && first === undefined) return { problem: 'A last frame needs a first frame.' };
  const frames = [
    ...(first === undefined ? [] : [{ type: 'first_frame', url: first }]),
    ...(last === undefined ? [] : [{ type: 'last_frame', url: last }]),
  ];
  const elements = ids.map((id, index) => ({ type: 'element', element_id: String(id), id: `element_${index + 1}` }));
  const images = referencesOf(request).map((url, index) => ({ type: 'refer_image', url, id: `image_${index + 1}` }));
  const videoType = request.type === 'video-edit' ? 'base_video' : 'feature_video';
  const videos = request.videos.map((url) => ({ type: videoType, url, id: 'video_1' }));
  if (isOmni(model)) {
    const isBound = images.length > 0 || videos.length > 0;
    return { operation: 'omni-video', contents: [...frames, ...images, ...videos, ...elements], isBound };
  }
  if (images.length > 0) return { problem: `${model} takes frames and no reference images.` };
  if (last !== undefined && model === 'kling-3.0-turbo') return { problem: `${model} takes a first frame alone.` };
  if (frames.length > 0) return { operation: 'image-to-video', contents: [...frames, ...elements], isBound: false };
  if (elements.length > 0) return { problem: `${model} takes elements beside a first frame only.` };
  return { operation: 'text-to-video', contents: [], isBound: false };
}

/** With a frame or a video to edit the shape is theirs, and there is no such field. */
function ratioOf(request: ResolvedRequest, hasMedia: boolean): string | undefined {
  if (request.type === 'video-edit' || framesOf(request).first !== undefined) return undefined;
  if (request.aspectRatio !== 'auto') return request.aspectRatio;
  return hasMedia && request.videos.length > 0 ? undefined : '16:9';
}

/** It costs, so off is said as well. 2.5 has no sound and no such field. */
function audioOf(model: string, { generateAudio, videos }: ResolvedRequest): string | undefined | Problem {
  const isSilent = model.startsWith('kling-2.5');
  if (!generateAudio) return isSilent ? undefined : 'off';
  if (videos.length > 0) return 'original';
  return isSilent || model === 'kling-o1' ? { problem: `${model} renders no sound.` } : 'native';
}
