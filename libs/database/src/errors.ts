import { AppError } from '@videoapi/contracts';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

/**
 * The connection was lost while COMMIT was on its way: the transaction may or may not have happened. Never answer
 * "failed"; repeat the same idempotent work, or answer 503 and let the caller repeat the same id.
 */
export class CommitUnknownError extends AppError {
  constructor(cause: unknown) {
    super('unavailable', 'The outcome of the commit is unknown', { cause });
    this.name = 'CommitUnknownError';
  }
}

/** The server itself refuses or drops sessions: connection failures, shut-downs, too many connections. */
const unavailableStates = /^(08...|57P0[1-5]|53300|25P03)$/;
/** serialization_failure, deadlock_detected, lock_not_available, query_canceled (statement_timeout) */
const contentionStates = new Set(['40001', '40P01', '55P03', '57014']);
const unavailableSystemErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Turns "the database is not there" into a retryable `AppError('unavailable')` and returns every other error untouched.
 * Pass only what the driver or TypeORM threw: the driver's own time-outs and lost connections carry no code at all, so
 * here an error without one means that no server answered.
 */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof QueryFailedError) {
    return isAbsent(error.driverError) ? unavailable(error.driverError) : error;
  }
  return isAbsent(error) ? unavailable(error) : error;
}

/**
 * Turns a deadlock, a serialization failure and a lock or statement time-out into a retryable `AppError('overloaded')`,
 * and returns every other error untouched: nothing was applied, and the same work may well succeed a moment later.
 */
export function asOverloaded(error: unknown): unknown {
  return contentionStates.has(sqlState(error) ?? '')
    ? new AppError('overloaded', 'The database is too busy', { cause: error, retryAfterMs: 1_000 })
    : error;
}

/** The five-character SQLSTATE of a refusal by the server: from the driver, wrapped by TypeORM or as an AppError's cause. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error instanceof AppError ? error.cause : error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE' ? code : undefined;
}

/** True when the row broke exactly this named UNIQUE or PRIMARY KEY constraint. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return sqlState(error) === '23505' && field(error, 'constraint') === constraint;
}

/** True when nobody answered, or the answer was that the session is over. */
export function isAbsent(error: unknown): boolean {
  if (error instanceof QueryRunnerAlreadyReleasedError) return true; // the pool took a dead connection back
  const code = codeOf(error);
  if (code !== undefined) return unavailableSystemErrors.has(code) || unavailableStates.test(code);
  return field(error, 'name') === 'Error'; // not a TypeError: that is a value the driver could not encode
}

export function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'The database is not reachable', { cause });
}

export function codeOf(error: unknown): string | undefined {
  const code = field(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function field(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
