import { taskErrorCodes, taskId } from '@videoapi/contracts';
import { z } from 'zod';

const time = z.iso.datetime({ offset: true });

export const accepted = z
  .object({ task_id: taskId, status: z.literal('queued'), message: z.string() })
  .meta({ id: 'YishangAccepted' });

const running = z.object({
  task_id: taskId,
  status: z.enum(['queued', 'processing']),
  progress: z.int().min(0).max(100),
  message: z.string(),
});

const completed = z.object({
  task_id: taskId,
  status: z.literal('completed'),
  progress: z.int(),
  video_url: z.url().nullable(),
  thumbnail_url: z.url().nullable(),
  seconds: z.number().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  file_size: z.int().nullable().describe('Bytes.'),
  created_at: time,
  completed_at: time.nullable(),
});

const failed = z.object({
  task_id: taskId,
  status: z.literal('failed'),
  progress: z.int().min(0).max(100),
  message: z.string(),
  error: z.object({ message: z.string(), type: z.literal('generation_error'), code: z.enum(taskErrorCodes) }),
});

/** One shape while it runs, one when it is done, one when it failed. */
export const task = z.discriminatedUnion('status', [running, completed, failed]).meta({ id: 'YishangTask' });

export const errorBody = z
  .object({ error: z.object({ message: z.string(), type: z.string(), code: z.string() }) })
  .meta({ id: 'YishangError' });
