import { AppError, taskId, type Task, type TaskRequest, type TaskType } from '@videoapi/contracts';
import { z } from 'zod';
import { references } from '../asset.js';
import { type Submission, type SubmissionRules, type View } from '../dialect.js';
import { maxPromptLength, text } from '../field.js';
import { fieldError } from '../issue.js';
import { sourceTag } from './video.js';
import { createRequest, missingParameter, present, refusalOf, toSubmission } from './wire.js';

/** What a model can make out of a video. */
export interface Talent {
  readonly types: readonly TaskType[];
  readonly maxVideos: number;
}

/** The video that another one is made from: a task of the caller's own, or a file. */
export type SourceVideo = { readonly taskId: string } | { readonly url: string };

const video = z.union([
  z.strictObject({ id: taskId }).transform(({ id }) => ({ taskId: id })),
  references.transform((given) => ({ urls: given })),
]);

/** A create without what a remix has from its source. */
export const remixRequest = createRequest
  .pick({ user: true, metadata: true, max_credits: true, callback_url: true })
  .extend({ prompt: text(maxPromptLength) })
  .meta({ id: 'RemixVideo' });

export const editRequest = createRequest
  .extend({ model: createRequest.shape.model.unwrap().optional(), video })
  .meta({ id: 'EditVideo' });

/** `video` of an edit: `{id}`, or a file that has been uploaded. @throws AppError */
export function readSourceVideo(body: unknown): SourceVideo {
  const parsed = z.object({ video }).safeParse(present(body), { reportInput: true });
  if (!parsed.success) throw refusalOf(parsed.error);
  const given = parsed.data.video;
  if ('taskId' in given) return given;
  const [url, ...others] = given.urls;
  if (url === undefined || others.length > 0) throw fieldError(['video'], 'must be one video');
  return { url };
}

/**
 * The same model and parameters with another prompt, and the video itself as what to start from where the model takes
 * one. @throws AppError `unsupported_operation` when it can do neither
 */
export function toRemix(body: unknown, source: Task, talent: Talent | undefined, context: Context): Submission {
  const url = videoUrlOf(source, context.view);
  const { prompt, user, metadata, max_credits, callback_url } = fieldsOf(body);
  const same = {
    model: source.model,
    duration: source.duration,
    resolution: source.resolution,
    aspect_ratio: source.aspectRatio,
    generate_audio: source.generateAudio,
    user: user ?? source.endUserId,
  };
  const { request, callback } = toSubmission({ ...same, prompt, metadata, max_credits, callback_url }, context.rules);
  const remix = tagged(request, source.id);
  if (talent === undefined) return { request: remix, callback };
  const type = (['video-edit', 'reference-to-video'] as const).find((wanted) => talent.types.includes(wanted));
  if (type !== undefined && talent.maxVideos > 0) return { request: { ...remix, type, videos: [url] }, callback };
  if (!talent.types.includes('text-to-video')) throw unsupported(source.model, 'remix a video');
  return { request: remix, callback };
}

/**
 * A create whose video is edited. What the body leaves out is the source's, when that is a task.
 * @throws AppError `unsupported_operation`, `missing_parameter`, `invalid_field`
 */
export function toEdit(
  body: unknown,
  source: { readonly task: Task } | { readonly url: string },
  talentOf: (model: string) => Talent | undefined,
  context: Context,
): Submission {
  const { video: _, ...fields } = fieldsOf(body);
  const task = 'task' in source ? source.task : undefined;
  if (task === undefined && fields['model'] === undefined) throw missingParameter('model');
  const { request, callback } = toSubmission({ model: task?.model, ...fields, mode: 'edit' }, context.rules);
  const talent = talentOf(request.model);
  if (talent !== undefined && !talent.types.includes('video-edit')) throw unsupported(request.model, 'edit videos');
  const url = 'task' in source ? videoUrlOf(source.task, context.view) : source.url;
  const edit = { ...request, videos: [url, ...request.videos] };
  return { callback, request: task === undefined ? edit : tagged(edit, task.id) };
}

export interface Context {
  readonly rules: SubmissionRules;
  readonly view: View;
}

export function unsupported(model: string, what: string): AppError {
  return new AppError('unsupported_operation', `${model} cannot ${what}.`);
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(present(body));
  if (!parsed.success) throw refusalOf(parsed.error);
  return parsed.data;
}

function videoUrlOf(source: Task, { baseUrl }: View): string {
  const [output] = source.outputs;
  if (source.status !== 'completed' || output === undefined) {
    throw new AppError('invalid_request', 'The source video is not completed.', { param: 'video' });
  }
  return baseUrl + output.path;
}

function tagged(request: TaskRequest, sourceId: string): TaskRequest {
  return { ...request, metadata: { ...request.metadata, [sourceTag]: sourceId } };
}
