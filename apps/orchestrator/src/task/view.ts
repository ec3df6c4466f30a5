import { type Task } from '@videoapi/contracts';
import { statusOf } from './states.js';
import { type TaskRecord } from './task.js';

export interface QueueFacts {
  /** Tasks of the same account and model ahead of it; null when it does not wait, or too many do. */
  readonly position: number | null;
}

/** A task as everybody outside sees it. A result is shown once it is paid for. */
export function toTask(task: TaskRecord, now: Date, queue: QueueFacts = { position: null }): Task {
  const { resolved } = task;
  const isCompleted = task.state === 'completed';
  return {
    id: task.id,
    accountId: task.accountId,
    version: task.version,
    mode: task.mode,
    model: task.model,
    status: statusOf(task.state, task.startedAt !== null),
    type: task.type,
    progress: task.progress,
    prompt: resolved.prompt,
    resolution: resolved.resolution,
    duration: resolved.duration,
    aspectRatio: resolved.aspectRatio,
    generateAudio: resolved.generateAudio,
    outputs: isCompleted ? [...task.outputs] : [],
    creditsReserved: task.creditsReserved,
    creditsCharged: task.creditsCharged,
    creditsRefunded: task.creditsRefunded,
    error: task.error,
    metadata: task.metadata,
    endUserId: task.endUserId,
    queuePosition: task.state === 'queued' ? queue.position : null,
    etaSeconds: etaSeconds(task, now),
    createdAt: task.createdAt.toISOString(),
    startedAt: task.startedAt?.toISOString() ?? null,
    completedAt: task.completedAt?.toISOString() ?? null,
  };
}

/** What the model usually needs, minus the time since it started. */
function etaSeconds({ state, startedAt, timing }: TaskRecord, now: Date): number | null {
  if (state === 'completed' || state === 'failed') return null;
  const elapsed = startedAt === null ? 0 : (now.getTime() - startedAt.getTime()) / 1000;
  return Math.max(0, Math.ceil(timing.p50 - elapsed));
}
