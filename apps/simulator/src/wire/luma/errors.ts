import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const statuses: Record<RefusalKind, number> = {
  bad_credentials: 401,
  no_balance: 402,
  rate_limited: 429,
  overloaded: 429,
  server_error: 503,
  moderated: 400,
  invalid: 422,
  model_not_found: 422,
  not_found: 404,
  conflict: 409,
};

/** How long to wait, in seconds: the rate passes sooner than a place gets free. */
const waits: Partial<Record<RefusalKind, string>> = { rate_limited: '2', overloaded: '60' };

/** `{ detail }`, always text; a refusal for its content has the code that generations have. */
export function refuse({ kind, message, param }: Refusal): WireReply {
  const wait = waits[kind];
  return {
    status: statuses[kind],
    ...(wait !== undefined && { headers: { 'retry-after': wait, 'x-ratelimit-limit': '30' } }),
    body: {
      detail: kind === 'invalid' && param !== undefined ? `${param}: ${message}` : message,
      ...(kind === 'moderated' && { failure_code: 'content_moderated' }),
    },
  };
}
