import {
  type Adapter,
  type AdapterObservation,
  type Call,
  failed,
  failureOf,
  isSuccess,
  refused,
  type Reply,
  type SubmitOutcome,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { dashscopeCapabilities } from './capabilities.js';
import { codeOfError, codeOfFailure, errorIn, isClearNo } from './errors.js';
import { orderOf } from './request.js';

/** Wan and HappyHorse on Alibaba Model Studio. */
export const dashscope: Adapter = {
  capabilities: dashscopeCapabilities,

  *submit(input) {
    const order = orderOf(input);
    if ('problem' in order) return refused(order.code, order.problem);
    const { path, json } = order;
    // Without this header it would have to answer with the finished video, which it refuses to.
    const headers = { 'x-dashscope-async': 'enable' };
    const reply = yield { method: 'POST', path, headers, json, auth, creates: true };
    return submitted(reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: taskPath(id), auth };
    return isSuccess(reply) ? observed(reply) : unreadable(reply, errorIn(reply.body)?.code);
  },

  *cancel(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'POST', path: `${taskPath(id)}/cancel`, auth };
    if (isSuccess(reply)) return cancelSchema.safeParse(reply.body).success ? 'cancelled' : 'unknown';
    return errorIn(reply.body)?.code === 'UnsupportedOperation' ? 'too_late' : 'unknown';
  },

  submitRefusal(reply) {
    return isClearNo(reply) ? failureOf('provider_unavailable', errorIn(reply.body)?.message ?? '', reply) : undefined;
  },
};

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ output: z.object({ task_id: z.string().min(1) }) });
const cancelSchema = z.object({ request_id: z.string().min(1), code: z.undefined().optional() });
const taskSchema = z.object({
  output: z.looseObject({ task_status: z.string(), video_url: z.unknown().optional() }),
});

function taskPath(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`;
}

function submitted(reply: Reply): SubmitOutcome {
  if (isSuccess(reply)) {
    const created = createdSchema.safeParse(reply.body).data;
    return created === undefined
      ? unreadableSubmit(reply)
      : { outcome: 'accepted', handle: { id: created.output.task_id } };
  }
  const error = errorIn(reply.body);
  return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
}

/** Every state comes with status 200. There is no percentage. */
function observed(reply: Reply): AdapterObservation {
  const output = taskSchema.safeParse(reply.body).data?.output;
  if (output === undefined) return unreadable(reply);
  switch (output.task_status) {
    case 'PENDING':
      return { state: 'queued' };
    case 'RUNNING':
      return { state: 'running' };
    case 'SUCCEEDED': {
      const url = urlOf(output.video_url);
      if (url === undefined) return unreadable(reply, 'succeeded without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'FAILED': {
      const error = errorIn(output);
      return failed(codeOfFailure(error), error?.message ?? '');
    }
    case 'CANCELED':
      return failed('cancelled', 'The render was cancelled.');
    // Never there, or more than a day old. The platform waits a minute after acceptance before it believes this.
    case 'UNKNOWN':
      return { state: 'gone' };
    default:
      return { state: 'running', unknownStatus: output.task_status.slice(0, 100) };
  }
}
