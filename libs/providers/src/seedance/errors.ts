import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface ArkError {
  readonly code: string;
  readonly message: string;
}

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string().default('') }) });

export function errorIn(reply: Reply): ArkError | undefined {
  return errorSchema.safeParse(reply.body).data?.error;
}

/** First match wins. Codes may go on with `.PolicyViolation`, `.duration`, `.NotFound`… */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/SensitiveContentDetected/, 'content_rejected'],
  [/^(MissingParameter|InvalidParameter)/, 'invalid_request'],
  [/^(AccountOverdueError|OperationDenied\.ServiceOverdue)/, 'channel_balance'],
  // Our own safety cap at Ark: it does not pass by waiting.
  [/^SetLimitExceeded/, 'channel_balance'],
  [/^(AuthenticationError|InvalidAccountStatus|AccessDenied|OperationDenied)/, 'channel_credentials'],
  // The model is not open to this account, or not there: another route may have it.
  [/^(InvalidEndpoint|ModelNotOpen|NotFound)/, 'provider_error'],
  [/RateLimitExceeded|^(ServerOverloaded|RequestBurstTooFast|InflightBatchsizeExceeded)/, 'rate_limited'],
];

export function codeOfError(error: ArkError | undefined, status: number): FailureCode {
  if (error === undefined) return codeOfStatus(status);
  // A full queue and a used-up free quota share one code and differ in their words only; waiting harms neither.
  return meanings.find(([pattern]) => pattern.test(error.code))?.[1] ?? codeOfStatus(status);
}
