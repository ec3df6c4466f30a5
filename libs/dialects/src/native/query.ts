import { type listTasks, type RpcRequest, taskStatus } from '@videoapi/contracts';
import { z } from 'zod';
import { digits, isStorable } from '../field.js';
import { fieldError } from '../issue.js';

/** As a server parses a query string: a name that is given twice has a list of values. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

const when = z.iso.datetime({ offset: true });

export const listQuery = z.object({
  status: taskStatus.optional(),
  model: z.string().max(128).optional(),
  end_user_id: z.string().max(256).optional(),
  created_after: when.optional(),
  created_before: when.optional(),
  after: z.string().max(64).optional().describe('`last_id` of the page before.'),
  order: z.enum(['asc', 'desc']).optional().describe('By time of creation; `desc` when left out.'),
  limit: digits(1, 100).optional().describe('20 when left out. A page of very long tasks may be shorter.'),
});

/** `?metadata[shot]=7`: as many as one likes, so they are no fields of the query itself. */
export const metadataQuery = z.object({
  metadata: z
    .record(z.string().min(1).max(64), z.string())
    .optional()
    .meta({ description: 'Only tasks with these tags.', param: { style: 'deepObject', explode: true } }),
});
const metadataName = /^metadata\[([^\]]{1,64})\]$/;

/** The query of a task list in canonical words. Throws `invalid_field`; unknown parameters are passed by. */
export function readListQuery(raw: RawQuery, accountId: string): RpcRequest<typeof listTasks> {
  return { ...toListRequest(parseQuery(listQuery, raw)), ...tagsOf(raw), accountId };
}

/** Throws `invalid_field` with the schema's own name of the parameter. */
export function parseQuery<Shape extends z.ZodObject>(schema: Shape, raw: RawQuery): z.output<Shape> {
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value !== 'string') throw fieldError([name], 'must be given once');
    if (!isStorable(value)) throw fieldError([name], 'must be well-formed Unicode without NUL');
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fieldError(issue?.path ?? [], issue?.message ?? 'is not valid');
}

export function toListRequest(query: z.output<typeof listQuery>) {
  const { end_user_id, created_after, created_before, order, limit, ...same } = query;
  return {
    ...same,
    endUserId: end_user_id,
    createdAfter: created_after,
    createdBefore: created_before,
    order: order ?? 'desc',
    limit: limit ?? 20,
  };
}

export function tagsOf(raw: RawQuery): { readonly metadata?: Record<string, string> } {
  const pairs = Object.entries(raw).flatMap(([name, value]) => {
    const key = metadataName.exec(name)?.[1];
    return key !== undefined && typeof value === 'string' ? [[key, value] satisfies [string, string]] : [];
  });
  return pairs.length === 0 ? {} : { metadata: Object.fromEntries(pairs) };
}

const maxWaitSeconds = 60;

export const waitQuery = z.object({
  wait: digits(0, maxWaitSeconds).optional().describe('Seconds to hold the answer back until the task has ended.'),
});

/** `?wait=25` in milliseconds; 0 when it is not asked for. */
export function readWait(wait: unknown): number {
  const parsed = waitQuery.safeParse({ wait });
  if (!parsed.success) throw fieldError(['wait'], `must be a whole number of seconds, at most ${maxWaitSeconds}`);
  return (parsed.data.wait ?? 0) * 1000;
}
