import { type Phase } from '../../engine/timeline.js';
import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { fileUrl, oddStatus, type Sighting, type Wire, type WireReply } from '../wire.js';

/** It calls nobody back. */
export const yishangWire: Wire = { name: 'yishang', announces: 'nothing', refuse };

interface Rendering {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  /** Its own words, where the document has them. */
  readonly message?: string;
}

const serverError = { status: 500, type: 'server_error', code: 'internal_error', message: 'Internal server error' };
const invalid = { status: 400, type: 'invalid_request_error', code: 'invalid_parameter' };
const renderings: Record<RefusalKind, Rendering> = {
  bad_credentials: {
    status: 401,
    type: 'authentication_error',
    code: 'invalid_api_key',
    message: 'Invalid API key provided',
  },
  no_balance: { status: 403, type: 'permission_error', code: 'insufficient_quota', message: 'Insufficient quota' },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: 'Rate limit exceeded',
  },
  overloaded: serverError,
  server_error: serverError,
  moderated: { ...invalid, code: 'content_policy_violation', message: '提示词包含敏感内容' },
  invalid,
  model_not_found: invalid,
  not_found: { status: 404, type: 'not_found_error', code: 'task_not_found', message: 'Task not found' },
  conflict: invalid,
};

/** `{ error: { message, type, code } }`. */
function refuse({ kind, message, param, invalidity }: Refusal): WireReply {
  const { status, type, code, message: words = message } = renderings[kind];
  const isMissing = kind === 'invalid' && invalidity === 'missing';
  const error = isMissing
    ? { message: `${param ?? 'a'} field is required`, type, code: 'missing_parameter' }
    : { message: words, type, code };
  return { status, body: { error } };
}

const statuses: Record<Phase, 'queued' | 'processing' | 'completed' | 'failed'> = {
  queued: 'queued',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

export function acceptedOf({ render }: Sighting) {
  return { task_id: render.id, status: 'queued', message: '视频生成任务已提交,正在处理中' };
}

/** Times as ISO text, the length as a number that need not be whole. How a failure looks is a guess. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { id, order, plan, file } = render;
  const { phase, progress } = state;
  const head = { task_id: id, status: odd ? oddStatus : statuses[phase] };
  if (phase === 'succeeded') {
    return {
      ...head,
      progress: 100,
      video_url: fileUrl(render),
      thumbnail_url: fileUrl(render, 'png'),
      seconds: order.durationMs / 1000,
      ...order.size,
      file_size: file?.bytes ?? 0,
      created_at: isoSeconds(plan.createdAt),
      completed_at: isoSeconds(state.since),
    };
  }
  if (phase === 'queued') return { ...head, message: '视频生成任务已提交,正在处理中' };
  if (phase === 'running') return { ...head, progress, message: `视频生成中,已完成${progress}%` };
  const { type, code, message } = renderings.moderated;
  return {
    ...head,
    progress: 0,
    message: '视频生成失败',
    ...(phase === 'moderated' && { error: { message, type, code } }),
  };
}

/** `2024-01-15T10:30:00Z`. */
function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
