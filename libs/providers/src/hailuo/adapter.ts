import {
  type Adapter,
  type Call,
  isSuccess,
  refused,
  type Reply,
  type SubmitOutcome,
  unreadableSubmit,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { hailuoCapabilities } from './capabilities.js';
import { baseErrorIn, codeOfReply, errorIn, isFault, meaningOf, messageIn } from './errors.js';
import { observeFirst, observeSecond, stateOfSecond } from './observe.js';
import { bodyOf, type Version, versionOf } from './request.js';

/** MiniMax: Hailuo by the first version of its API, H3 by the second. */
export const hailuo: Adapter = {
  capabilities: hailuoCapabilities,

  *submit(input) {
    const body = bodyOf(input);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const api = versionOf(input.upstreamModel);
    const reply = yield { method: 'POST', path: `/${api}/video_generation`, json: body.json, auth, creates: true };
    return submitted(reply, api);
  },

  *poll(handle) {
    const { id, api } = handleSchema.parse(handle);
    if (api === 'v2') return observeSecond(yield { method: 'GET', path: queryPath(id), auth });
    const query = { task_id: id };
    const reply = yield { method: 'GET', path: '/v1/query/video_generation', query, auth };
    const seen = observeFirst(reply);
    if (!('file' in seen)) return seen;
    const file = yield { method: 'GET', path: '/v1/files/retrieve', query: { file_id: seen.file }, auth };
    return seen.withFile(file);
  },

  *cancel(handle) {
    const { id, api } = handleSchema.parse(handle);
    if (api === 'v1') return 'unsupported';
    // DELETE on a task that has ended would remove its record, and the result with it.
    const status = stateOfSecond(yield { method: 'GET', path: queryPath(id), auth });
    if (status === 'cancelled') return 'cancelled';
    if (status === undefined) return 'unknown';
    if (status !== 'queued') return 'too_late';
    const path = `/v2/video_generation/${encodeURIComponent(id)}`;
    const reply = yield { method: 'DELETE', path, auth };
    if (!isSuccess(reply)) return errorIn(reply.body)?.type === 'bad_request_error' ? 'too_late' : 'unknown';
    const { action, status: left } = deletedSchema.safeParse(reply.body).data ?? {};
    if (action === 'cancelled' || left === 'cancelled') return 'cancelled';
    return action === 'deleted' ? 'too_late' : 'unknown';
  },

  adopt: (id, upstreamModel) => ({ id, api: versionOf(upstreamModel) }),
};

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1), api: z.enum(['v1', 'v2']).default('v1') });
/** Digits; a number where somebody forgot the quotes. */
const createdSchema = z.object({ task_id: z.union([z.string(), z.int().transform(String)]) });
const deletedSchema = z.object({ action: z.string().optional(), status: z.string().optional() });

function queryPath(id: string): string {
  return `/v2/query/video_generation/${encodeURIComponent(id)}`;
}

/** Both versions put errors into a success: only an empty task id beside a code means that nothing was made. */
function submitted(reply: Reply, api: Version): SubmitOutcome {
  if (!isSuccess(reply)) return refused(codeOfReply(reply), messageIn(reply), reply);
  const id = createdSchema.safeParse(reply.body).data?.task_id;
  const error = baseErrorIn(reply.body);
  if (error === undefined) {
    return id === undefined || id === '' ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id, api } };
  }
  const meaning = meaningOf(error) ?? (id === '' ? 'provider_error' : undefined);
  if (isFault(error) || meaning === undefined || (id !== undefined && id !== '')) {
    return { outcome: 'unknown', reason: `code ${error.code}: it may have been taken` };
  }
  return refused(meaning, error.message, reply);
}
