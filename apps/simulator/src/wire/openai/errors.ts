import { type Invalidity, type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

interface Rendering {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
}

const renderings: Record<RefusalKind, Rendering> = {
  bad_credentials: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' },
  no_balance: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  rate_limited: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  overloaded: { status: 503, type: 'server_error', code: null },
  server_error: { status: 500, type: 'server_error', code: null },
  moderated: { status: 400, type: 'invalid_request_error', code: 'moderation_blocked' },
  invalid: { status: 400, type: 'invalid_request_error', code: 'invalid_value' },
  model_not_found: { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  not_found: { status: 404, type: 'invalid_request_error', code: null },
  conflict: { status: 409, type: 'invalid_request_error', code: 'conflict' },
};

const invalidities: Record<Invalidity, string> = {
  missing: 'missing_required_parameter',
  unknown: 'unknown_parameter',
  type: 'invalid_type',
  value: 'invalid_value',
};

/** `{ error: { message, type, param, code } }`. */
export function refuse(refusal: Refusal): WireReply {
  const { status, type, code } = renderings[refusal.kind];
  return {
    status,
    headers: headersOf(refusal.kind),
    body: {
      error: {
        message: messageOf(refusal),
        type,
        param: refusal.param ?? null,
        code: refusal.kind === 'invalid' ? invalidities[refusal.invalidity] : code,
      },
    },
  };
}

function messageOf({ kind, message, param, invalidity }: Refusal): string {
  if (kind === 'no_balance') return 'You exceeded your current quota, please check your plan and billing details.';
  if (kind === 'moderated') return 'Your request was blocked by our moderation system.';
  if (kind === 'invalid' && invalidity === 'missing') return `Missing required parameter: '${param ?? ''}'.`;
  if (kind === 'invalid' && invalidity === 'unknown') return `Unknown parameter: '${param ?? ''}'.`;
  return message;
}

function headersOf(kind: RefusalKind): Record<string, string> {
  if (kind === 'rate_limited') return { 'retry-after': '1', 'retry-after-ms': '500' };
  return kind === 'no_balance' ? { 'x-should-retry': 'false' } : {};
}
