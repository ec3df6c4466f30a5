import {
  type Adapter,
  type AdapterObservation,
  failureOf,
  isSuccess,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { aistudiosCapabilities } from './capabilities.js';
import { placeOf } from './channel.js';
import { codeOfRefusal, dataOf, meaningOf, refusalIn } from './envelope.js';
import { searchProjects } from './lookup.js';
import { orderOf, projects } from './request.js';
import { auth } from './token.js';

/** DeepBrain's AI Studios V3: avatars that speak a script. */
export const aistudios: Adapter = {
  capabilities: aistudiosCapabilities,

  *submit(input, channel) {
    const order = orderOf(input, placeOf(channel));
    if ('problem' in order) return refused('invalid_request', order.problem);
    const reply = yield { method: 'POST', ...order, auth, creates: true };
    const refusal = refusalIn(reply);
    if (refusal !== undefined || !isSuccess(reply)) {
      return refused(codeOfRefusal(refusal, reply.status), refusal?.msg ?? '', reply);
    }
    const id = dataOf(reply, createdSchema)?.projectId;
    return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const path = `/api/odin/v3/editor/progress/${encodeURIComponent(id)}`;
    const reply = yield { method: 'GET', path, auth };
    const refusal = refusalIn(reply);
    if (refusal !== undefined)
      return isGone(reply, refusal) ? { state: 'gone' } : unreadable(reply, refusal.code || refusal.msg);
    const seen = isSuccess(reply) ? dataOf(reply, progressSchema) : undefined;
    return seen === undefined ? unreadable(reply) : observed(seen);
  },

  *lookup(input, channel) {
    const order = orderOf(input, placeOf(channel));
    if ('problem' in order || order.path !== projects) {
      return { outcome: 'cannot_tell', reason: 'a quick render has no name' };
    }
    return yield* searchProjects(input.reference, auth);
  },
};

const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ projectId: z.string().min(1) });

const percent = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number),
]);
const progressSchema = z.object({
  progress: percent.nullish().catch(undefined),
  state: z.string().nullish().catch(undefined),
  /** The two spellings of one thing. */
  downloadUrl: z.unknown().optional(),
  download_url: z.unknown().optional(),
  error: z
    .object({ code: z.coerce.string().catch(''), msg: z.string().catch('') })
    .nullish()
    .catch(undefined),
});
type Progress = z.output<typeof progressSchema>;

/** Words seen beside a percentage, which says more than they do. The list of states is unpublished. */
const knownStates =
  /^(wait(ing)?|queued?|ready|start(ed)?|running|process(ing)?|synthesis|export(ing|ed)?|finish|complete)$/i;

function observed({ progress, state, downloadUrl, download_url, error }: Progress): AdapterObservation {
  if (state && /fail|error/i.test(state)) {
    const code = meaningOf(error ?? undefined) === 'content_rejected' ? 'content_rejected' : 'provider_error';
    return { state: 'failed', failure: failureOf(code, error?.msg ?? '') };
  }
  const url = urlOf(downloadUrl) ?? urlOf(download_url);
  const isOver = progress === 100 || /^(complete|exported|finish)$/i.test(state ?? '');
  if (isOver && url !== undefined) return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
  if (typeof progress === 'number' && progress > 0) {
    // At 100 the link may still be on its way.
    return { state: 'running', progress: Math.floor(Math.min(progress, 99)) };
  }
  const isOdd = typeof progress !== 'number' && state && !knownStates.test(state);
  return isOdd ? { state: 'running', unknownStatus: state.slice(0, 100) } : { state: 'queued' };
}

function isGone({ status }: Reply, { code }: { readonly code: string }): boolean {
  return /not_?(found|exist)|^404$/i.test(code) && (status === 404 || status < 300);
}
