import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const renderings: Record<RefusalKind, { status: number; reason: string }> = {
  bad_credentials: { status: 401, reason: 'Unauthorized' },
  // An empty account is a bad request like any other, but for its reason.
  no_balance: { status: 400, reason: 'CreditInsufficient' },
  rate_limited: { status: 429, reason: 'TooManyRequests' },
  overloaded: { status: 429, reason: 'QuotaExceeded' },
  server_error: { status: 500, reason: 'InternalServiceFailure' },
  moderated: { status: 400, reason: 'AuditSubmitIllegal' },
  invalid: { status: 400, reason: 'FieldInvalid' },
  model_not_found: { status: 400, reason: 'ModelUnavailable' },
  not_found: { status: 404, reason: 'TaskNotFound' },
  conflict: { status: 400, reason: 'BadRequest' },
};

/** `{ code, reason, message, metadata }`. */
export function refuse(refusal: Refusal, requestId: string): WireReply {
  const { status, reason } = renderings[refusal.kind];
  return {
    status,
    body: {
      code: status,
      reason: refusal.kind === 'invalid' ? reasonOf(refusal) : reason,
      message: refusal.message,
      metadata: { trace_id: requestId.replaceAll('-', '') },
    },
  };
}

function reasonOf({ invalidity, param }: Refusal): string {
  if (invalidity === 'missing') return 'FieldLacking';
  if (invalidity === 'unknown') return 'FieldUnwanted';
  if (param === 'pager.pagesz') return 'PageSizeOutOfRange';
  // What is wrong with one of them names it: the list itself can only be too short or too long.
  return param === 'images' || param === 'subjects' ? 'FieldItemCountOutOfRange' : 'FieldInvalid';
}
