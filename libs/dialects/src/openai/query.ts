import { type listTasks, type RpcRequest, type TaskStatus } from '@videoapi/contracts';
import { type z } from 'zod';
import { digits } from '../field.js';
import { listQuery as nativeListQuery, parseQuery, type RawQuery, tagsOf, toListRequest } from '../native/query.js';
import { videoStatus } from './answer.js';

const statuses = {
  queued: 'pending',
  in_progress: 'processing',
  completed: 'completed',
  failed: 'failed',
} as const satisfies Record<z.output<typeof videoStatus>, TaskStatus>;

/** OpenAI's limit, after and order, and our filters in this dialect's words. */
export const listQuery = nativeListQuery.omit({ end_user_id: true }).extend({
  status: videoStatus.optional(),
  user: nativeListQuery.shape.end_user_id,
  limit: digits(0, 100).optional().describe('20 when left out.'),
});

/** The query of GET /v1/videos. Undefined for a page of nothing, which OpenAI allows to ask for. Throws `invalid_field`. */
export function readListQuery(raw: RawQuery, accountId: string): RpcRequest<typeof listTasks> | undefined {
  const { status, user, ...same } = parseQuery(listQuery, raw);
  if (same.limit === 0) return undefined;
  const canonical = { ...same, status: status && statuses[status], end_user_id: user };
  return { ...toListRequest(canonical), ...tagsOf(raw), accountId };
}
