import { isUploadKey, type Task } from '@videoapi/contracts';
import { z } from 'zod';
import { type Submission, type SubmissionRules, type View } from '../dialect.js';
import { duration, jsonText, maxPromptLength, text } from '../field.js';
import {
  createRequest as openaiCreateRequest,
  missingParameter,
  present,
  toSubmission as toOpenaiSubmission,
} from '../openai/wire.js';
import { type accepted, type task as taskAnswer } from './answer.js';

const scalar = z.union([z.string(), z.number()]);

/** POST /v1/videos as its document has it. What is in a field is checked by the openai dialect, where it means the same. */
export const createRequest = openaiCreateRequest
  .pick({ size: true, input_reference: true, metadata: true })
  .extend({
    model: text(128).describe('See GET /v1/models.'),
    prompt: text(maxPromptLength),
    seconds: z
      .union([duration, z.array(scalar)])
      .optional()
      .describe('The length. Its document calls the reference file so too: a list may hold both.'),
  })
  .meta({ id: 'CreateYishangVideo' });

/**
 * What is to be sorted out first; unknown fields are passed by. The document lists `seconds` twice, once as the length and
 * once as the reference file: a file sent under that name is one.
 */
const unsorted = z.object({
  model: z.unknown().optional(),
  prompt: z.unknown().optional(),
  seconds: z.union([z.array(scalar), scalar.transform((one) => [one])]).default([]),
  size: z.unknown().optional(),
  input_reference: jsonText(z.unknown()).optional(),
  metadata: z.unknown().optional(),
});

/** Means what the same fields mean to the openai dialect. @throws AppError `missing_parameter`, `invalid_field` */
export function toSubmission(body: unknown, rules: SubmissionRules): Submission {
  const parsed = unsorted.safeParse(present(body));
  if (!parsed.success) return toOpenaiSubmission(body, rules); // which says what is wrong with it
  const { seconds, input_reference: reference, ...fields } = parsed.data;
  if (fields.model === undefined) throw missingParameter('model');
  if (fields.prompt === undefined) throw missingParameter('prompt');
  const lengths = seconds.filter((value) => !isUpload(value));
  const files = seconds.filter(isUpload);
  return toOpenaiSubmission(
    {
      ...fields,
      ...(lengths.length > 0 && { seconds: lengths.length === 1 ? lengths[0] : lengths }),
      input_reference: [reference ?? [], files].flat(),
    },
    rules,
  );
}

export function fromAccepted(task: Task): z.output<typeof accepted> {
  return { task_id: task.id, status: 'queued', message: messages.queued };
}

/** GET /v1/videos/{task_id}: one shape while it runs, one when it is done, one when it failed. */
export function fromTask(task: Task, view: View): z.output<typeof taskAnswer> {
  const { id, progress } = task;
  switch (task.status) {
    case 'pending':
      return { task_id: id, status: 'queued', progress, message: messages.queued };
    case 'processing':
      return { task_id: id, status: 'processing', progress, message: messages.running(progress) };
    case 'completed':
      return { task_id: id, status: 'completed', progress, ...resultOf(task, view) };
    case 'failed':
      return { task_id: id, status: 'failed', progress, ...failureOf(task) };
  }
}

/** The document's own words. */
const messages = {
  queued: '视频生成任务已提交,正在处理中',
  running: (progress: number) => `视频生成中,已完成${progress}%`,
  failed: '视频生成失败',
} as const;

function resultOf({ outputs: [output], createdAt, completedAt, duration }: Task, { baseUrl }: View) {
  const thumbnail = output?.thumbnailPath ?? null;
  const asked = duration === 'auto' ? null : duration;
  return {
    video_url: output === undefined ? null : baseUrl + output.path,
    thumbnail_url: thumbnail === null ? null : baseUrl + thumbnail,
    seconds: output === undefined || output.durationMs === null ? asked : output.durationMs / 1000,
    width: output?.width ?? null,
    height: output?.height ?? null,
    file_size: output?.size ?? null,
    created_at: createdAt,
    completed_at: completedAt,
  };
}

function failureOf({ error }: Task) {
  return {
    message: messages.failed,
    error: {
      message: error?.message ?? messages.failed,
      type: 'generation_error' as const,
      code: error?.code ?? 'internal_error',
    },
  };
}

function isUpload(value: string | number): boolean {
  return typeof value === 'string' && isUploadKey(value);
}
