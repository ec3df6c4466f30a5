import {
  adoptJob,
  cancelJob,
  mainLane,
  resolveHoldJob,
  signCallbackToken,
  storeResultJob,
  submitJob,
  taskCompleted,
  taskFailed,
  taskProgressed,
  taskQueued,
  taskStarted,
} from '@videoapi/contracts';
import { type OutboxMessage } from '@videoapi/database';
import { eventMessage, jobMessage } from '@videoapi/messaging';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { type Effect, type RouteFacts } from '../task/decision.js';
import { type AttemptRecord, type TaskRecord } from '../task/task.js';
import { submitDeadline } from '../task/timing.js';
import { toTask } from '../task/view.js';

/** Where providers call back, and the key of the tokens that end those addresses. */
export interface CallbackSettings {
  readonly baseUrl: string;
  readonly tokenKey: string;
}

export interface MessageContext {
  readonly task: TaskRecord;
  readonly attempts: ReadonlyMap<string, AttemptRecord>;
  readonly snapshot: CatalogSnapshot;
  readonly callbacks: CallbackSettings | undefined;
  readonly route: RouteFacts;
  readonly now: Date;
}

const facts = {
  queued: taskQueued,
  started: taskStarted,
  progressed: taskProgressed,
  completed: taskCompleted,
  failed: taskFailed,
} as const;

/**
 * An effect as a row of the outbox, or nothing when it cannot be sent now (a channel that left the catalogue): the phase
 * timer then comes to its deadline. A job's id names the moment, for the same order may be sent again later.
 */
export function messageOf(effect: Effect, context: MessageContext): OutboxMessage | undefined {
  switch (effect.kind) {
    case 'announce':
      return announcement(effect.fact, context);
    case 'submit':
      return submitOrder(effect.attemptId, context);
    case 'adopt':
      return adoptOrder(effect, context);
    case 'cancel':
      return cancelOrder(effect.attemptId, context);
    case 'store':
      return storeOrder(effect.attemptId, context);
    case 'resolve_hold':
      return resolution(context);
    case 'enqueue':
    case 'return_slot':
    case 'report_channel':
    case 'alarm':
      return undefined;
  }
}

/** Also for a hold that was placed for a task which is no longer there. */
export function releaseMessage(taskId: string, accountId: string, reason: string, now: Date): OutboxMessage {
  const data = { taskId, accountId, resolution: { action: 'release' as const, reason } };
  return jobMessage(resolveHoldJob, mainLane, {
    id: `${taskId}:release:${now.getTime()}`,
    key: taskId,
    data,
    occurredAt: now,
  });
}

function announcement(fact: keyof typeof facts, { task, now }: MessageContext): OutboxMessage {
  const { prompt: _, ...view } = toTask(task, now);
  return eventMessage(facts[fact], {
    id: `${task.id}:${task.version}`,
    key: task.id,
    occurredAt: now,
    data: {
      taskId: task.id,
      accountId: task.accountId,
      version: task.version,
      task: view,
      callback: task.callback,
    },
  });
}

function submitOrder(attemptId: string, context: MessageContext): OutboxMessage | undefined {
  const { task, attempts, snapshot, callbacks, route, now } = context;
  const attempt = attempts.get(attemptId);
  const channel = attempt && snapshot.channel(attempt.channelId);
  if (attempt === undefined || channel === undefined) return undefined;
  const callbackUrl =
    callbacks === undefined || route.completion === 'poll'
      ? null
      : `${callbacks.baseUrl}/callbacks/${attempt.provider}/${signCallbackToken(callbacks.tokenKey, attempt.id)}`;
  return jobMessage(submitJob, attempt.lane, {
    id: `${attempt.id}:submit:${now.getTime()}`,
    key: task.id,
    occurredAt: now,
    data: {
      attemptId: attempt.id,
      taskId: task.id,
      accountId: task.accountId,
      channel,
      upstreamModel: attempt.upstreamModel,
      request: task.resolved,
      callbackUrl,
      deadlineAt: submitDeadline(task, attempt).toISOString(),
    },
  });
}

function adoptOrder(
  { attemptId, upstreamId }: Extract<Effect, { kind: 'adopt' }>,
  { task, attempts, snapshot, now }: MessageContext,
): OutboxMessage | undefined {
  const attempt = attempts.get(attemptId);
  const channel = attempt && snapshot.channel(attempt.channelId);
  if (attempt === undefined || channel === undefined) return undefined;
  const { id, epoch, upstreamModel } = attempt;
  return jobMessage(adoptJob, attempt.lane, {
    id: `${id}:adopt:${upstreamId}:${now.getTime()}`,
    key: task.id,
    occurredAt: now,
    data: { attemptId: id, taskId: task.id, epoch, channel, upstreamModel, upstreamId },
  });
}

function cancelOrder(attemptId: string, { task, attempts, snapshot, now }: MessageContext): OutboxMessage | undefined {
  const attempt = attempts.get(attemptId);
  const channel = attempt && snapshot.channel(attempt.channelId);
  if (attempt === undefined || attempt.handle === null || channel === undefined) return undefined;
  const { id, epoch, handle } = attempt;
  return jobMessage(cancelJob, attempt.lane, {
    id: `${id}:cancel:${now.getTime()}`,
    key: task.id,
    occurredAt: now,
    data: { attemptId: id, taskId: task.id, epoch, channel, handle },
  });
}

function storeOrder(attemptId: string, { task, attempts, now }: MessageContext): OutboxMessage | undefined {
  const seen = attempts.get(attemptId)?.lastObservation;
  if (seen?.state !== 'succeeded') return undefined;
  return jobMessage(storeResultJob, mainLane, {
    id: `${attemptId}:store:${now.getTime()}`,
    key: task.id,
    occurredAt: now,
    data: { taskId: task.id, accountId: task.accountId, attemptId, outputs: seen.outputs },
  });
}

function resolution({ task, now }: MessageContext): OutboxMessage | undefined {
  const { outcome } = task;
  if (outcome === null) return undefined;
  if (outcome.result === 'failed') return releaseMessage(task.id, task.accountId, outcome.error.code, now);
  return jobMessage(resolveHoldJob, mainLane, {
    id: `${task.id}:settle:${now.getTime()}`,
    key: task.id,
    occurredAt: now,
    data: { taskId: task.id, accountId: task.accountId, resolution: { action: 'settle', usage: outcome.usage } },
  });
}
