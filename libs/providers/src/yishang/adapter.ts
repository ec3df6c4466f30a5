import {
  type Adapter,
  type AdapterObservation,
  type Call,
  failureOf,
  isSuccess,
  progressOf,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { yishangCapabilities } from './capabilities.js';
import { codeOfError, codeOfFailure, errorIn } from './errors.js';
import { bodyOf } from './request.js';

/** Yishang Cloud: a reseller of Sora and Veo with words of its own. */
export const yishang: Adapter = {
  capabilities: yishangCapabilities,

  *submit(input, { options }) {
    const body = bodyOf(input, options);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const headers = { 'x-client-request-id': input.reference };
    const reply = yield { method: 'POST', path: videos, headers, ...body, auth, creates: true };
    if (isSuccess(reply)) {
      const id = createdSchema.safeParse(reply.body).data?.task_id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `${videos}/${encodeURIComponent(id)}`, auth };
    const error = errorIn(reply);
    if (reply.status === 404 && error?.code === 'task_not_found') return { state: 'gone' };
    const task = isSuccess(reply) ? taskSchema.safeParse(reply.body).data : undefined;
    return task === undefined ? unreadable(reply, error?.code) : observed(reply, task);
  },
};

const videos = '/v1/videos';
const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ task_id: z.string().min(1) });

const taskSchema = z.object({
  status: z.string(),
  progress: z.unknown().optional(),
  message: z.string().catch(''),
  video_url: z.unknown().optional(),
  error: z.unknown().optional(),
});
type Task = z.output<typeof taskSchema>;

function observed(reply: Reply, task: Task): AdapterObservation {
  switch (task.status) {
    case 'queued':
      return { state: 'queued' };
    case 'processing':
      return running(task);
    case 'completed': {
      const url = urlOf(task.video_url);
      if (url === undefined) return unreadable(reply, 'completed without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'failed': {
      const error = errorIn({ body: task });
      return { state: 'failed', failure: failureOf(codeOfFailure(error), error?.message ?? task.message) };
    }
    default:
      return { ...running(task), unknownStatus: task.status.slice(0, 100) };
  }
}

function running({ progress }: Task): { state: 'running'; progress?: number } {
  const percent = progressOf(progress);
  return { state: 'running', ...(percent !== undefined && { progress: percent }) };
}
