import { type DeliveryType, type Task, type TaskCallback } from '@videoapi/contracts';
import { aistudiosDelivery, nativeDelivery, nativeTaskDelivery } from '@videoapi/dialects';
import { newId } from '../id.js';

/** Something customers may be told, before it is known whether anybody wants to hear it. */
export interface Happening {
  /** The webhook-id, should it become an event. Made once, so that a repeated write is the same row. */
  readonly id: string;
  readonly accountId: string;
  readonly type: DeliveryType;
  readonly taskId: string | null;
  /** The task's version, which rises with every fact; 0 for what is not about a task. */
  readonly version: number;
  /** The same fact has the same one, whoever reports it and however often. */
  readonly producerKey: string;
  readonly occurredAt: Date;
  /** The task's own callback URL: told exactly the end. */
  readonly callback: TaskCallback | null;
  /** Nobody but the callback URL is told: its body is of its own shape. */
  readonly isForCallbackOnly: boolean;
  /** Serialized only for those who listen. */
  body(): string;
}

export type TaskFactName = 'queued' | 'started' | 'progressed' | 'completed' | 'failed';

const typeOf = {
  queued: 'video.queued',
  started: 'video.in_progress',
  progressed: 'video.in_progress',
  completed: 'video.completed',
  failed: 'video.failed',
} as const satisfies Record<TaskFactName, DeliveryType>;

export interface TaskHappening {
  readonly fact: TaskFactName;
  readonly task: Omit<Task, 'prompt'>;
  readonly callback: TaskCallback | null;
  readonly occurredAt: Date;
  /** Prefix of the media links. */
  readonly baseUrl: string;
}

/**
 * What a fact of a task is to those who hear of it: one message for all, and one more for a callback URL whose owner reads
 * another format, since a webhook-id stands for the same bytes wherever they go. A body is the task as of the fact: a
 * later change makes another event.
 */
export function taskHappenings({ fact, task, callback, occurredAt, baseUrl }: TaskHappening): Happening[] {
  const type = typeOf[fact];
  const isEnd = type === 'video.completed' || type === 'video.failed';
  const told = isEnd ? callback : null;
  const inFormat = (format: TaskCallback['format']) => ({
    id: newId('msg'),
    accountId: task.accountId,
    type,
    taskId: task.id,
    version: task.version,
    occurredAt,
    body: () => JSON.stringify(bodies[format](type, occurredAt, task, { baseUrl })),
  });
  // A task ends once and is announced as queued once, whatever its versions are; its progress is many facts.
  const producerKey = type === 'video.in_progress' ? `${task.id}:${task.version}` : `${task.id}:${type}`;
  const shared = { ...inFormat('native'), producerKey, isForCallbackOnly: false };
  if (told === null || told.format === 'native') return [{ ...shared, callback: told }];
  const own = { ...inFormat(told.format), producerKey: `${producerKey}:${told.format}`, isForCallbackOnly: true };
  return [
    { ...shared, callback: null },
    { ...own, callback: told },
  ];
}

const bodies = {
  native: nativeTaskDelivery,
  aistudios: (_type, _occurredAt, task, view) => aistudiosDelivery(task, view),
} satisfies Record<TaskCallback['format'], (...about: Parameters<typeof nativeTaskDelivery>) => unknown>;

export interface AccountHappening {
  readonly type: 'credits.low' | 'webhook.test' | 'endpoint.disabled';
  readonly accountId: string;
  readonly producerKey: string;
  readonly occurredAt: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export function accountHappening({ type, accountId, producerKey, occurredAt, data }: AccountHappening): Happening {
  return {
    id: newId('msg'),
    accountId,
    type,
    taskId: null,
    version: 0,
    producerKey,
    occurredAt,
    callback: null,
    isForCallbackOnly: false,
    body: () => JSON.stringify(nativeDelivery(type, occurredAt, data)),
  };
}

/** Of what is told together, progress that a later fact of the same task makes stale is left out. */
export function latestProgress(happenings: readonly Happening[]): Happening[] {
  const latest = new Map<string, number>();
  for (const { taskId, version } of happenings) {
    if (taskId !== null) latest.set(taskId, Math.max(version, latest.get(taskId) ?? 0));
  }
  return happenings.filter(
    ({ type, taskId, version }) => type !== 'video.in_progress' || version === latest.get(taskId ?? ''),
  );
}

/** No list means everything but progress, which is asked for by its name or with `*`. */
export function wants(eventTypes: readonly string[], type: DeliveryType): boolean {
  if (eventTypes.includes('*') || eventTypes.includes(type)) return true;
  return eventTypes.length === 0 && type !== 'video.in_progress';
}
