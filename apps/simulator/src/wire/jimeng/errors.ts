import { Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

/** What the gateway before the service says, in an envelope of its own. */
export class GatewayRefusal extends Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super('bad_credentials', message);
  }
}

const gateway: Partial<Record<RefusalKind, { status: number; code: string }>> = {
  bad_credentials: { status: 401, code: 'SignatureDoesNotMatch' },
  no_balance: { status: 403, code: 'AccountOverdue' },
  not_found: { status: 404, code: 'InvalidActionOrVersion' },
};

const own: Partial<Record<RefusalKind, { status: number; code: number; message?: string }>> = {
  rate_limited: { status: 429, code: 50429, message: 'Request Has Reached API Limit, Please Try Later' },
  overloaded: { status: 429, code: 50430, message: 'Request Has Reached API Concurrent Limit, Please Try Later' },
  moderated: { status: 400, code: 50412, message: 'Text Risk Not Pass' },
  invalid: { status: 400, code: 50200 },
  model_not_found: { status: 400, code: 50200 },
};
const fault = { status: 500, code: 50500, message: 'Internal Error' };

/** Two envelopes: the gateway's for who may call at all, the service's for the rest. */
export function refuse(refusal: Refusal, requestId: string): WireReply {
  const { kind, message, param } = refusal;
  const before = refusal instanceof GatewayRefusal ? refusal : gateway[kind];
  if (before !== undefined) {
    const error = { CodeN: 100010, Code: before.code, Message: message };
    const metadata = { RequestId: requestId, Service: 'cv', Region: 'cn-north-1', Error: error };
    return { status: before.status, body: { ResponseMetadata: metadata } };
  }
  const { status, code, message: words } = own[kind] ?? fault;
  const text = words ?? (param === undefined ? message : `invalid param ${param}: ${message}`);
  return { status, body: failureBody(code, text, requestId) };
}

export function failureBody(code: number, message: string, requestId: string) {
  return { code, data: null, message, request_id: requestId, status: code, time_elapsed: '0' };
}
