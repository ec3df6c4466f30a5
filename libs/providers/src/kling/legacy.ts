import { type ResolvedRequest } from '@videoapi/contracts';
import { type SubmitInput } from '@videoapi/provider-kit';
import { type CreateWire, framesOf, isOmni, type Options, type Problem, promptOf, referencesOf } from './inputs.js';

/** Pixels have a name of quality here. */
const modes: Readonly<Record<string, string>> = { '720p': 'std', '1080p': 'pro', '4k': '4k' };

/** The legacy generation: model in the body, one path per kind of task, numbers of seconds as strings. */
export function legacyWire(input: SubmitInput, extra: Options): CreateWire | Problem {
  const { upstreamModel: model, request, reference, callbackUrl } = input;
  const mode = modes[request.resolution];
  if (mode === undefined) return { problem: `${model} renders ${Object.keys(modes).join(', ')}.` };
  const hasSound = isOmni(model) || /^kling-v(?:2-6|[3-9])/.test(model);
  if (request.generateAudio && !hasSound) return { problem: `${model} renders no sound.` };
  const media = isOmni(model) ? omni(request, extra) : plain(model, request, extra);
  if ('problem' in media) return media;
  const { kind, json } = media;
  return {
    kind,
    path: `/v1/videos/${kind}`,
    json: {
      model_name: model,
      prompt: promptOf(request.prompt, isOmni(model)),
      ...json,
      mode,
      duration: request.duration === 'auto' ? undefined : String(request.duration),
      ...(hasSound && { sound: request.generateAudio && request.videos.length === 0 ? 'on' : 'off' }),
      callback_url: callbackUrl ?? undefined,
      external_task_id: reference,
      watermark_info: { enabled: request.watermark ?? false },
    },
  };
}

type Media = { readonly kind: string; readonly json: object } | Problem;

/** `text2video`, `image2video`, `multi-image2video`: one model, three paths. */
function plain(model: string, request: ResolvedRequest, extra: Options): Media {
  const { first, last } = framesOf(request);
  const images = referencesOf(request);
  const isFirstFamily = model.startsWith('kling-v1');
  if ((extra.cfg_scale !== undefined || extra.camera_control !== undefined) && !isFirstFamily) {
    return { problem: `${model} takes neither cfg_scale nor camera_control.` };
  }
  if (extra.multi_shot !== undefined && !model.startsWith('kling-v3')) return { problem: `${model} knows no shots.` };
  const common = {
    negative_prompt: request.negativePrompt,
    cfg_scale: extra.cfg_scale,
    camera_control: extra.camera_control,
    // Without shots of one's own they are the model's to choose.
    ...(extra.multi_shot !== undefined && { multi_shot: extra.multi_shot }),
    ...(extra.multi_shot === true && { shot_type: 'intelligence' }),
  };
  if (first !== undefined || last !== undefined) {
    if (images.length > 0) return { problem: 'Frames cannot be combined with reference images.' };
    return { kind: 'image2video', json: { ...common, image: first, image_tail: last, ...elementsOf(extra) } };
  }
  if (extra.element_ids !== undefined) return { problem: `${model} takes elements beside a first frame only.` };
  const ratio = request.aspectRatio === 'auto' ? '16:9' : request.aspectRatio;
  if (images.length === 0) return { kind: 'text2video', json: { ...common, aspect_ratio: ratio } };
  if (images.length > 4) return { problem: `${model} takes four reference images.` };
  const list = images.map((image) => ({ image }));
  return { kind: 'multi-image2video', json: { ...common, image_list: list, aspect_ratio: ratio } };
}

/** `omni-video`: everything through one path. References come first, for the prompt counts them. */
function omni(request: ResolvedRequest, extra: Options): Media {
  if (request.negativePrompt !== undefined) return { problem: 'The omni models take no negative prompt.' };
  if (extra.cfg_scale !== undefined || extra.camera_control !== undefined || extra.multi_shot !== undefined) {
    return { problem: 'Of the provider options the omni models take element_ids alone.' };
  }
  const { first, last } = framesOf(request);
  if (last !== undefined && first === undefined) return { problem: 'A last frame needs a first frame.' };
  const images = [
    ...referencesOf(request).map((url) => ({ image_url: url })),
    ...(first === undefined ? [] : [{ image_url: first, type: 'first_frame' }]),
    ...(last === undefined ? [] : [{ image_url: last, type: 'end_frame' }]),
  ];
  const isEdit = request.type === 'video-edit';
  const videos = request.videos.map((url) => ({
    video_url: url,
    refer_type: isEdit ? 'base' : 'feature',
    keep_original_sound: request.generateAudio ? 'yes' : 'no',
  }));
  const followsInput = isEdit || first !== undefined;
  return {
    kind: 'omni-video',
    json: {
      ...(images.length > 0 && { image_list: images }),
      ...(videos.length > 0 && { video_list: videos }),
      ...elementsOf(extra),
      ...(!followsInput && { aspect_ratio: request.aspectRatio === 'auto' ? '16:9' : request.aspectRatio }),
    },
  };
}

function elementsOf({ element_ids: ids }: Options): object {
  return ids === undefined ? {} : { element_list: ids.map((id) => ({ element_id: id })) };
}
