import { type AppError, type ErrorCode } from '@videoapi/contracts';
import { type RenderedError } from '../dialect.js';

/** One row of the document's error table. `message: null`: ours, since the row's own would hide what is wrong. */
interface Row {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string | null;
}

const rows = {
  invalid: { status: 400, type: 'invalid_request_error', code: 'invalid_parameter', message: null },
  unauthorized: {
    status: 401,
    type: 'authentication_error',
    code: 'invalid_api_key',
    message: 'Invalid API key provided',
  },
  quota: { status: 403, type: 'permission_error', code: 'insufficient_quota', message: 'Insufficient quota' },
  forbidden: { status: 403, type: 'permission_error', code: 'permission_denied', message: null },
  notFound: { status: 404, type: 'not_found_error', code: 'task_not_found', message: 'Task not found' },
  rateLimited: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Rate limit exceeded' },
  broken: { status: 500, type: 'server_error', code: 'internal_error', message: 'Internal server error' },
} as const satisfies Record<string, Row>;

/** The codes whose row does not follow from their status. */
const rowsByCode: Readonly<Partial<Record<ErrorCode, Row>>> = {
  insufficient_scope: rows.forbidden,
  not_found: { ...rows.notFound, code: 'not_found', message: null },
  // Beyond the document, and common to all dialects: a client that sends an Idempotency-Key knows these.
  idempotency_in_progress: { ...rows.invalid, status: 409, code: 'idempotency_in_progress' },
  idempotency_key_reused: { ...rows.invalid, status: 422, code: 'idempotency_key_reused' },
  // Honest about being passing, which the document's 500 is not.
  overloaded: { ...rows.broken, status: 503, code: 'overloaded', message: null },
  unavailable: { ...rows.broken, status: 503, code: 'unavailable', message: null },
};

const rowsByStatus: Readonly<Record<number, Row>> = {
  401: rows.unauthorized,
  402: rows.quota,
  404: rows.notFound,
  429: rows.rateLimited,
  500: rows.broken,
};

/** `{"error":{message,type,code}}`. What has no row in the document is its 400. */
export function renderError(error: AppError): RenderedError {
  const row = rowOf(error);
  return {
    status: row.status,
    headers: {
      ...(row.status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(error.retryable && { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000))) }),
      'x-should-retry': String(error.retryable),
    },
    body: { error: { message: row.message ?? error.message, type: row.type, code: row.code } },
  };
}

function rowOf(error: AppError): Row {
  if (error.code === 'missing_parameter' && error.param !== undefined) {
    return { ...rows.invalid, code: 'missing_parameter', message: `${error.param} field is required` };
  }
  return rowsByCode[error.code] ?? rowsByStatus[error.status] ?? rows.invalid;
}
