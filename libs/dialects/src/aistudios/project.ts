import { type Task, type TaskStatus } from '@videoapi/contracts';
import { type z } from 'zod';
import { type View } from '../dialect.js';
import { type accepted, type progressBody, type project, type projectDeliveryBody } from './answer.js';
import { nameTag } from './wire.js';

/** The document names the last but one; the others are ours. */
const states = {
  pending: 'Waiting',
  processing: 'Processing',
  completed: 'Complete',
  failed: 'Failed',
} as const satisfies Record<TaskStatus, string>;

/** The only envelope of this dialect besides an error's. */
export function success<Data>(data: Data) {
  return { success: true as const, data };
}

export function fromAccepted(task: Task): z.output<typeof accepted> {
  return success({ projectId: task.id });
}

/**
 * The progress of a project. One that failed has no word in the document: it says `success: false` with its reason, which
 * is where a client that waits for `downloadUrl` stops waiting.
 */
export function fromTask(task: Task, view: View): z.output<typeof progressBody> {
  const state = states[task.status];
  const url = downloadUrl(task, view);
  const data = { progress: task.progress, state, ...(url !== null && { downloadUrl: url }) };
  return task.status === 'failed' ? { success: false, error: failureOf(task), data } : success(data);
}

/** GET /api/odin/v3/editor/project/{key}. */
export function fromProject(task: Task, view: View): z.output<typeof project> {
  const name = task.metadata[nameTag];
  return success({
    project: {
      _id: task.id,
      name: typeof name === 'string' ? name : null,
      orientation: isPortrait(task.aspectRatio) ? 'portrait' : 'landscape',
      resolution: task.resolution.replace(/p$/, ''),
      state: states[task.status],
      progress: task.progress,
      backendTaskId: task.id,
      creditSubstracted: creditOf(task),
      createdAt: task.createdAt,
      updatedAt: task.completedAt ?? task.startedAt ?? task.createdAt,
      download_url: downloadUrl(task, view),
      ...(task.status === 'failed' && { error: failureOf(task) }),
    },
  });
}

/**
 * The body of the signed delivery to a project's `webhookUrl`: told once, when it has ended. The document knows only of
 * success; a failure carries its reason instead of a link.
 */
export function projectDelivery(task: Task, view: View): z.output<typeof projectDeliveryBody> {
  const url = downloadUrl(task, view);
  return {
    progress: task.progress,
    credit: creditOf(task),
    backendTaskId: task.id,
    projectId: task.id,
    ...(url !== null && { download_url: url }),
    ...(task.status === 'failed' && { error: failureOf(task) }),
  };
}

function failureOf({ error }: Task) {
  return { code: error?.code ?? 'internal_error', msg: error?.message ?? 'The project failed.' };
}

function downloadUrl({ outputs: [output] }: Task, { baseUrl }: View): string | null {
  return output === undefined ? null : baseUrl + output.path;
}

function creditOf({ creditsCharged }: Task): number {
  return Number(creditsCharged ?? 0);
}

function isPortrait(aspectRatio: string): boolean {
  const [across = 0, down = 0] = aspectRatio.split(':').map(Number);
  return across < down;
}
