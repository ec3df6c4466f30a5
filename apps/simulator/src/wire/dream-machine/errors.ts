import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const statuses: Record<RefusalKind, number> = {
  bad_credentials: 401,
  no_balance: 402,
  rate_limited: 429,
  overloaded: 429,
  server_error: 500,
  moderated: 400,
  invalid: 400,
  model_not_found: 400,
  not_found: 404,
  conflict: 409,
};

/** `{ detail }`, always text; a refusal for its content has the code that the later API has for it. */
export function refuse({ kind, message, param }: Refusal): WireReply {
  return {
    status: statuses[kind],
    body: {
      detail: kind === 'invalid' && param !== undefined ? `${param}: ${message}` : message,
      ...(kind === 'moderated' && { failure_code: 'content_moderated' }),
    },
  };
}
