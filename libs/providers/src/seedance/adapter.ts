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
import { seedanceCapabilities } from './capabilities.js';
import { codeOfError, errorIn } from './errors.js';
import { searchList } from './lookup.js';
import { bodyOf } from './request.js';

/** Seedance on Volcengine Ark and BytePlus ModelArk. */
export const seedance: Adapter = {
  capabilities: seedanceCapabilities,

  *submit(input) {
    const body = bodyOf(input);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const reply = yield { method: 'POST', path: tasks, json: body.json, auth, creates: true };
    return submitted(reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `${tasks}/${encodeURIComponent(id)}`, auth };
    if (isSuccess(reply)) return observed(reply, taskSchema.safeParse(reply.body).data);
    return reply.status === 404 && errorIn(reply)?.code.startsWith('NotFound') === true
      ? { state: 'gone' }
      : unreadable(reply, errorIn(reply)?.code);
  },

  *pollMany(handles) {
    const ids = handles.map((handle) => handleSchema.parse(handle).id);
    const query = { page_num: '1', page_size: String(ids.length), 'filter.task_ids': ids };
    const reply = yield { method: 'GET', path: tasks, query, auth };
    // A call more for each of them would only prolong it.
    if (reply.status === 429) return ids.map(() => unreadable(reply, 'rate limited'));
    const list = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
    const byId = new Map(list?.items.map((task) => [task.id, task]));
    return ids.map((id) => {
      const task = byId.get(id);
      const seen = task && observed(reply, task);
      return seen?.state === 'unreadable' ? undefined : seen;
    });
  },

  *cancel(handle) {
    const { id } = handleSchema.parse(handle);
    const path = `${tasks}/${encodeURIComponent(id)}`;
    // DELETE on a task that has ended would remove its record, and the result with it.
    const look = yield { method: 'GET', path, auth };
    const status = isSuccess(look) ? taskSchema.safeParse(look.body).data?.status : undefined;
    if (status === 'cancelled') return 'cancelled';
    if (status === undefined) return 'unknown';
    if (status !== 'queued') return 'too_late';
    const reply = yield { method: 'DELETE', path, auth };
    if (isSuccess(reply)) return 'cancelled';
    return reply.status === 409 ? 'too_late' : 'unknown';
  },

  *lookup(input) {
    return yield* searchList(input, { path: tasks, auth });
  },

  adopt: (id) => ({ id }),
};

const tasks = '/contents/generations/tasks';
const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ id: z.string().min(1) });

const taskSchema = z.object({
  id: z.string().min(1),
  status: z.string(),
  error: z
    .object({ code: z.string(), message: z.string().default('') })
    .nullish()
    .catch(undefined),
  content: z.object({ video_url: z.string() }).nullish().catch(undefined),
  usage: z.object({ completion_tokens: z.int().positive() }).nullish().catch(undefined),
});
type Task = z.output<typeof taskSchema>;
const listSchema = z.object({ items: z.array(taskSchema) });

function submitted(reply: Reply): SubmitOutcome {
  if (isSuccess(reply)) {
    const created = createdSchema.safeParse(reply.body).data;
    return created === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id: created.id } };
  }
  const error = errorIn(reply);
  return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
}

/** There is no percentage. */
function observed(reply: Reply, task: Task | undefined): AdapterObservation {
  if (task === undefined) return unreadable(reply);
  switch (task.status) {
    case 'queued':
      return { state: 'queued' };
    case 'running':
      return { state: 'running' };
    case 'succeeded': {
      const url = urlOf(task.content?.video_url);
      if (url === undefined) return unreadable(reply, 'succeeded without a result');
      const tokens = task.usage?.completion_tokens;
      return {
        state: 'succeeded',
        outputs: [{ kind: 'url', url }],
        usage: { ...(tokens !== undefined && { tokens }) },
      };
    }
    case 'failed':
      return { state: 'failed', failure: failureOf(codeOfFailure(task), task.error?.message ?? '') };
    case 'cancelled':
      return failed('cancelled', 'The render was cancelled.');
    case 'expired':
      return failed('expired', task.error?.message ?? 'The provider did not render it in time.');
    default:
      return { state: 'running', unknownStatus: task.status.slice(0, 100) };
  }
}

/** After acceptance a parameter error is the provider's own affair, but content stays content. */
function codeOfFailure({ error }: Task) {
  const code = codeOfError(error ?? undefined, 500);
  return code === 'content_rejected' || code === 'invalid_request' ? code : 'provider_error';
}
