import { AppError, type Task, type TaskOutput, taskType } from '@videoapi/contracts';
import { z } from 'zod';
import { type Submission, type SubmissionRules, type View } from '../dialect.js';
import { duration, maxCredits, maxPromptLength, maxUrlLength, metadata, optional, text } from '../field.js';
import { firstIssue } from '../issue.js';
import { type accepted, type generation } from './answer.js';

const assets = z
  .array(text(maxUrlLength))
  .max(64)
  .nullish()
  .transform((value) => value ?? [])
  .describe('http(s) URLs, or `uploads/…` keys of your own.');

/**
 * POST /v1/video/generations. Unknown fields are passed by: a client may send more than this version knows. `null` means
 * absent, since several languages serialise an unset option so.
 */
export const createRequest = z
  .object({
    model: text(128).describe('See GET /v1/models.'),
    prompt: text(maxPromptLength).describe('Cites its assets as `@Image1`, `@Video1`, `@Audio1`, in list order.'),
    type: optional(taskType).describe('Follows from the assets when left out.'),
    image_urls: assets,
    video_urls: assets,
    audio_urls: assets,
    first_frame_url: optional(text(maxUrlLength)),
    last_frame_url: optional(text(maxUrlLength)),
    resolution: optional(text(32)).describe('One of the model’s, like `720p`.'),
    duration: optional(duration).describe('Seconds, or `auto`: as long as the model likes.'),
    aspect_ratio: optional(text(32)).describe('One of the model’s, like `16:9`.'),
    generate_audio: optional(z.boolean()),
    seed: optional(z.int()),
    negative_prompt: optional(text(maxPromptLength)),
    watermark: optional(z.boolean()),
    camera_fixed: optional(z.boolean()),
    end_user_id: optional(text(256)).describe('Your own end user: stored, and can be searched for.'),
    metadata: optional(metadata).describe('Your own tags, at most 16: stored, returned, and can be searched for.'),
    provider_options: optional(z.record(text(64), z.unknown())).describe('Only what the model’s provider knows.'),
    max_credits: optional(maxCredits).describe('Refuse rather than reserve more.'),
    callback_url: optional(text(2048).pipe(z.url({ protocol: /^https?$/ }))).describe(
      'Gets one signed delivery when the task has ended.',
    ),
  })
  .meta({ id: 'CreateGeneration' });

export function toSubmission(body: unknown, rules: SubmissionRules): Submission {
  const parsed = createRequest.safeParse(body, { reportInput: true });
  if (!parsed.success) throw firstIssue(parsed.error);
  const wire = parsed.data;
  if (wire.callback_url !== undefined && !rules.allowHttpCallbacks && !wire.callback_url.startsWith('https:')) {
    throw new AppError('invalid_field', 'callback_url must be an https URL.', { param: 'callback_url' });
  }
  return {
    request: {
      model: wire.model,
      prompt: wire.prompt,
      type: wire.type,
      images: wire.image_urls,
      videos: wire.video_urls,
      audios: wire.audio_urls,
      firstFrame: wire.first_frame_url,
      lastFrame: wire.last_frame_url,
      resolution: wire.resolution,
      duration: wire.duration,
      aspectRatio: wire.aspect_ratio,
      generateAudio: wire.generate_audio,
      seed: wire.seed,
      negativePrompt: wire.negative_prompt,
      watermark: wire.watermark,
      cameraFixed: wire.camera_fixed,
      endUserId: wire.end_user_id,
      metadata: wire.metadata ?? {},
      providerOptions: wire.provider_options ?? {},
      maxCredits: wire.max_credits,
    },
    callback: wire.callback_url === undefined ? null : { url: wire.callback_url, format: 'native' },
  };
}

/** How long a client should wait before it looks again, in seconds: a quarter of what is left, and 30 when nobody knows. */
export function pollIntervalSeconds(task: Pick<Task, 'etaSeconds'>): number {
  if (task.etaSeconds === null) return 30;
  return Math.min(30, Math.max(2, Math.ceil(task.etaSeconds / 4)));
}

export function fromAccepted(task: Task): z.output<typeof accepted> {
  return { task_id: task.id, status: task.status, poll_interval_seconds: pollIntervalSeconds(task) };
}

/** GET /v1/video/generations/{task_id}, and `data` of every delivery. Credits are JSON numbers. */
export function fromTask(task: Task, { baseUrl }: View): z.output<typeof generation> {
  const urls = task.outputs.map((output) => baseUrl + output.path);
  const reserved = Number(task.creditsReserved);
  return {
    task_id: task.id,
    status: task.status,
    model: task.model,
    type: task.type,
    progress: task.progress,
    url: urls[0] ?? null,
    format: task.outputs[0]?.contentType.split('/')[1] ?? 'mp4',
    generated: urls,
    videos: urls,
    outputs: task.outputs.map((output) => fromOutput(output, baseUrl)),
    resolution: task.resolution,
    duration: task.duration,
    aspect_ratio: task.aspectRatio,
    generate_audio: task.generateAudio,
    metadata: {
      ...task.metadata,
      credits_reserved: reserved,
      public_model: task.model,
      asset_reference_style: '@Image1/@Video1/@Audio1',
    },
    credits_reserved: reserved,
    credits_charged: task.creditsCharged === null ? null : Number(task.creditsCharged),
    credits_refunded: task.creditsRefunded,
    error: task.error && { code: task.error.code, message: task.error.message, type: 'generation_error' },
    poll_interval_seconds: pollIntervalSeconds(task),
    queue_position: task.queuePosition,
    eta_seconds: task.etaSeconds,
    created_at: task.createdAt,
    started_at: task.startedAt,
    completed_at: task.completedAt,
    end_user_id: task.endUserId,
  };
}

function fromOutput(output: TaskOutput, baseUrl: string): z.output<typeof generation>['outputs'][number] {
  return {
    url: baseUrl + output.path,
    content_type: output.contentType,
    size: output.size,
    width: output.width,
    height: output.height,
    duration: output.durationMs === null ? null : output.durationMs / 1000,
    thumbnail_url: output.thumbnailPath === null ? null : baseUrl + output.thumbnailPath,
  };
}
