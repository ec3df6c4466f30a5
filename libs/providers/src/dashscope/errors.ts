import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface DashscopeError {
  readonly code: string;
  readonly message: string;
}

const errorSchema = z.object({ code: z.string().min(1), message: z.string().catch('') });

/** Flat beside a status; a task that failed has the same two fields inside its `output`. */
export function errorIn(body: unknown): DashscopeError | undefined {
  return errorSchema.safeParse(body).data;
}

/** First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/^(DataInspectionFailed|IPInfringementSuspect)/, 'content_rejected'],
  // They could not fetch an input in time: nobody's request is wrong, and another route may reach it.
  [/^InvalidParameter\.DataInspection/, 'provider_error'],
  [/^(InvalidParameter|BadRequest|InvalidURL|InvalidFile|InvalidInputLength)/, 'invalid_request'],
  [/^(Arrearage|AllocationQuota\.FreeTierOnly)/, 'channel_balance'],
  [/^(InvalidApiKey|WorkSpaceNotFound)/, 'channel_credentials'],
  [/^AccessDenied/, 'channel_credentials'],
  [/^(ModelNotFound|NotFound)/, 'provider_error'],
  // A used-up quota shares a code with a burst and differs in its words only; waiting harms neither.
  [/^Throttling/, 'rate_limited'],
  [/^ModelUnavailable/, 'provider_unavailable'],
];

export function codeOfError(error: DashscopeError | undefined, status: number): FailureCode {
  return meanings.find(([pattern]) => error !== undefined && pattern.test(error.code))?.[1] ?? codeOfStatus(status);
}

/** After acceptance a fault of the account or of their service is the provider's own affair. */
export function codeOfFailure(error: DashscopeError | undefined): FailureCode {
  const code = codeOfError(error, 500);
  return code === 'content_rejected' || code === 'invalid_request' ? code : 'provider_error';
}

/** The one 5xx that says by its code that nothing was taken. */
export function isClearNo(reply: Reply): boolean {
  return errorIn(reply.body)?.code === 'ModelUnavailable';
}
