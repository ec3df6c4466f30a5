import { taskErrorCodes, taskId } from '@videoapi/contracts';
import { z } from 'zod';
import { pageOf } from '../page.js';

export const videoStatus = z.enum(['queued', 'in_progress', 'completed', 'failed']);

const time = z.int().describe('Unix seconds.');
const link = z.url().optional().describe('Once it is completed; lives as long as the video is kept.');

/** OpenAI's Video object, and our own fields at its end. */
export const video = z
  .object({
    id: taskId,
    object: z.literal('video'),
    model: z.string(),
    status: videoStatus,
    progress: z.int().min(0).max(100),
    created_at: time,
    completed_at: time.nullable(),
    expires_at: z.null().describe('A video is kept until you delete it.'),
    prompt: z.string().nullable(),
    seconds: z.string(),
    size: z.string().describe('Like `1280x720`; `auto` while the model has not decided.'),
    remixed_from_video_id: z.string().nullable(),
    error: z.object({ code: z.enum(taskErrorCodes), message: z.string() }).nullable(),
    task_id: taskId.meta({ description: 'The same as `id`.', deprecated: true }),
    url: link,
    video_url: link,
    metadata: z.record(z.string(), z.unknown()).describe('Your own tags.'),
  })
  .meta({ id: 'Video' });

export const videoPage = pageOf(video).meta({ id: 'VideoPage' });

export const deletedVideo = z
  .object({ id: taskId, object: z.literal('video.deleted'), deleted: z.literal(true) })
  .meta({ id: 'DeletedVideo' });

export const errorBody = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string(),
    }),
  })
  .meta({ id: 'OpenaiError' });
