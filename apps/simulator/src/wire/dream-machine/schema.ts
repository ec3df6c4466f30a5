import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';

const keyframe = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('image'), url: z.url() }),
  z.strictObject({ type: z.literal('generation'), id: z.string().min(1) }),
]);

/** `POST /dream-machine/v1/generations/video`; unknown fields are refused. */
export const createBody = z.strictObject({
  model: z.enum(['ray-2', 'ray-flash-2']),
  prompt: z.string().min(1).optional(),
  aspect_ratio: z.enum(['9:16', '3:4', '1:1', '4:3', '16:9', '21:9']).default('16:9'),
  duration: z.enum(['5s', '9s']).default('5s'),
  resolution: z.enum(['540p', '720p', '1080p', '4k']).default('720p'),
  loop: z.boolean().default(false),
  keyframes: z.strictObject({ frame0: keyframe.optional(), frame1: keyframe.optional() }).optional(),
  callback_url: z.url().optional(),
});

export interface Caller {
  readonly account: string;
  readonly origin: string;
}

/** The reference is the end of the callback URL: there is no field for one. */
export function orderOf(body: z.output<typeof createBody>, { account, origin }: Caller): Order {
  const frames = [body.keyframes?.frame0, body.keyframes?.frame1].filter((frame) => frame !== undefined);
  if (body.prompt === undefined && frames.length === 0) {
    throw new Refusal('invalid', 'is required without keyframes', { param: 'prompt' });
  }
  return {
    provider: 'dream-machine',
    account,
    clientReference: lastSegment(body.callback_url),
    model: body.model,
    prompt: body.prompt ?? '',
    size: frameSize(body.resolution, body.aspect_ratio) ?? { width: 1280, height: 720 },
    durationMs: Number.parseInt(body.duration, 10) * 1000,
    audio: false,
    inputs: frames.map((frame) => (frame.type === 'image' ? frame.url : frame.id).slice(0, 500)),
    callbackUrl: body.callback_url,
    origin,
    echo: { request: { generation_type: 'video', ...body } },
  };
}

function lastSegment(callbackUrl: string | undefined): string | undefined {
  if (callbackUrl === undefined) return undefined;
  const segment = new URL(callbackUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
