import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface ViduError {
  readonly reason: string;
  readonly message: string;
}

const errorSchema = z.object({ reason: z.string().min(1), message: z.string().catch('') });

export function errorIn(reply: Reply): ViduError | undefined {
  return errorSchema.safeParse(reply.body).data;
}

/** By `reason` of a refusal or `err_code` of a task, which share their words. First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/PolicyViolation|^(Content)?Audit|AuditNotPass/, 'content_rejected'],
  [/^CreditInsufficient/, 'channel_balance'],
  [/^(Unauthorized|Forbidden)/, 'channel_credentials'],
  [/^(QuotaExceeded|TooManyRequests|SystemThrottling|OperationInProcess)/, 'rate_limited'],
  [/^(UserCancelled|Canceled)/, 'cancelled'],
  // Another provider may reach the image, or have the model.
  [/^(ImageDownloadFailure|ModelUnavailable|(Task|Creation)?NotFound|Conflict)/, 'provider_error'],
  [/^(BadRequest|Field|PageSizeOutOfRange|Image|Photo)|Face/, 'invalid_request'],
];

export function codeOfReason(reason: string): FailureCode | undefined {
  return meanings.find(([pattern]) => pattern.test(reason))?.[1];
}

export function codeOfError(error: ViduError | undefined, status: number): FailureCode {
  const code = codeOfReason(error?.reason ?? '');
  // `cancelled` is how a task ends, never why a submit is refused.
  return code === undefined || code === 'cancelled' ? codeOfStatus(status) : code;
}
