import { type Call, type LookupOutcome, type Step } from '@videoapi/provider-kit';
import { z } from 'zod';
import { dataOf } from './envelope.js';
import { projects } from './request.js';

const item = z.object({
  id: z.string().min(1).optional(),
  _id: z.string().min(1).optional(),
  name: z.string().nullish(),
});
/** A bare list, or one by whatever name. */
const list = z.union([z.array(item), z.record(z.string(), z.unknown()).transform(firstList).pipe(z.array(item))]);

/** By name, among the projects that are ready: one that still renders is not listed, so nobody can say that there is none. */
export function* searchProjects(reference: string, auth: Call['auth']): Step<LookupOutcome> {
  const reply = yield { method: 'GET', path: projects, auth };
  const found = dataOf(reply, list)?.find(({ name }) => name === reference);
  const id = found?.id ?? found?._id;
  if (id !== undefined) return { outcome: 'found', handle: { id } };
  return { outcome: 'cannot_tell', reason: `status ${reply.status}: not among the projects that are ready` };
}

function firstList(data: Readonly<Record<string, unknown>>): unknown {
  return Object.values(data).find((value) => Array.isArray(value));
}
