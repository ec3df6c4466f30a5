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
import { jimengCapabilities } from './capabilities.js';
import { codeOfError, endingOf, errorIn, isClearNo } from './errors.js';
import { bodyOf } from './request.js';
import { signVolcengine } from './sign.js';

/** Jimeng 3.0 on Volcengine's visual API. */
export const jimeng: Adapter = {
  capabilities: jimengCapabilities,

  *submit(input) {
    const body = bodyOf(input);
    if ('problem' in body) return refused(body.code, body.problem);
    const reply = yield { ...callOf('CVSync2AsyncSubmitTask', body.json), creates: true };
    return submitted(reply, body.reqKey);
  },

  *poll(handle) {
    const { id, reqKey } = handleSchema.parse(handle);
    // Another key than the one it was made with finds nothing.
    return observed(yield callOf('CVSync2AsyncGetResult', { req_key: reqKey, task_id: id }));
  },

  submitRefusal(reply) {
    const error = errorIn(reply.body);
    return isClearNo(reply) ? failureOf(codeOfError(error, reply), error?.message ?? '', reply) : undefined;
  },
};

const auth = {
  put: 'signed',
  credentials: ['accessKey', 'secretKey'],
  sign: signVolcengine,
} as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1), reqKey: z.string().default('jimeng_t2v_v30') });

function callOf(action: string, json: unknown): Call {
  return { method: 'POST', path: '/', query: { Action: action, Version: '2022-08-31' }, json, auth };
}

const okay = z.literal(10_000);
const taskId = z.union([z.string().min(1), z.int().transform(String)]);
const createdSchema = z.object({ code: okay, data: z.object({ task_id: taskId }) });
const resultSchema = z.object({
  code: okay,
  data: z.object({ status: z.string(), video_url: z.unknown().optional() }),
});

/** The code counts before the status; an error can come inside a success. */
function submitted(reply: Reply, reqKey: string): SubmitOutcome {
  const error = errorIn(reply.body);
  if (!isSuccess(reply) || isClearNo(reply)) return refused(codeOfError(error, reply), error?.message ?? '', reply);
  const created = createdSchema.safeParse(reply.body).data;
  if (created === undefined) return unreadableSubmit(reply);
  return { outcome: 'accepted', handle: { id: created.data.task_id, reqKey } };
}

/** First the code of the answer, then the state of the task. There is no percentage. */
function observed(reply: Reply): AdapterObservation {
  const error = errorIn(reply.body);
  const ending = error && endingOf(error);
  if (error !== undefined)
    return ending === undefined ? unreadable(reply, `code ${error.code}`) : failed(ending, error.message);
  const data = isSuccess(reply) ? resultSchema.safeParse(reply.body).data?.data : undefined;
  if (data === undefined) return unreadable(reply);
  switch (data.status) {
    case 'in_queue':
      return { state: 'queued' };
    case 'generating':
    case 'processing':
      return { state: 'running' };
    case 'done': {
      const url = urlOf(data.video_url);
      // Done with nothing to show for it is how a failed render ends.
      if (url === undefined) return failed('provider_error', 'The provider rendered nothing.');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'not_found':
      return { state: 'gone' };
    case 'expired':
      return failed('expired', 'The provider did not render it in time.');
    default:
      return { state: 'running', unknownStatus: data.status.slice(0, 100) };
  }
}
