import {
  type Adapter,
  type AdapterObservation,
  type Call,
  failed,
  isSuccess,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { dreamMachineCapabilities } from './capabilities.js';
import { codeOfError, codeOfFailure, errorIn } from './errors.js';
import { bodyOf } from './request.js';

/** Luma's Dream Machine API, for Ray 2. */
export const dreamMachine: Adapter = {
  capabilities: dreamMachineCapabilities,

  *submit(input) {
    const body = bodyOf(input);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const reply = yield { method: 'POST', path: '/generations/video', json: body.json, auth, creates: true };
    if (isSuccess(reply)) {
      const id = createdSchema.safeParse(reply.body).data?.id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `/generations/${encodeURIComponent(id)}`, auth };
    if (isSuccess(reply)) return observed(reply, generationSchema.safeParse(reply.body).data);
    return reply.status === 404 && errorIn(reply) !== undefined ? { state: 'gone' } : unreadable(reply);
  },
};

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ id: z.string().min(1) });

const generationSchema = z.object({
  state: z.string(),
  assets: z.object({ video: z.string() }).nullish().catch(undefined),
  failure_reason: z.string().nullish().catch(undefined),
  failure_code: z.string().nullish().catch(undefined),
});
type Generation = z.output<typeof generationSchema>;

/** There is no percentage. */
function observed(reply: Reply, generation: Generation | undefined): AdapterObservation {
  if (generation === undefined) return unreadable(reply);
  switch (generation.state) {
    case 'queued':
      return { state: 'queued' };
    case 'dreaming':
      return { state: 'running' };
    case 'completed': {
      const url = urlOf(generation.assets?.video);
      if (url === undefined) return unreadable(reply, 'completed without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'failed':
      return failed(codeOfFailure(generation.failure_code ?? ''), generation.failure_reason ?? '');
    default:
      return { state: 'running', unknownStatus: generation.state.slice(0, 100) };
  }
}
