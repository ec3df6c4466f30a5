import { type Invalidity, type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const kinds: Record<RefusalKind, { status: number; title: string }> = {
  bad_credentials: { status: 401, title: 'Unauthenticated' },
  no_balance: { status: 402, title: 'Insufficient credit' },
  rate_limited: { status: 429, title: 'Too many requests' },
  overloaded: { status: 503, title: 'Service unavailable' },
  server_error: { status: 500, title: 'Internal server error' },
  moderated: { status: 422, title: 'Prediction failed' },
  invalid: { status: 422, title: 'Input validation failed' },
  model_not_found: { status: 404, title: 'Not found' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 422, title: 'Unprocessable' },
};

const types: Record<Invalidity, string> = {
  missing: 'required',
  unknown: 'additional_property_not_allowed',
  type: 'invalid_type',
  value: 'invalid_value',
};

/** Of a submit and of a failed prediction alike. */
export const flagged = 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)';

/** `{ title, detail, status, invalid_fields? }`; who is too fast is told a detail alone, and when to come again. */
export function refuse({ kind, message, param = 'input', invalidity }: Refusal): WireReply {
  const { status, title } = kinds[kind];
  if (kind === 'rate_limited') {
    const detail = 'Request was throttled. Expected available in 1 second.';
    return { status, headers: { 'retry-after': '1' }, body: { detail } };
  }
  if (kind === 'moderated') return { status, body: { title, detail: flagged, status } };
  if (kind !== 'invalid') return { status, body: { title, detail: message, status } };
  const fields = [{ type: types[invalidity], field: param, description: message }];
  return { status, body: { title, detail: `- ${param}: ${message}\n`, status, invalid_fields: fields } };
}
