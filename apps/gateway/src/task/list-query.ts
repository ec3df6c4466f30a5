import { type listTasks, type RpcRequest, taskStatus } from '@videoapi/contracts';
import { fieldError } from '@videoapi/dialects';
import { z } from 'zod';

const when = z.iso.datetime({ offset: true });
const query = z.object({
  status: taskStatus.optional(),
  model: z.string().max(128).optional(),
  end_user_id: z.string().max(256).optional(),
  created_after: when.optional(),
  created_before: when.optional(),
  after: z.string().max(64).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});

/** `?metadata[shot]=7` */
const metadataName = /^metadata\[([^\]]{1,64})\]$/;

/** The query of a task list in canonical words. Throws `invalid_field`; unknown parameters are passed by. */
export function readListQuery(
  raw: Readonly<Record<string, string | string[] | undefined>>,
  accountId: string,
): RpcRequest<typeof listTasks> {
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value !== 'string') throw fieldError([name], 'must be given once');
    if (!value.isWellFormed() || value.includes('\0'))
      throw fieldError([name], 'must be well-formed Unicode without NUL');
  }
  const parsed = query.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fieldError(issue?.path ?? [], issue?.message ?? 'is not valid');
  }
  const { end_user_id, created_after, created_before, order, limit, ...same } = parsed.data;
  const metadata = metadataOf(raw);
  return {
    ...same,
    accountId,
    endUserId: end_user_id,
    createdAfter: created_after,
    createdBefore: created_before,
    order: order ?? 'desc',
    limit: limit ?? 20,
    ...(metadata !== undefined && { metadata }),
  };
}

function metadataOf(raw: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const pairs = Object.entries(raw).flatMap(([name, value]) => {
    const key = metadataName.exec(name)?.[1];
    return key !== undefined && typeof value === 'string' ? [[key, value] satisfies [string, string]] : [];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}
