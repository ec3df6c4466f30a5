import {
  type Adapter,
  isSuccess,
  refused,
  type Reply,
  type SubmitOutcome,
  unreadable,
  unreadableSubmit,
} from '@videoapi/provider-kit';
import { type Handle } from '@videoapi/contracts';
import { z } from 'zod';
import { klingCapabilities } from './capabilities.js';
import { errorIn, failureIn } from './errors.js';
import { wireOf } from './request.js';
import { authOf, usesKeyPair } from './sign.js';
import { createdIn, legacyTaskIn, listIn, observed } from './task.js';

/** Kling, in both of its API generations. */
export const kling: Adapter = {
  capabilities: klingCapabilities,

  *submit(input, channel) {
    const wire = wireOf(input);
    if ('problem' in wire) return refused('invalid_request', wire.problem);
    if (wire.kind === undefined && usesKeyPair(channel)) {
      return refused('provider_error', 'This model takes an API key; the channel has an access key and a secret key.');
    }
    const { path, json } = wire;
    const reply = yield { method: 'POST', path, json, auth: authOf(channel), creates: true };
    return submitted(reply, { kind: wire.kind, marked: input.request.watermark });
  },

  *poll(handle, channel) {
    const { id, kind, marked } = handleSchema.parse(handle);
    const auth = authOf(channel);
    if (kind !== undefined) {
      const reply = yield { method: 'GET', path: legacyPath(kind, id), auth };
      const task = legacyTaskIn(reply);
      if (task !== undefined) return observed(reply, task, marked);
      return isUnknown(reply) ? { state: 'gone' } : unreadable(reply, reasonIn(reply));
    }
    const reply = yield { method: 'GET', path: tasks, query: { task_ids: id }, auth };
    const list = listIn(reply);
    const task = list?.tasks.find((one) => one.id === id);
    if (task !== undefined) return observed(reply, task, marked);
    return list?.isEmpty === true ? { state: 'gone' } : unreadable(reply, reasonIn(reply));
  },

  /** The new generation alone has a call for several; those of the legacy one are asked alone. */
  *pollMany(handles, channel) {
    const parsed = handles.map((handle) => handleSchema.parse(handle));
    const ids = parsed.flatMap(({ id, kind }) => (kind === undefined ? [id] : []));
    if (ids.length === 0) return parsed.map(() => undefined);
    const query = { task_ids: ids.join(',') };
    const reply = yield { method: 'GET', path: tasks, query, auth: authOf(channel) };
    const byId = new Map(listIn(reply)?.tasks.map((task) => [task.id, task]));
    return parsed.map(({ id, kind, marked }) => {
      const task = kind === undefined ? byId.get(id) : undefined;
      const seen = task && observed(reply, task, marked);
      return seen?.state === 'unreadable' ? undefined : seen;
    });
  },

  *lookup(input, channel) {
    const wire = wireOf(input);
    if ('problem' in wire) return { outcome: 'cannot_tell', reason: wire.problem };
    const { reference, request } = input;
    const facts = { kind: wire.kind, marked: request.watermark };
    const auth = authOf(channel);
    if (wire.kind !== undefined) {
      const reply = yield { method: 'GET', path: legacyPath(wire.kind, reference), auth };
      const task = legacyTaskIn(reply);
      if (task !== undefined) return { outcome: 'found', handle: handleOf(task.id, facts) };
      return isUnknown(reply) ? { outcome: 'absent', settleMs } : cannotTell(reply);
    }
    const reply = yield { method: 'GET', path: tasks, query: { external_task_ids: reference }, auth };
    const list = listIn(reply);
    const task = list?.tasks.find((one) => one.reference === reference);
    if (task !== undefined) return { outcome: 'found', handle: handleOf(task.id, facts) };
    return list?.isEmpty === true ? { outcome: 'absent', settleMs } : cannotTell(reply);
  },
};

const tasks = '/tasks';
/** How long after a call its task may be missing. A guess on the safe side. */
const settleMs = 60_000;

/** `kind`: the legacy path that it was created under. `marked`: the copy with the watermark is wanted. */
const handleSchema = z.object({
  id: z.string().min(1),
  kind: z.string().optional(),
  marked: z.boolean().default(false),
});

function handleOf(id: string, { kind, marked }: { kind: string | undefined; marked: boolean | undefined }): Handle {
  return { id, ...(kind !== undefined && { kind }), ...(marked === true && { marked }) };
}

function legacyPath(kind: string, id: string): string {
  return `/v1/videos/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`;
}

function submitted(reply: Reply, facts: Parameters<typeof handleOf>[1]): SubmitOutcome {
  if (!isSuccess(reply)) return { outcome: 'refused', failure: failureIn(reply) };
  const id = createdIn(reply);
  return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: handleOf(id, facts) };
}

/** 1202, a wrong method or path, is 404 as well and says nothing about the task. */
function isUnknown(reply: Reply): boolean {
  return reply.status === 404 && errorIn(reply)?.code === 1203;
}

/** `SUCCEED` with code 0 is no reason. */
function reasonIn(reply: Reply): string | undefined {
  const error = errorIn(reply);
  return error === undefined || error.code === 0 ? undefined : error.message;
}

function cannotTell({ status }: Reply) {
  return { outcome: 'cannot_tell', reason: `status ${status}: not an answer about the task` } as const;
}
