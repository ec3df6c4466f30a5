import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { type Caller, checkSettings, invalid, orderOf, unknownModel } from './order.js';
import { familyOf, models, type Family, type Operation } from './models.js';

const prompt = z.string().min(1).max(3072);
const file = z.string().min(1);
const named = z.string().min(1).optional();
const content = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('prompt'), text: prompt }),
  z.strictObject({ type: z.enum(['first_frame', 'last_frame']), url: file }),
  z.strictObject({ type: z.enum(['refer_image', 'feature_video', 'base_video']), url: file, id: named }),
  z.strictObject({ type: z.literal('element'), element_id: z.string().min(1), id: named }),
]);
type Content = z.output<typeof content>;

const settings = z
  .strictObject({
    resolution: z.enum(['720p', '1080p', '4k']).default('720p'),
    duration: z.int().default(5),
    aspect_ratio: z.enum(['16:9', '9:16', '1:1']).optional(),
    audio: z.enum(['off', 'native', 'original']).default('off'),
    multi_shot: z.boolean().optional(),
  })
  .prefault({});
const options = z
  .strictObject({
    callback_url: z.url().optional(),
    external_task_id: z.string().min(1).max(64).optional(),
    watermark_info: z.strictObject({ enabled: z.boolean() }).optional(),
  })
  .prefault({});
const textBody = z.strictObject({ prompt, settings, options });
const contentsBody = z.strictObject({ contents: z.array(content).min(1).max(32), settings, options });

/** Text has its prompt, everything else a list of contents: one is an unknown field to the other. */
export const createBodies = {
  'text-to-video': textBody.transform(({ prompt: text, ...body }) => ({
    ...body,
    contents: [{ type: 'prompt', text } satisfies Content],
  })),
  'image-to-video': contentsBody,
  'omni-video': contentsBody,
} as const satisfies Record<Operation, z.ZodType>;
export type CreateBody = z.output<typeof contentsBody>;

export const tasksQuery = z.object({ task_ids: z.string().optional(), external_task_ids: z.string().optional() });

/** @throws Refusal */
export function orderOfCreate(operation: Operation, model: string, body: CreateBody, caller: Caller): Order {
  const family = familyOf(models, model);
  if (family?.operations.includes(operation) !== true) throw unknownModel(model);
  const { contents, settings: set, options: given } = body;
  checkContents(operation, model, family, contents);
  const has = (type: Content['type']) => contents.some((item) => item.type === type);
  const followsVideo = has('base_video') || has('feature_video');
  const needsRatio = operation === 'omni-video' && !has('first_frame') && !followsVideo;
  if (needsRatio && set.aspect_ratio === undefined) throw invalid('settings.aspect_ratio', 'aspect_ratio is required');
  if (operation === 'image-to-video' && set.aspect_ratio !== undefined) {
    throw invalid('settings.aspect_ratio', 'aspect_ratio is not supported');
  }
  if (set.audio === 'original' && !followsVideo) throw invalid('settings.audio', 'original audio needs a video');
  if (set.multi_shot !== undefined && !family.shots)
    throw invalid('settings.multi_shot', 'multi_shot is not supported');
  checkSettings(model, family, {
    resolution: set.resolution,
    seconds: set.duration,
    isNative: set.audio === 'native',
  });
  return orderOf(
    {
      model,
      family,
      prompt: contents.flatMap((item) => (item.type === 'prompt' ? [item.text] : [])).join('\n'),
      resolution: set.resolution,
      ratio: set.aspect_ratio,
      seconds: set.duration,
      audio: set.audio !== 'off',
      inputs: contents.flatMap((item) => ('url' in item ? [item.url] : [])),
      callbackUrl: given.callback_url,
      externalId: given.external_task_id,
      watermark: given.watermark_info?.enabled ?? false,
    },
    caller,
  );
}

function checkContents(operation: Operation, model: string, family: Family, contents: readonly Content[]): void {
  const count = (...types: Content['type'][]) => contents.filter((item) => types.includes(item.type)).length;
  const atMost = (most: number, ...types: Content['type'][]) => {
    if (count(...types) > most) throw invalid('contents', `${types.join(' and ')}: at most ${most} for ${model}`);
  };
  atMost(1, 'prompt');
  atMost(1, 'first_frame');
  atMost(family.lastFrame ? 1 : 0, 'last_frame');
  atMost(family.elements, 'element');
  if (count('last_frame') > count('first_frame')) throw invalid('contents', 'last_frame needs first_frame');
  if (operation === 'omni-video') {
    atMost(1, 'feature_video', 'base_video');
    atMost(count('feature_video', 'base_video') > 0 ? 4 : 7, 'refer_image', 'first_frame', 'last_frame');
    return;
  }
  atMost(0, 'refer_image', 'feature_video', 'base_video');
  if (operation === 'image-to-video' && count('first_frame') === 0)
    throw invalid('contents', 'first_frame is required');
}
