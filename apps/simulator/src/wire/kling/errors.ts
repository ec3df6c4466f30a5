import { Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

/** Kling has a number for each way in which a credential can be wrong. */
export class AuthRefusal extends Refusal {
  constructor(
    readonly code: 1000 | 1001 | 1002 | 1003 | 1004,
    message: string,
  ) {
    super('bad_credentials', message);
  }
}

/** 429 is an empty account as often as a rate. Where `message` stands, Kling says always the same. */
const renderings: Record<RefusalKind, { status: number; code: number; message?: string }> = {
  bad_credentials: { status: 401, code: 1002, message: 'api key not found' },
  no_balance: { status: 429, code: 1102, message: 'Account balance not enough' },
  rate_limited: { status: 429, code: 1303, message: 'parallel task over resource pack limit' },
  overloaded: { status: 503, code: 5001, message: 'Service temporarily unavailable, usually under maintenance' },
  server_error: { status: 500, code: 5000, message: 'Internal server error' },
  moderated: { status: 400, code: 1301, message: 'Failure to pass the risk control system' },
  invalid: { status: 400, code: 1201 },
  model_not_found: { status: 404, code: 1203 },
  not_found: { status: 404, code: 1203, message: 'Task not found' },
  conflict: { status: 400, code: 1201 },
};

/** `{ code, message, request_id }`, without `data`. */
export function refuse(refusal: Refusal, requestId: string): WireReply {
  const { status, code, message = worded(refusal) } = renderings[refusal.kind];
  const isAuth = refusal instanceof AuthRefusal;
  return {
    status,
    body: {
      code: isAuth ? refusal.code : code,
      message: isAuth ? refusal.message : message,
      request_id: requestId,
    },
  };
}

function worded({ message, param }: Refusal): string {
  return param === undefined ? message : `${param}: ${message}`;
}
