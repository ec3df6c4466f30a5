import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

/** Where `message` stands, Google says always the same. */
const renderings: Record<RefusalKind, { code: number; status: string; message?: string; details?: readonly object[] }> =
  {
    bad_credentials: {
      code: 401,
      status: 'UNAUTHENTICATED',
      message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    },
    no_balance: {
      code: 403,
      status: 'PERMISSION_DENIED',
      message: 'This API method requires billing to be enabled.',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'BILLING_DISABLED', domain: 'googleapis.com' },
      ],
    },
    rate_limited: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message:
        'Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: veo.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' }],
    },
    overloaded: { code: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
    server_error: { code: 500, status: 'INTERNAL', message: 'Internal error encountered.' },
    // A parameter error like any other, but for the support code.
    moderated: {
      code: 400,
      status: 'INVALID_ARGUMENT',
      message:
        'The prompt could not be submitted. This prompt contains words that violates usage guidelines. Support codes: 58061214',
    },
    invalid: { code: 400, status: 'INVALID_ARGUMENT' },
    model_not_found: { code: 404, status: 'NOT_FOUND' },
    not_found: { code: 404, status: 'NOT_FOUND' },
    conflict: { code: 400, status: 'FAILED_PRECONDITION' },
  };

/** `{ error: { code, message, status, details } }`. */
export function refuse({ kind, message, param }: Refusal): WireReply {
  const { code, status, message: fixed, details } = renderings[kind];
  const text = fixed ?? (param === undefined ? message : `${param}: ${message}`);
  return { status: code, body: { error: { code, message: text, status, ...(details && { details }) } } };
}
