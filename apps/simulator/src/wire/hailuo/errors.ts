import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const codes: Record<RefusalKind, { code: number; message: string }> = {
  bad_credentials: {
    code: 1004,
    message: "login fail: Please carry the API secret key in the 'Authorization' field of the request header",
  },
  no_balance: { code: 1008, message: 'insufficient balance' },
  rate_limited: { code: 1002, message: 'rate limit' },
  overloaded: { code: 1041, message: 'conn limit' },
  server_error: { code: 1000, message: 'unknown error' },
  moderated: { code: 1026, message: 'input new_sensitive' },
  invalid: { code: 2013, message: 'invalid params' },
  model_not_found: { code: 2013, message: 'invalid params' },
  not_found: { code: 2013, message: 'invalid params' },
  conflict: { code: 2013, message: 'invalid params' },
};

/** What v2 says with a status of its own; the rest it says as v1 does. */
const statuses: Partial<Record<RefusalKind, { status: number; type: string }>> = {
  bad_credentials: { status: 401, type: 'authorized_error' },
  rate_limited: { status: 429, type: 'rate_limit_error' },
  server_error: { status: 500, type: 'server_error' },
  invalid: { status: 400, type: 'bad_request_error' },
  model_not_found: { status: 400, type: 'bad_request_error' },
  not_found: { status: 400, type: 'bad_request_error' },
  conflict: { status: 400, type: 'bad_request_error' },
};

/** v1 answers every error with status 200. */
export function refuse(refusal: Refusal, requestId: string, path: string): WireReply {
  const { code, message } = codes[refusal.kind];
  const text = code === 2013 ? `${message}, ${aboutOf(refusal)}` : message;
  const own = path.startsWith('/hailuo/v2/') ? statuses[refusal.kind] : undefined;
  if (own === undefined) {
    return { status: 200, body: { task_id: '', base_resp: { status_code: code, status_msg: text } } };
  }
  const { status, type } = own;
  const error = { type, message: text, http_code: String(status) };
  return { status, body: { type: 'error', error, request_id: requestId } };
}

function aboutOf({ param, message }: Refusal): string {
  return param === undefined ? message : `${param}: ${message}`;
}
