import {
  type Adapter,
  type AdapterObservation,
  type Call,
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
import { runwayCapabilities } from './capabilities.js';
import { codeOfError, codeOfFailure, errorIn } from './errors.js';
import { orderOf } from './request.js';

/** Runway's developer API. */
export const runway: Adapter = {
  capabilities: runwayCapabilities,

  *submit(input) {
    const order = orderOf(input);
    if ('problem' in order) return refused('invalid_request', order.problem);
    const reply = yield { method: 'POST', ...order, ...common, creates: true };
    if (isSuccess(reply)) {
      const id = createdSchema.safeParse(reply.body).data?.id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle) {
    const reply = yield { method: 'GET', path: pathOf(handle), ...common };
    if (isSuccess(reply)) return observed(reply, taskSchema.safeParse(reply.body).data);
    // Also what becomes of a task that was cancelled or deleted.
    return reply.status === 404 && errorIn(reply) !== undefined ? { state: 'gone' } : unreadable(reply);
  },

  *cancel(handle) {
    const path = pathOf(handle);
    // DELETE on a task that has ended would remove its outputs.
    const look = yield { method: 'GET', path, ...common };
    const status = isSuccess(look) ? taskSchema.safeParse(look.body).data?.status : undefined;
    if (status === 'CANCELLED') return 'cancelled';
    if (status === 'SUCCEEDED' || status === 'FAILED') return 'too_late';
    if (status === undefined) return 'unknown';
    const reply = yield { method: 'DELETE', path, ...common };
    return isSuccess(reply) ? 'cancelled' : 'unknown';
  },
};

/** Without the version, or with another, every call is a 400. */
const common = {
  auth: { put: 'bearer', credential: 'apiKey' },
  headers: { 'x-runway-version': '2024-11-06' },
} as const satisfies Pick<Call, 'auth' | 'headers'>;

const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ id: z.string().min(1) });

function pathOf(handle: unknown): string {
  return `/v1/tasks/${encodeURIComponent(handleSchema.parse(handle).id)}`;
}

const taskSchema = z.object({
  status: z.string(),
  progress: z.number().nullish().catch(undefined),
  output: z.array(z.unknown()).nullish().catch(undefined),
  failure: z.string().nullish().catch(undefined),
  failureCode: z.string().nullish().catch(undefined),
});
type Task = z.output<typeof taskSchema>;

function observed(reply: Reply, task: Task | undefined): AdapterObservation {
  if (task === undefined) return unreadable(reply);
  switch (task.status) {
    case 'PENDING':
    case 'THROTTLED':
      return { state: 'queued' };
    case 'RUNNING': {
      // Of one, not of a hundred.
      const progress = typeof task.progress === 'number' ? progressOf(task.progress * 100) : undefined;
      return { state: 'running', ...(progress !== undefined && { progress }) };
    }
    case 'SUCCEEDED': {
      const url = urlOf(task.output?.[0]);
      if (url === undefined) return unreadable(reply, 'succeeded without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'FAILED':
      return failed(codeOfFailure(task.failureCode ?? '') ?? 'provider_error', task.failure ?? '');
    case 'CANCELLED':
      return failed('cancelled', 'The render was cancelled.');
    default:
      return { state: 'running', unknownStatus: task.status.slice(0, 100) };
  }
}
