import { z } from 'zod';
import { attemptRef, failure, handle, observation, upstreamId } from './attempt.js';
import { credits } from './credits.js';
import { defineEvent } from './define.js';
import { task, taskCallback, taskId, taskOutput } from './task.js';

const taskFact = z.object({
  taskId,
  accountId: z.string(),
  version: z.int().positive(),
  task: task.omit({ prompt: true }),
  callback: taskCallback.nullable(),
});

export const taskQueued = defineEvent('task', 'queued', taskFact);
export const taskStarted = defineEvent('task', 'started', taskFact);
export const taskProgressed = defineEvent('task', 'progressed', taskFact);
export const taskCompleted = defineEvent('task', 'completed', taskFact);
export const taskFailed = defineEvent('task', 'failed', taskFact);
export const taskEvents = [taskQueued, taskStarted, taskProgressed, taskCompleted, taskFailed] as const;
export type TaskFact = z.output<typeof taskFact>;

/**
 * Ids are derived from the attempt: `<attempt>:<epoch>:accepted`. `upstreamId`: nobody read the provider's answer, but it has
 * named the render in a callback, and the render was read back.
 */
export const attemptAccepted = defineEvent(
  'attempt',
  'accepted',
  attemptRef.extend({ handle, upstreamId: upstreamId.optional() }),
);
/** The provider would not start it. Nothing is being rendered. */
export const attemptRefused = defineEvent('attempt', 'refused', attemptRef.extend({ failure }));
/** The call may or may not have started a render, and the provider offers no way to find out now. */
export const attemptUnknown = defineEvent('attempt', 'unknown', attemptRef.extend({ reason: z.string().max(500) }));
export const attemptObserved = defineEvent(
  'attempt',
  'observed',
  attemptRef.extend({ look: z.int().nonnegative(), observation }),
);
export const attemptCancelled = defineEvent(
  'attempt',
  'cancelled',
  attemptRef.extend({ outcome: z.enum(['cancelled', 'too_late', 'unsupported', 'unknown']) }),
);

/** A wake-up, never a fact: the orchestrator polls now. `upstreamId`: what it names, where nobody knows that yet. */
export const callbackReceived = defineEvent(
  'callback',
  'received',
  z.object({
    callbackId: z.string(),
    provider: z.string(),
    attemptId: z.uuid(),
    trust: z.enum(['signed', 'hint']),
    upstreamId: upstreamId.optional(),
  }),
);

export const mediaStored = defineEvent(
  'media',
  'stored',
  z.object({ taskId, accountId: z.string(), attemptId: z.uuid(), outputs: z.array(taskOutput).min(1) }),
);
export const mediaStoreFailed = defineEvent(
  'media',
  'store_failed',
  z.object({
    taskId,
    accountId: z.string(),
    attemptId: z.uuid(),
    code: z.enum(['unreachable', 'gone', 'blocked', 'too_large', 'unreadable']),
    message: z.string().max(500),
    /** False: fetching again cannot help. */
    retryable: z.boolean(),
  }),
);

export const holdResolved = defineEvent(
  'hold',
  'resolved',
  z.object({
    taskId,
    accountId: z.string(),
    /** `uncollected`: a late success after the release; recorded, never charged. */
    outcome: z.enum(['settled', 'released', 'uncollected']),
    held: credits,
    charged: credits,
    returned: credits,
    reason: z.string().nullable(),
  }),
);

export const walletLow = defineEvent(
  'wallet',
  'low',
  z.object({ accountId: z.string(), available: credits, lowWater: credits }),
);

export const accountChanged = defineEvent('account', 'changed', z.object({ accountId: z.string() }));
/** Its limits are others now. */
export const apiKeyChanged = defineEvent('api_key', 'changed', z.object({ accountId: z.string(), keyId: z.string() }));
export const apiKeyRevoked = defineEvent('api_key', 'revoked', z.object({ accountId: z.string(), keyId: z.string() }));
export const catalogChanged = defineEvent('catalog', 'changed', z.object({ revision: z.string() }));
