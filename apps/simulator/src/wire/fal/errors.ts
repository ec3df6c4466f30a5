import { type Invalidity, type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const statuses: Record<RefusalKind, number> = {
  bad_credentials: 401,
  no_balance: 402,
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  moderated: 422,
  invalid: 422,
  model_not_found: 404,
  not_found: 404,
  conflict: 400,
};

const types: Record<Invalidity, string> = {
  missing: 'missing',
  unknown: 'extra_forbidden',
  type: 'type_error',
  value: 'value_error',
};

export const flagged = {
  detail: [
    {
      loc: ['body', 'prompt'],
      msg: 'The content could not be processed because it contained material flagged by a content checker.',
      type: 'content_policy_violation',
      url: 'https://docs.fal.ai/errors#content_policy_violation',
    },
  ],
};

/** A list by the model that read the input, or a sentence by the platform. */
export function refuse({ kind, message, param, invalidity }: Refusal): WireReply {
  const status = statuses[kind];
  if (kind === 'moderated') return { status, body: flagged };
  if (kind === 'invalid') {
    const loc = ['body', ...(param === undefined ? [] : param.split('.'))];
    return { status, body: { detail: [{ loc, msg: message, type: types[invalidity] }] } };
  }
  if (kind === 'no_balance') return { status, body: { detail: 'User is locked. Reason: Exhausted balance.' } };
  if (kind === 'not_found') return { status, body: { detail: 'Request not found' } }; // fal's own words, which are fixed
  return {
    status,
    body: { detail: message, ...(kind === 'overloaded' && { error_type: 'runner_scheduling_failure' }) },
  };
}
