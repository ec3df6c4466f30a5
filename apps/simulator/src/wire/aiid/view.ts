import { type Phase } from '../../engine/timeline.js';
import { type RefusalKind } from '../../http/refusal.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';

const refusals: Record<RefusalKind, { status: number; code: string }> = {
  bad_credentials: { status: 401, code: 'invalid_api_key' },
  no_balance: { status: 403, code: 'insufficient_user_quota' },
  rate_limited: { status: 429, code: 'rate_limit_exceeded' },
  overloaded: { status: 503, code: 'upstream_overloaded' },
  server_error: { status: 500, code: 'internal_error' },
  moderated: { status: 400, code: 'content_policy' },
  invalid: { status: 400, code: 'invalid_request_error' },
  model_not_found: { status: 404, code: 'model_not_found' },
  not_found: { status: 404, code: 'task_not_exist' },
  conflict: { status: 409, code: 'conflict' },
};

/** Errors have no type and no param: `{ error: { code, message } }`. It documents no callback. */
export const aiidWire: Wire = {
  name: 'aiid',
  announces: 'nothing',
  refuse: ({ kind, message, param, invalidity }) => {
    const { status, code } = refusals[kind];
    const text = kind === 'invalid' && invalidity === 'missing' ? `${param ?? 'a parameter'} is required` : message;
    return { status, body: { error: { code, message: text } } };
  },
};

const statuses: Record<Phase, 'queued' | 'in_progress' | 'completed' | 'failed'> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

const errors: Partial<Record<Phase, { code: string; message: string }>> = {
  failed: { code: 'task_failed', message: 'generation failed' },
  moderated: { code: 'content_policy', message: 'rejected' },
  expired: { code: 'task_timeout', message: 'generation timed out' },
  cancelled: { code: 'task_failed', message: 'generation failed' },
};

/** OpenAI's object with this reseller's ways: milliseconds, the old `task_id`, absent instead of null, a public URL. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { order, plan } = render;
  const error = errors[state.phase];
  return {
    id: render.id,
    task_id: render.id,
    object: 'video',
    model: order.model,
    status: odd ? oddStatus : statuses[state.phase],
    progress: error === undefined ? state.progress : 0,
    created_at: plan.createdAt,
    ...order.echo,
    ...(state.phase === 'succeeded' && { completed_at: state.since, video_url: fileUrl(render) }),
    ...(error !== undefined && { error }),
  };
}
