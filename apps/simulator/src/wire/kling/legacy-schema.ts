import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { type Caller, checkSettings, invalid, orderOf, unknownModel } from './order.js';
import { familyOf, legacyModels, type Operation } from './models.js';

/** A number of seconds is a string here, a file in base64 comes without `data:`. */
const file = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('data:'), 'base64 must not have a data: prefix');
const common = {
  model_name: z.string(),
  mode: z.enum(['std', 'pro', '4k']),
  sound: z.enum(['on', 'off']).default('off'),
  duration: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a string of digits')
    .default('5'),
  watermark_info: z.strictObject({ enabled: z.boolean() }).optional(),
  callback_url: z.url().optional(),
  external_task_id: z.string().min(1).max(64).optional(),
};
const ratio = z.enum(['16:9', '9:16', '1:1']);
const text = z.string().max(2500);
const element = z.strictObject({ element_id: z.union([z.string(), z.int()]) });
const shots = {
  multi_shot: z.boolean().default(false),
  shot_type: z.enum(['customize', 'intelligence']).optional(),
  multi_prompt: z
    .array(z.strictObject({ index: z.int().min(1), prompt: z.string().max(512), duration: z.string() }))
    .max(6)
    .optional(),
};
const plain = { ...common, ...shots, mode: common.mode.default('std'), negative_prompt: text.optional() };

export const legacyBodies = {
  text2video: z.strictObject({ ...plain, prompt: text.min(1), aspect_ratio: ratio.default('16:9') }),
  image2video: z.strictObject({
    ...plain,
    prompt: text.default(''),
    image: file.optional(),
    image_tail: file.optional(),
    element_list: z.array(element).max(3).default([]),
  }),
  'omni-video': z.strictObject({
    ...common,
    mode: common.mode.default('pro'),
    prompt: text.min(1),
    image_list: z
      .array(z.strictObject({ image_url: file, type: z.enum(['first_frame', 'end_frame']).optional() }))
      .default([]),
    element_list: z.array(element).max(3).default([]),
    video_list: z
      .array(
        z.strictObject({
          video_url: file,
          refer_type: z.enum(['base', 'feature']).default('base'),
          keep_original_sound: z.enum(['yes', 'no']).default('yes'),
        }),
      )
      .max(1)
      .default([]),
    aspect_ratio: ratio.optional(),
  }),
} as const;
export type Kind = keyof typeof legacyBodies;
type Bodies = { readonly [K in Kind]: z.output<(typeof legacyBodies)[K]> };
type Body = Bodies[Kind];

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(legacyBodies, kind);
}

export const listQuery = z.object({
  pageNum: z.coerce.number().int().min(1).max(1000).default(1),
  pageSize: z.coerce.number().int().min(1).max(500).default(30),
});

const operations: Record<Kind, Operation> = {
  text2video: 'text-to-video',
  image2video: 'image-to-video',
  'omni-video': 'omni-video',
};
const resolutions = { std: '720p', pro: '1080p', '4k': '4k' } as const;

/** @throws Refusal */
export function orderOfLegacy(kind: Kind, body: Body, caller: Caller): Order {
  const { model_name: model, mode, sound } = body;
  const family = familyOf(legacyModels, model);
  if (family?.operations.includes(operations[kind]) !== true) throw unknownModel(model);
  const inputs = inputsOf(body);
  if ('multi_shot' in body) checkShots(body, family.shots);
  if ('video_list' in body) checkOmni(body);
  else if (kind === 'image2video' && inputs.length === 0) throw invalid('image', 'image or image_tail is required');
  const resolution = resolutions[mode];
  const seconds = Number(body.duration);
  checkSettings(model, family, { resolution, seconds, isNative: sound === 'on' });
  const keepsSound = 'video_list' in body && body.video_list.some((video) => video.keep_original_sound === 'yes');
  return orderOf(
    {
      model,
      family,
      kind,
      prompt: body.prompt,
      resolution,
      ratio: 'aspect_ratio' in body ? body.aspect_ratio : undefined,
      seconds,
      audio: sound === 'on' || keepsSound,
      inputs,
      callbackUrl: body.callback_url,
      externalId: body.external_task_id,
      watermark: body.watermark_info?.enabled ?? false,
    },
    caller,
  );
}

function inputsOf(body: Body): string[] {
  if ('video_list' in body) {
    return [...body.image_list.map((image) => image.image_url), ...body.video_list.map((video) => video.video_url)];
  }
  return 'image_tail' in body || 'image' in body
    ? [body.image, body.image_tail].filter((file) => file !== undefined)
    : [];
}

function checkShots(body: Bodies['text2video' | 'image2video'], hasShots: boolean): void {
  if (!body.multi_shot) return;
  if (!hasShots) throw invalid('multi_shot', `multi_shot is not supported by ${body.model_name}`);
  if (body.shot_type === undefined) throw invalid('shot_type', 'shot_type is required with multi_shot');
  const total = (body.multi_prompt ?? []).reduce((sum, shot) => sum + Number(shot.duration), 0);
  if (body.shot_type === 'customize' && total !== Number(body.duration)) {
    throw invalid('multi_prompt', 'the durations of the shots must add up to duration');
  }
}

function checkOmni({ image_list: images, video_list: videos, sound, aspect_ratio: given }: Bodies['omni-video']): void {
  const has = (type: 'first_frame' | 'end_frame') => images.some((image) => image.type === type);
  if (has('end_frame') && !has('first_frame')) throw invalid('image_list', 'end_frame needs first_frame');
  if (images.length > (videos.length > 0 ? 4 : 7)) throw invalid('image_list', 'too many images');
  if (videos.length > 0 && sound === 'on') throw invalid('sound', 'sound must be off when a video is given');
  const isShaped = has('first_frame') || videos.some((video) => video.refer_type === 'base');
  if (!isShaped && given === undefined) throw invalid('aspect_ratio', 'aspect_ratio is required');
}
