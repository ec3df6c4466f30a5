import { type listTasks, type RpcRequest, type TaskStatus } from '@videoapi/contracts';
import { fieldError } from '@videoapi/dialects';
import { readListQuery } from '../task/list-query.js';

export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

const statuses: Readonly<Record<string, TaskStatus>> = {
  queued: 'pending',
  in_progress: 'processing',
  completed: 'completed',
  failed: 'failed',
};

/**
 * The query of GET /v1/videos: OpenAI's limit, after and order, and our filters in this dialect's words. Undefined for a
 * page of nothing, which OpenAI allows to ask for. Throws `invalid_field`.
 */
export function readVideoQuery(raw: RawQuery, accountId: string): RpcRequest<typeof listTasks> | undefined {
  if (raw['limit'] === '0') return undefined;
  const { status, user, ...same } = raw;
  return readListQuery(
    {
      ...same,
      ...(status !== undefined && { status: statusOf(status) }),
      ...(user !== undefined && { end_user_id: user }),
    },
    accountId,
  );
}

function statusOf(value: string | string[]): TaskStatus {
  const status = typeof value === 'string' && Object.hasOwn(statuses, value) ? statuses[value] : undefined;
  if (status === undefined) throw fieldError(['status'], `must be one of ${Object.keys(statuses).join(', ')}`);
  return status;
}
