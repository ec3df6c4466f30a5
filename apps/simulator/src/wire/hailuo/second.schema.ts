import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';
import { lastSegment } from './reference.js';

const link = z.strictObject({ url: z.string().regex(/^(https?:\/\/|data:|mm_file:\/\/)/, 'not a URL') });
const contentItem = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(7000) }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: link,
    role: z.enum(['first_frame', 'last_frame', 'reference_image']),
  }),
  z.strictObject({ type: z.literal('video_url'), video_url: link, role: z.enum(['reference_video', 'base_video']) }),
  z.strictObject({ type: z.literal('audio_url'), audio_url: link, role: z.literal('reference_audio') }),
]);
type ContentItem = z.output<typeof contentItem>;

const ratios = ['adaptive', '21:9', '16:9', '4:3', '1:1', '3:4', '9:16'] as const;

/** `POST /v2/video_generation`. */
export const secondBody = z.strictObject({
  model: z.string().min(1),
  content: z.array(contentItem).min(1),
  resolution: z.string().default('768P'),
  duration: z.int().default(5),
  ratio: z.enum(ratios).optional(),
  aigc_watermark: z.boolean().default(false),
  callback_url: z.url().optional(),
});
export type SecondBody = z.output<typeof secondBody>;

export const listQuery = z.object({
  page_num: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});

const models: Readonly<Record<string, { resolutions: readonly string[]; shortest: number; references: boolean }>> = {
  'MiniMax-H3': { resolutions: ['768P', '2K'], shortest: 4, references: true },
  'MiniMax-H3-Max': { resolutions: ['480P', '768P'], shortest: 5, references: false },
};
const most: Readonly<Record<string, number>> = {
  first_frame: 1,
  last_frame: 1,
  reference_image: 9,
  reference_video: 3,
  base_video: 1,
  reference_audio: 3,
};
const longest = 15;

export function secondOrder(body: SecondBody, account: string, origin: string): Order {
  const model = Object.hasOwn(models, body.model) ? models[body.model] : undefined;
  if (model === undefined) throw new Refusal('model_not_found', 'unknown model', { param: 'model' });
  const { content, resolution, duration } = body;
  if (!model.resolutions.includes(resolution)) throw invalid('resolution', `${resolution} is not supported`);
  if (duration < model.shortest || duration > longest) {
    throw invalid('duration', `it must be between ${model.shortest} and ${longest}`);
  }
  const roles = content.flatMap((item) => ('role' in item ? [item.role] : []));
  checkContent(content, roles, model.references);
  const ratio = ratioOf(body, roles);
  const inputs = content.flatMap(inputOf);
  return {
    provider: 'hailuo',
    account,
    clientReference: lastSegment(body.callback_url),
    model: body.model,
    prompt: content.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n'),
    size: frameSize(resolution, ratio) ?? { width: 1366, height: 768 },
    durationMs: duration * 1000,
    audio: false,
    inputs: inputs.map((url) => url.slice(0, 500)),
    callbackUrl: body.callback_url,
    origin,
    echo: {
      api: 'v2',
      resolution,
      ratio,
      duration,
      task_type: roles.includes('base_video') ? 'edit' : 'generation',
      images: roles.filter((role) => role.includes('image') || role.includes('frame')).length,
      videos: roles.filter((role) => role.includes('video')).length,
    },
  };
}

function checkContent(content: readonly ContentItem[], roles: readonly string[], takesReferences: boolean): void {
  if (!content.some(({ type }) => type === 'text')) throw invalid('content', 'text is required');
  for (const [role, limit] of Object.entries(most)) {
    if (roles.filter((one) => one === role).length > limit) throw invalid('content', `at most ${limit} of ${role}`);
  }
  const isFrame = (role: string) => role.endsWith('_frame');
  if (roles.some(isFrame) && !roles.every(isFrame))
    throw invalid('content', 'frames and references exclude each other');
  if (roles.includes('last_frame') && !roles.includes('first_frame')) {
    throw invalid('content', 'last_frame needs first_frame');
  }
  if (!takesReferences && !roles.every(isFrame)) throw invalid('content', 'the model takes words and frames only');
}

/** Words must name a shape, a first frame has one. */
function ratioOf({ ratio }: SecondBody, roles: readonly string[]): string {
  if (roles.length === 0 && (ratio === undefined || ratio === 'adaptive')) throw invalid('ratio', 'it must be named');
  if (roles.includes('first_frame') && ratio !== undefined && ratio !== 'adaptive') {
    throw invalid('ratio', 'it must be adaptive with a first frame');
  }
  return ratio === undefined || ratio === 'adaptive' ? '16:9' : ratio;
}

function inputOf(item: ContentItem): string[] {
  switch (item.type) {
    case 'text':
      return [];
    case 'image_url':
      return [item.image_url.url];
    case 'video_url':
      return [item.video_url.url];
    case 'audio_url':
      return [item.audio_url.url];
  }
}

function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}
