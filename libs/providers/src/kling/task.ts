import { type AdapterObservation, failureOf, isSuccess, type Reply, unreadable, urlOf } from '@videoapi/provider-kit';
import { z } from 'zod';
import { codeOfFailedTask } from './errors.js';

/** A task of either generation in the same words. */
export interface Task {
  readonly id: string;
  readonly reference: string | undefined;
  readonly status: string;
  readonly message: string;
  readonly videos: readonly Video[];
  /** What it took from the account, for people: `3.5 units`. */
  readonly cost: string | undefined;
}

/** Longer than 2^53: never a number of ours. */
const idSchema = z.union([z.string().min(1), z.int().positive().transform(String)]);
const textSchema = z.string().optional().catch(undefined);
const videoSchema = z.object({ url: z.string(), watermark_url: textSchema });
type Video = z.output<typeof videoSchema>;

const chargeSchema = z.object({ charge_type: z.string(), amount: z.string(), currency: textSchema });
const taskSchema = z
  .object({
    id: idSchema,
    external_id: textSchema,
    status: z.string(),
    message: textSchema,
    outputs: z.array(z.looseObject({ type: z.string() })).catch([]),
    billing: z.array(chargeSchema).catch([]),
  })
  .transform(({ id, external_id: reference, status, message = '', outputs, billing }): Task => ({
    id,
    reference,
    status,
    message,
    videos: outputs.flatMap((output) => (output.type === 'video' ? (videoSchema.safeParse(output).data ?? []) : [])),
    cost:
      billing
        .map(({ charge_type: type, amount, currency = '' }) => `${amount} ${type === 'unit' ? 'units' : currency}`)
        .join(' + ') || undefined,
  }));

const legacyTaskSchema = z
  .object({
    task_id: idSchema,
    task_status: z.string(),
    task_status_msg: textSchema,
    task_info: z.object({ external_task_id: textSchema }).optional().catch(undefined),
    task_result: z
      .object({ videos: z.array(videoSchema) })
      .optional()
      .catch(undefined),
    final_unit_deduction: textSchema,
  })
  .transform(({ task_id: id, task_status: status, task_status_msg: message = '', ...task }): Task => ({
    id,
    reference: task.task_info?.external_task_id,
    status,
    message,
    videos: task.task_result?.videos ?? [],
    cost: task.final_unit_deduction === undefined ? undefined : `${task.final_unit_deduction} units`,
  }));

const fine = z.literal(0);
/** `request_id` is on every answer of Kling's own: an empty list is believed only beside it. */
const listSchema = z.object({ code: fine, request_id: textSchema, data: z.array(z.unknown()) });
const oneSchema = z.object({ code: fine, data: legacyTaskSchema });
const createdSchema = z.object({
  code: fine,
  data: z.union([z.object({ id: idSchema }), z.object({ task_id: idSchema })]),
});

export interface TaskList {
  readonly tasks: readonly Task[];
  /** Kling's own word that there is no such task. */
  readonly isEmpty: boolean;
}

/** `GET /tasks`. */
export function listIn(reply: Reply): TaskList | undefined {
  const list = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
  if (list === undefined) return undefined;
  const tasks = list.data.flatMap((item) => taskSchema.safeParse(item).data ?? []);
  return { tasks, isEmpty: list.data.length === 0 && list.request_id !== undefined };
}

/** `GET /v1/videos/{kind}/{id}`. */
export function legacyTaskIn(reply: Reply): Task | undefined {
  return isSuccess(reply) ? oneSchema.safeParse(reply.body).data?.data : undefined;
}

/** The id that a create answered with. */
export function createdIn(reply: Reply): string | undefined {
  const data = createdSchema.safeParse(reply.body).data?.data;
  if (data === undefined) return undefined;
  return 'id' in data ? data.id : data.task_id;
}

/** There is no percentage. `isMarked`: the copy with the watermark was asked for. */
export function observed(reply: Reply, task: Task, isMarked: boolean): AdapterObservation {
  switch (task.status) {
    case 'submitted':
      return { state: 'queued' };
    case 'processing':
      return { state: 'running' };
    // The legacy word and the new one.
    case 'succeed':
    case 'succeeded': {
      const outputs = task.videos.flatMap(({ url, watermark_url: marked }) => {
        const found = (isMarked ? urlOf(marked) : undefined) ?? urlOf(url);
        return found === undefined ? [] : [{ kind: 'url' as const, url: found }];
      });
      if (outputs.length === 0) return unreadable(reply, 'succeeded without a result');
      return { state: 'succeeded', outputs, usage: { ...(task.cost !== undefined && { cost: task.cost }) } };
    }
    case 'failed':
      return { state: 'failed', failure: failureOf(codeOfFailedTask(task.message), task.message) };
    default:
      return { state: 'running', unknownStatus: task.status.slice(0, 100) };
  }
}
