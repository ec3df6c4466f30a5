import {
  type Adapter,
  type AdapterObservation,
  type Call,
  failureOf,
  isSuccess,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { videoapiCapabilities } from './capabilities.js';
import { codeOfError, codeOfFailure, errorIn, isGone, messageOf } from './errors.js';
import { bodyOf } from './request.js';

/** A gateway of our own kind: `/v1/video/generations`, assets cited as `@Image1`. */
export const videoapi: Adapter = {
  capabilities: videoapiCapabilities,

  *submit(input) {
    const body = bodyOf(input);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const reply = yield { method: 'POST', path: generations, json: body.json, auth, creates: true };
    if (isSuccess(reply)) {
      const id = createdSchema.safeParse(reply.body).data?.task_id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply.body);
    return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `${generations}/${encodeURIComponent(id)}`, auth };
    if (isGone(reply)) return { state: 'gone' };
    const task = isSuccess(reply) ? taskSchema.safeParse(reply.body).data : undefined;
    return task === undefined ? unreadable(reply, errorIn(reply.body)?.code) : observed(reply, task);
  },
};

const generations = '/v1/video/generations';
const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ task_id: z.string().min(1) });

const urls = z.array(z.unknown()).nullish().catch(undefined);
const taskSchema = z.object({
  status: z.string(),
  url: z.unknown().optional(),
  videos: urls,
  generated: urls,
  credits_reserved: z.number().nonnegative().nullish().catch(undefined),
  error: z.unknown().optional(),
});
type Task = z.output<typeof taskSchema>;

/** Its four words are fixed; there is no percentage. */
function observed(reply: Reply, task: Task): AdapterObservation {
  switch (task.status) {
    case 'pending':
      return { state: 'queued' };
    case 'processing':
      return { state: 'running' };
    case 'completed': {
      const url = resultOf(task);
      if (url === undefined) return unreadable(reply, 'completed without a result');
      const { credits_reserved: cost } = task;
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: cost ? { cost: String(cost) } : {} };
    }
    case 'failed':
      return { state: 'failed', failure: failureOf(codeOfFailure(task.error), messageOf(task.error) ?? '') };
    default:
      return { state: 'running', unknownStatus: task.status.slice(0, 100) };
  }
}

/** The same link stands in three places. */
function resultOf({ url, videos, generated }: Task): string | undefined {
  return [url, videos?.[0], generated?.[0]].map(urlOf).find((found) => found !== undefined);
}
