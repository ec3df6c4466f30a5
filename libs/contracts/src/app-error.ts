/**
 * Every failure that may cross a process or reach a customer. The code decides; the message is for people and nobody
 * branches on it. `status` is what a plain HTTP edge would answer: dialects may render another one.
 */
const catalogue = {
  invalid_json: { status: 400, retryable: false },
  invalid_request: { status: 400, retryable: false },
  missing_parameter: { status: 400, retryable: false },
  model_not_found: { status: 400, retryable: false },
  model_disabled: { status: 400, retryable: false },
  no_provider_configured: { status: 400, retryable: false },
  no_price: { status: 400, retryable: false },
  unsupported_operation: { status: 400, retryable: false },
  missing_api_key: { status: 401, retryable: false },
  invalid_api_key: { status: 401, retryable: false },
  api_key_revoked: { status: 401, retryable: false },
  api_key_expired: { status: 401, retryable: false },
  account_disabled: { status: 401, retryable: false },
  insufficient_credits: { status: 402, retryable: false },
  max_credits_exceeded: { status: 402, retryable: false },
  insufficient_scope: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  task_not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  conflict: { status: 409, retryable: false },
  idempotency_in_progress: { status: 409, retryable: true },
  not_cancellable: { status: 409, retryable: false },
  task_not_terminal: { status: 409, retryable: false },
  model_retired: { status: 410, retryable: false },
  payload_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  invalid_field: { status: 422, retryable: false },
  asset_index_out_of_range: { status: 422, retryable: false },
  asset_not_found: { status: 422, retryable: false },
  asset_blocked: { status: 422, retryable: false },
  asset_unreachable: { status: 422, retryable: false },
  asset_too_large: { status: 422, retryable: false },
  asset_mismatch: { status: 422, retryable: false },
  idempotency_key_reused: { status: 422, retryable: false },
  rate_limited: { status: 429, retryable: true },
  concurrency_limited: { status: 429, retryable: true },
  queue_full: { status: 429, retryable: true },
  internal_error: { status: 500, retryable: false },
  overloaded: { status: 503, retryable: true },
  unavailable: { status: 503, retryable: true },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof catalogue;

export const errorCodes = Object.keys(catalogue).filter(isErrorCode);

export interface AppErrorOptions {
  /** Safe to show to a customer. */
  readonly details?: Record<string, unknown>;
  /** Canonical name of the field at fault, e.g. `images[1]`; a dialect renames it to its own. */
  readonly param?: string;
  /** When trying again makes sense, in milliseconds from now. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export interface AppErrorJson {
  readonly code: string;
  readonly message: string;
  readonly details?: Record<string, unknown>;
  readonly param?: string;
  readonly retryAfterMs?: number;
}

/** The one error class. Anything else that is thrown becomes `internal_error` at an edge, is logged once and never shown. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return catalogue[this.code].status;
  }

  get retryable(): boolean {
    return catalogue[this.code].retryable;
  }

  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    return new AppError('internal_error', 'Something went wrong on our side.', { cause: error });
  }

  toJSON(): AppErrorJson {
    return {
      code: this.code,
      message: this.message,
      ...(this.details !== undefined && { details: this.details }),
      ...(this.param !== undefined && { param: this.param }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
    };
  }

  /** Rebuilds what another process sent. A code this version does not know is an internal error, never a crash. */
  static revive(json: AppErrorJson): AppError {
    const { code, message, ...options } = json;
    return new AppError(isErrorCode(code) ? code : 'internal_error', message, options);
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}
