import { type Task, type TaskStatus } from '@videoapi/contracts';
import { type z } from 'zod';
import { type View } from '../dialect.js';
import { writeSize } from '../frame-size.js';
import { type video, type videoStatus } from './answer.js';

/** Where a remix or an edit remembers what it was made from. A tag like any other, so every dialect shows and finds it. */
export const sourceTag = 'remixed_from_video_id';

const statuses = {
  pending: 'queued',
  processing: 'in_progress',
  completed: 'completed',
  failed: 'failed',
} as const satisfies Record<TaskStatus, z.output<typeof videoStatus>>;

export function fromTask(task: Task, { baseUrl }: View): z.output<typeof video> {
  const [output] = task.outputs;
  const url = output === undefined ? undefined : baseUrl + output.path;
  const { [sourceTag]: source, ...metadata } = task.metadata;
  return {
    id: task.id,
    object: 'video',
    model: task.model,
    status: statuses[task.status],
    progress: task.progress,
    created_at: unixSeconds(task.createdAt),
    completed_at: task.completedAt === null ? null : unixSeconds(task.completedAt),
    expires_at: null,
    prompt: task.prompt ?? null,
    seconds: secondsOf(task),
    size: sizeOf(task),
    remixed_from_video_id: typeof source === 'string' ? source : null,
    error: task.error && { code: task.error.code, message: task.error.message },
    task_id: task.id,
    ...(url !== undefined && { url, video_url: url }),
    metadata,
  };
}

/** How long a client should wait before it looks again, in milliseconds: a quarter of what is left. */
export function pollAfterMs({ etaSeconds }: Pick<Task, 'etaSeconds'>): number {
  if (etaSeconds === null) return 5_000;
  return Math.min(10, Math.max(1, Math.ceil(etaSeconds / 4))) * 1000;
}

/** GET /v1/videos, one page. */
export function fromTasks(tasks: readonly Task[], hasMore: boolean, show: (task: Task) => unknown) {
  return {
    object: 'list',
    data: tasks.map(show),
    first_id: tasks[0]?.id ?? null,
    last_id: tasks.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}

/** As asked; what was left to the model is known once it is there. */
function secondsOf({ duration, outputs: [output] }: Task): string {
  if (duration !== 'auto' || output === undefined || output.durationMs === null) return String(duration);
  return String(Math.round(output.durationMs / 100) / 10);
}

function sizeOf(task: Task): string {
  const [output] = task.outputs;
  if (output !== undefined && output.width !== null && output.height !== null) {
    return `${output.width}x${output.height}`;
  }
  return writeSize(task) ?? 'auto';
}

function unixSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
