import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';

/** The only model that its document names. */
export const models = [
  { id: 'video-2.0-mini-reference-to-video', resolutions: ['480p', '720p'], seconds: { min: 4, max: 15 } },
] as const;

const urls = z.array(z.url()).max(16).default([]);
const aspectRatios = ['auto', '16:9', '9:16', '1:1', '4:3', '3:4', '21:9'] as const;

/** `POST /videoapi/v1/video/generations`. A field that it does not know is passed by. */
export const createBody = z.object({
  model: z.string().min(1),
  type: z.enum(['text-to-video', 'image-to-video', 'reference-to-video']).optional(),
  prompt: z.string().min(1).max(8000),
  image_urls: urls,
  video_urls: urls,
  audio_urls: urls,
  resolution: z.string().default('720p'),
  duration: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number), z.literal('auto')]).default('auto'),
  aspect_ratio: z.enum(aspectRatios).default('auto'),
  generate_audio: z.boolean().default(true),
  end_user_id: z.string().max(256).optional(),
});
export type CreateBody = z.output<typeof createBody>;

export function orderOf(body: CreateBody, account: string, origin: string): Order {
  const model = models.find(({ id }) => id === body.model);
  if (model === undefined) throw new Refusal('model_not_found', `model ${body.model} is missing or disabled`);
  const size = frameSize(body.resolution, body.aspect_ratio);
  if (size === undefined || !model.resolutions.some((one) => one === body.resolution)) {
    throw invalid('resolution', `must be one of ${model.resolutions.join(', ')}`);
  }
  const { min, max } = model.seconds;
  const seconds = body.duration === 'auto' ? max : body.duration;
  if (seconds < min || seconds > max) throw invalid('duration', `must be between ${min} and ${max}`);
  checkReferences(body);
  return {
    provider: 'videoapi',
    account,
    clientReference: body.end_user_id,
    model: body.model,
    prompt: body.prompt,
    size,
    durationMs: (body.duration === 'auto' ? 5 : body.duration) * 1000,
    audio: body.generate_audio,
    inputs: [...body.image_urls, ...body.video_urls, ...body.audio_urls].map((url) => url.slice(0, 500)),
    origin,
    // `auto` reserves for the longest: 15 s at 12 credits are the 180 of the document.
    echo: { credits: seconds * (body.resolution === '720p' ? 12 : 6) },
  };
}

/** `@Image2` with one image is refused. */
function checkReferences({ prompt, image_urls: images, video_urls: videos, audio_urls: audios }: CreateBody): void {
  const given: Record<string, number> = { Image: images.length, Video: videos.length, Audio: audios.length };
  for (const [text, kind = '', index] of prompt.matchAll(/@(Image|Video|Audio)(\d+)/g)) {
    const count = given[kind] ?? 0;
    if (Number(index) >= 1 && Number(index) <= count) continue;
    const supplied = `${count} ${kind.toLowerCase()}${count === 1 ? ' was' : 's were'} supplied`;
    throw new Refusal('invalid', `prompt references ${text} but only ${supplied}`);
  }
}

function invalid(param: string, message: string): Refusal {
  return new Refusal('invalid', message, { param });
}
