import { type WireReply } from '../wire/wire.js';
import { type Refusal, type RefusalKind } from './refusal.js';

const statuses: Record<RefusalKind, number> = {
  bad_credentials: 401,
  no_balance: 402,
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  moderated: 400,
  invalid: 400,
  model_not_found: 404,
  not_found: 404,
  conflict: 409,
};

/** The shape of the control API, of file links and of our own wire format. */
export function plain({ kind, message, param }: Refusal): WireReply {
  return { status: statuses[kind], body: { error: { code: kind, message, param: param ?? null } } };
}
