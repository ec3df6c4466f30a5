import {
  type Adapter,
  type AdapterObservation,
  failed,
  isSuccess,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { auth } from './auth.js';
import { falCapabilities } from './capabilities.js';
import { codeOfEnding, codeOfRefusal, errorIn, isNotFound } from './errors.js';
import { placeIn, placeOf } from './place.js';
import { orderOf } from './request.js';

/** fal.ai's queue: many providers' models behind one way of waiting. */
export const fal: Adapter = {
  capabilities: falCapabilities,

  *submit(input, channel) {
    const order = orderOf(input);
    if ('problem' in order) return refused('invalid_request', order.problem);
    const reply = yield { method: 'POST', ...order, auth, creates: true };
    if (isSuccess(reply)) {
      const id = placeOf(reply.body, input.upstreamModel, channel.baseUrl);
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfRefusal(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle) {
    const path = pathOf(handle);
    const look = yield { method: 'GET', path: `${path}/status`, query: { logs: '0' }, auth };
    if (!isSuccess(look))
      return isNotFound(look) ? { state: 'gone' } : unreadable(look, errorIn(look)?.type || undefined);
    const seen = statusSchema.safeParse(look.body).data;
    switch (seen?.status) {
      case undefined:
        return unreadable(look);
      case 'IN_QUEUE':
        return { state: 'queued' };
      case 'IN_PROGRESS':
        return { state: 'running' };
      case 'COMPLETED':
        // Finished, well or not: only the result tells.
        return ended(yield { method: 'GET', path, auth }, seen);
      default:
        return { state: 'running', unknownStatus: seen?.status.slice(0, 100) ?? '' };
    }
  },

  *cancel(handle) {
    const path = pathOf(handle);
    // What runs is asked to stop, and may not: only one that waits is surely taken out.
    const look = yield { method: 'GET', path: `${path}/status`, query: { logs: '0' }, auth };
    const status = isSuccess(look) ? statusSchema.safeParse(look.body).data?.status : undefined;
    if (status === undefined) return 'unknown';
    if (status === 'COMPLETED') return 'too_late';
    const reply = yield { method: 'PUT', path: `${path}/cancel`, auth };
    const said = statusSchema.safeParse(reply.body).data?.status;
    if (reply.status === 400 && said === 'ALREADY_COMPLETED') return 'too_late';
    return isSuccess(reply) && (status === 'IN_QUEUE' || said === 'OK') ? 'cancelled' : 'unknown';
  },

  adopt: (upstreamId, upstreamModel) => ({ id: placeIn(upstreamModel, upstreamId) }),
};

const handleSchema = z.object({ id: z.string().min(1) });

function pathOf(handle: unknown): string {
  return `/${handleSchema.parse(handle).id.split('/').map(encodeURIComponent).join('/')}`;
}

const text = z.string().nullish().catch(undefined);
const statusSchema = z.object({ status: z.string(), error: text, error_type: text });
type Status = z.output<typeof statusSchema>;

const file = z.object({ url: z.string() });
const resultSchema = z.object({
  video: file.nullish().catch(undefined),
  videos: z.array(file).nullish().catch(undefined),
});

function ended(reply: Reply, { error: announced, error_type: type }: Status): AdapterObservation {
  if (isSuccess(reply)) {
    const result = resultSchema.safeParse(reply.body).data;
    const url = urlOf(result?.video?.url ?? result?.videos?.[0]?.url);
    if (url === undefined) return unreadable(reply, 'completed without a result');
    return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
  }
  const error = errorIn(reply) ?? { message: '', type: '', isOfModel: false };
  const named = error.type === '' ? { ...error, type: type ?? '' } : error;
  const message = error.message || (announced ?? '');
  const code = codeOfEnding(named, reply.status);
  if (code !== undefined) return failed(code, message);
  // The status had said so; otherwise the result is out of reach, or asked for too early.
  return announced || type ? failed('provider_error', message) : unreadable(reply, error.type || undefined);
}
