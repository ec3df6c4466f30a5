import { z } from 'zod';
import { catalog, model, type Model } from './catalog.js';
import { credits } from './credits.js';
import { defineRpc } from './define.js';
import { priceSpec } from './price.js';
import { task, taskCallback, taskId, taskMode, taskRequest, taskStatus } from './task.js';

const errorJson = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  param: z.string().optional(),
  retryAfterMs: z.number().optional(),
});

export const taskSubmission = z.object({
  taskId,
  accountId: z.string(),
  apiKeyId: z.string(),
  mode: taskMode,
  request: taskRequest,
  callback: taskCallback.nullable(),
  /** Unfinished tasks this account may have at once; over it the answer is `queue_full`. */
  maxQueued: z.int().positive().default(10_000),
  /** A narrower one that an operator set for the account; over it the answer is `concurrency_limited`. */
  maxConcurrent: z.int().positive().nullable().default(null),
  /** Of these, the ones that were submitted with this very API key; over it the answer is `concurrency_limited`. */
  keyMaxConcurrent: z.int().positive().nullable().default(null),
});
export type TaskSubmission = z.output<typeof taskSubmission>;

/**
 * Answered after the hold is committed and the task is `queued`, or with the reason why nothing was reserved. The task id
 * is the caller's: the same one again gets the same task, so a lost answer is cured by asking again. Many at once.
 */
export const createTask = defineRpc(
  'rpc.orchestrator.v1.create_task',
  z.object({ tasks: z.array(taskSubmission).min(1).max(256) }),
  z.object({ results: z.array(z.union([z.object({ task }), z.object({ error: errorJson })])) }),
);

/** What a customer is told whose create call ends as `unavailable` once it may have been written down. */
export const outcomeUnknown =
  'Whether the task was made is not known: it may be there, or come yet. Repeat the request with the same Idempotency-Key and there is only one.';

/** Validates and prices without a trace. */
export const estimateTask = defineRpc(
  'rpc.orchestrator.v1.estimate_task',
  z.object({ accountId: z.string(), mode: taskMode, request: taskRequest }),
  z.object({ credits, billing: priceSpec, routeCandidates: z.array(z.string()) }),
);

/** Foreign and unknown ids are simply missing from the answer. */
export const getTasks = defineRpc(
  'rpc.orchestrator.v1.get_tasks',
  z.object({
    tasks: z
      .array(z.object({ accountId: z.string(), taskId: z.string() }))
      .min(1)
      .max(512),
  }),
  z.object({ tasks: z.array(task) }),
);

export const listTasks = defineRpc(
  'rpc.orchestrator.v1.list_tasks',
  z.object({
    accountId: z.string(),
    status: taskStatus.optional(),
    model: z.string().optional(),
    endUserId: z.string().optional(),
    createdAfter: z.iso.datetime({ offset: true }).optional(),
    createdBefore: z.iso.datetime({ offset: true }).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
    /** A task id; what comes after it in the asked order. */
    after: z.string().optional(),
    order: z.enum(['asc', 'desc']).default('desc'),
    limit: z.int().min(1).max(100).default(20),
  }),
  z.object({ tasks: z.array(task), hasMore: z.boolean() }),
);

/** `not_cancellable` once the provider has it and cannot cancel, or it has ended. */
export const cancelTask = defineRpc(
  'rpc.orchestrator.v1.cancel_task',
  z.object({ accountId: z.string(), taskId: z.string() }),
  z.object({ task }),
);

/** Ended tasks only; their media is removed. */
export const deleteTask = defineRpc(
  'rpc.orchestrator.v1.delete_task',
  z.object({ accountId: z.string(), taskId: z.string() }),
  z.object({ deleted: z.literal(true) }),
);

/**
 * The permit before a provider is called. `go` is given once; whoever comes second must `look_up` what happened; `stop`
 * when the attempt is no longer wanted.
 */
export const beginSubmit = defineRpc(
  'rpc.orchestrator.v1.begin_submit',
  z.object({
    attempts: z
      .array(
        z.object({
          attemptId: z.uuid(),
          /** After a look-up that surely found nothing. */ absentEpoch: z.int().positive().optional(),
        }),
      )
      .min(1)
      .max(256),
  }),
  z.object({
    permits: z.array(
      z.object({
        attemptId: z.uuid(),
        permit: z.enum(['go', 'look_up', 'stop']),
        epoch: z.int().nonnegative(),
        /** Beside `look_up`: how long ago the call was permitted. Until it is surely over, "not found" means nothing. */
        callAgeMs: z.int().nonnegative().optional(),
      }),
    ),
  }),
);

/** For billing's sweeper: is somebody still working on this hold? */
export const getTaskStates = defineRpc(
  'rpc.orchestrator.v1.get_task_states',
  z.object({ taskIds: z.array(z.string()).min(1).max(500) }),
  z.object({
    states: z.array(
      z.object({
        taskId: z.string(),
        state: z.enum(['alive', 'completed', 'failed', 'unknown']),
        /** Total deadline of a task that is alive. */
        deadlineAt: z.iso.datetime({ offset: true }).nullable(),
      }),
    ),
  }),
);

/** For the webhooks reconciler: everything that ended in a window, oldest first. */
export const listFinished = defineRpc(
  'rpc.orchestrator.v1.list_finished',
  z.object({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    after: z.string().optional(),
    limit: z.int().min(1).max(500).default(200),
  }),
  z.object({
    tasks: z.array(z.object({ task: task.omit({ prompt: true }), callback: taskCallback.nullable() })),
    hasMore: z.boolean(),
  }),
);

/** A model as the public list needs it; routes stay inside. */
export const listedModel = model.omit({ routes: true, deadlines: true }).extend({ routed: z.boolean() });
export type ListedModel = z.output<typeof listedModel>;
export type CatalogModel = Model;

export const listModels = defineRpc(
  'rpc.orchestrator.v1.list_models',
  z.object({}),
  z.object({ revision: z.string(), models: z.array(listedModel) }),
);

/** The whole catalogue at once: prices are applied first, since a model without a price is refused. */
export const applyCatalog = defineRpc(
  'rpc.orchestrator.v1.apply_catalog',
  z.object({ catalog }),
  z.object({ revision: z.string(), models: z.int(), channels: z.int(), pricesChanged: z.int() }),
);
