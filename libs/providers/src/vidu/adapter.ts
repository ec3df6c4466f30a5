import {
  type Adapter,
  type AdapterObservation,
  failed,
  isSuccess,
  progressOf,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { auth } from './auth.js';
import { viduCapabilities } from './capabilities.js';
import { codeOfError, codeOfReason, errorIn } from './errors.js';
import { searchList } from './lookup.js';
import { orderOf } from './request.js';

/** Vidu (Shengshu), in China and elsewhere: they differ by the base URL alone. */
export const vidu: Adapter = {
  capabilities: viduCapabilities,

  *submit(input) {
    const order = orderOf(input);
    if ('problem' in order) return refused('invalid_request', order.problem);
    const reply = yield { method: 'POST', ...order, auth, creates: true };
    if (isSuccess(reply)) {
      const id = createdSchema.safeParse(reply.body).data?.task_id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfError(error, reply.status), error?.message || (error?.reason ?? ''), reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `/tasks/${encodeURIComponent(id)}/creations`, auth };
    if (isSuccess(reply)) return observed(reply, taskSchema.safeParse(reply.body).data);
    const reason = errorIn(reply)?.reason;
    const isGone = reply.status === 404 && reason !== undefined && /^(Task)?NotFound$/.test(reason);
    return isGone ? { state: 'gone' } : unreadable(reply, reason);
  },

  *cancel(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'POST', path: `/tasks/${encodeURIComponent(id)}/cancel`, json: { id }, auth };
    if (isSuccess(reply)) return 'cancelled';
    // The id is right, so what is bad about the request is its moment: the task is scheduled or has ended.
    return reply.status === 400 && errorIn(reply)?.reason === 'BadRequest' ? 'too_late' : 'unknown';
  },

  *lookup(input) {
    return yield* searchList(input);
  },
};

const handleSchema = z.object({ id: z.string().min(1) });
/** Ids are beyond 2^53 and come as strings; as numbers they would still be read digit by digit. */
const idSchema = z.union([z.string().min(1), z.int().positive().transform(String)]);
const createdSchema = z.object({ task_id: idSchema });

const taskSchema = z.object({
  state: z.string(),
  err_code: z.string().nullish().catch(undefined),
  credits: z.number().positive().nullish().catch(undefined),
  progress: z.unknown().optional(),
  creations: z
    .array(z.object({ url: z.string() }))
    .nullish()
    .catch(undefined),
});
type Task = z.output<typeof taskSchema>;

function observed(reply: Reply, task: Task | undefined): AdapterObservation {
  if (task === undefined) return unreadable(reply);
  switch (task.state) {
    case 'created':
    case 'queueing':
      return { state: 'queued' };
    case 'processing': {
      const progress = progressOf(task.progress);
      return { state: 'running', ...(progress !== undefined && { progress }) };
    }
    case 'success': {
      const url = urlOf(task.creations?.[0]?.url);
      if (url === undefined) return unreadable(reply, 'success without a creation');
      const usage = task.credits ? { cost: `${task.credits} credits` } : {};
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage };
    }
    case 'failed':
      return failed(codeOfEnding(task), task.err_code ?? '');
    default:
      return { state: 'running', unknownStatus: task.state.slice(0, 100) };
  }
}

/** After acceptance our accounts and limits are the provider's own affair. */
function codeOfEnding({ err_code: reason }: Task) {
  const code = codeOfReason(reason ?? '');
  return code === 'content_rejected' || code === 'invalid_request' || code === 'cancelled' ? code : 'provider_error';
}
