import { taskErrorCodes, taskId, taskStatus, taskType } from '@videoapi/contracts';
import { z } from 'zod';

const time = z.iso.datetime({ offset: true });
const credits = z.int().nonnegative();

export const accepted = z
  .object({ task_id: taskId, status: taskStatus, poll_interval_seconds: z.int().positive() })
  .meta({ id: 'AcceptedGeneration' });

const output = z
  .object({
    url: z.url(),
    content_type: z.string(),
    size: z.int().nonnegative().meta({ description: 'Bytes.' }),
    width: z.int().positive().nullable(),
    height: z.int().positive().nullable(),
    duration: z.number().positive().nullable().meta({ description: 'Seconds.' }),
    thumbnail_url: z.url().nullable(),
  })
  .meta({ id: 'GeneratedFile' });

/** GET /v1/video/generations/{task_id}, and `data` of every delivery. */
export const generation = z
  .object({
    task_id: taskId,
    status: taskStatus,
    model: z.string(),
    type: taskType,
    progress: z.int().min(0).max(100),
    url: z.url().nullable().meta({ description: 'Lives as long as the video is kept: it may be stored.' }),
    format: z.string(),
    generated: z.array(z.url()),
    videos: z.array(z.url()),
    outputs: z.array(output),
    resolution: z.string(),
    duration: z.union([z.number(), z.literal('auto')]).meta({ description: 'Seconds, as asked for.' }),
    aspect_ratio: z.string(),
    generate_audio: z.boolean(),
    metadata: z
      .looseObject({ credits_reserved: credits, public_model: z.string(), asset_reference_style: z.string() })
      .meta({ description: 'The caller’s own tags, and three of ours.' }),
    credits_reserved: credits,
    credits_charged: credits.nullable().meta({ description: 'Never more than reserved; null until it has ended.' }),
    credits_refunded: z.boolean().meta({ description: 'Credits were held, and nothing was charged in the end.' }),
    error: z
      .object({ code: z.enum(taskErrorCodes), message: z.string(), type: z.literal('generation_error') })
      .nullable(),
    poll_interval_seconds: z.int().positive(),
    queue_position: z.int().nonnegative().nullable(),
    eta_seconds: z.int().nonnegative().nullable(),
    created_at: time,
    started_at: time.nullable(),
    completed_at: time.nullable(),
    end_user_id: z.string().nullable(),
  })
  .meta({ id: 'Generation' });

/** What a customer can act on (`required`, `available`, `scope`…) stands beside. */
export const errorBody = z
  .object({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      code: z.string(),
      param: z.string().nullable().meta({ description: 'The field at fault, e.g. `image_urls[0]`.' }),
      request_id: z.string(),
    }),
  })
  .meta({ id: 'NativeError' });
