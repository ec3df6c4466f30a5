import { type Failure, type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, failureOf, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

const detailSchema = z.object({
  reason: z.string().optional().catch(undefined),
  retryDelay: z.string().optional().catch(undefined),
});
const errorSchema = z.object({
  error: z.object({
    status: z.string(),
    message: z.string().catch(''),
    details: z.array(z.unknown()).catch([]),
  }),
});

export interface GoogleError {
  readonly status: string;
  readonly message: string;
  /** Of `google.rpc.ErrorInfo`, such as BILLING_DISABLED. */
  readonly reason: string | undefined;
  /** Of `google.rpc.RetryInfo`. */
  readonly retryAfterMs: number | undefined;
}

export function errorIn(reply: Reply): GoogleError | undefined {
  const error = errorSchema.safeParse(reply.body).data?.error;
  if (error === undefined) return undefined;
  const details = error.details.flatMap((detail) => detailSchema.safeParse(detail).data ?? []);
  return {
    status: error.status,
    message: error.message,
    reason: details.find(({ reason }) => reason !== undefined)?.reason,
    retryAfterMs: details.map(({ retryDelay }) => millisecondsOf(retryDelay)).find((delay) => delay !== undefined),
  };
}

/** By google.rpc's name of the status. */
const meanings: Readonly<Record<string, FailureCode>> = {
  INVALID_ARGUMENT: 'invalid_request',
  OUT_OF_RANGE: 'invalid_request',
  // Billing is off, or the region is not served to this account.
  FAILED_PRECONDITION: 'channel_balance',
  UNAUTHENTICATED: 'channel_credentials',
  PERMISSION_DENIED: 'channel_credentials',
  // The model is retired or not open to the project: another route may have it.
  NOT_FOUND: 'provider_error',
  RESOURCE_EXHAUSTED: 'rate_limited',
  UNAVAILABLE: 'provider_unavailable',
  DEADLINE_EXCEEDED: 'provider_unavailable',
  INTERNAL: 'provider_unavailable',
};

export function failureIn(reply: Reply): Failure {
  const error = errorIn(reply);
  const failure = failureOf(codeOfError(error, reply.status), error?.message ?? '', reply);
  return error?.retryAfterMs === undefined ? failure : { ...failure, retryAfterMs: error.retryAfterMs };
}

function codeOfError(error: GoogleError | undefined, status: number): FailureCode {
  if (error === undefined) return codeOfStatus(status);
  if (error.reason === 'BILLING_DISABLED') return 'channel_balance';
  const code = Object.hasOwn(meanings, error.status) ? meanings[error.status] : undefined;
  return code === 'invalid_request' ? codeOfInput(error.message) : (code ?? codeOfStatus(status));
}

/** Of a render that failed: google.rpc's number. */
export function codeOfOperationError(code: number, message: string): FailureCode {
  switch (code) {
    case 1:
      return 'cancelled';
    case 3:
      return codeOfInput(message);
    case 8:
      return 'rate_limited';
    case 14:
      return 'provider_unavailable';
    default:
      return 'provider_error';
  }
}

/** Moderation has no status of its own: Google marks it by a support code, which stands in the text alone. */
function codeOfInput(message: string): FailureCode {
  return /support codes?:\s*\d/i.test(message) ? 'content_rejected' : 'invalid_request';
}

/** `23s`, `1.5s`. */
function millisecondsOf(delay: string | undefined): number | undefined {
  const seconds = /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(delay ?? '')?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}
