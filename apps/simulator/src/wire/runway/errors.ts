import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const statuses: Record<RefusalKind, number> = {
  bad_credentials: 401,
  no_balance: 402,
  // The cap of a day: too many at once are never refused.
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  moderated: 400,
  invalid: 400,
  // A model is a word of the body like any other.
  model_not_found: 400,
  not_found: 404,
  conflict: 409,
};

/** `{ error, docUrl, issues? }`; a refusal for its content has the code that tasks have. */
export function refuse({ kind, message, param }: Refusal): WireReply {
  const status = statuses[kind];
  const isInvalid = kind === 'invalid' || kind === 'model_not_found';
  return {
    status,
    body: {
      error: isInvalid ? 'Validation of body failed' : message,
      docUrl: 'https://docs.dev.runwayml.com/errors',
      ...(isInvalid && { issues: [{ code: 'invalid', message, path: (param ?? '').split('.') }] }),
      ...(kind === 'moderated' && { failureCode: 'SAFETY.INPUT.TEXT' }),
    },
  };
}
