import { Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

/** A refusal that has a status and a code of its own here. */
export class DashscopeRefusal extends Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super('invalid', message);
  }
}

const renderings: Record<RefusalKind, { status: number; code: string }> = {
  bad_credentials: { status: 401, code: 'InvalidApiKey' },
  no_balance: { status: 400, code: 'Arrearage' },
  rate_limited: { status: 429, code: 'Throttling.RateQuota' },
  overloaded: { status: 503, code: 'ModelUnavailable' },
  server_error: { status: 500, code: 'InternalError' },
  moderated: { status: 400, code: 'DataInspectionFailed' },
  invalid: { status: 400, code: 'InvalidParameter' },
  model_not_found: { status: 404, code: 'ModelNotFound' },
  not_found: { status: 404, code: 'NotFound' },
  conflict: { status: 400, code: 'UnsupportedOperation' },
};

/** Flat, beside a real status. */
export function refuse(refusal: Refusal, requestId: string): WireReply {
  const { status, code } = refusal instanceof DashscopeRefusal ? refusal : renderings[refusal.kind];
  const { message, param, kind, invalidity } = refusal;
  const about = kind === 'invalid' && param !== undefined;
  const text = about
    ? `The parameter ${param} is ${invalidity === 'missing' ? 'missing' : 'invalid'}: ${message}`
    : message;
  return { status, body: { code, message: text, request_id: requestId } };
}
