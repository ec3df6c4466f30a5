import { type Failure, type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, failureOf, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

const errorSchema = z.object({ code: z.coerce.number().int(), message: z.string().catch('') });

export function errorIn(reply: Reply): z.output<typeof errorSchema> | undefined {
  return errorSchema.safeParse(reply.body).data;
}

/** Two thirds of what comes with 429 is not about rates: the code decides. */
const meanings: Readonly<Record<number, FailureCode>> = {
  1000: 'channel_credentials',
  1001: 'channel_credentials',
  1002: 'channel_credentials',
  // Signed for a time that has not come yet: our clock is ahead, or theirs behind.
  1003: 'provider_unavailable',
  1004: 'channel_credentials',
  // Account fault, arrears, resource pack used up.
  1100: 'channel_balance',
  1101: 'channel_balance',
  1102: 'channel_balance',
  // No right to this model: another route may have it.
  1103: 'provider_error',
  1200: 'invalid_request',
  1201: 'invalid_request',
  1202: 'provider_error',
  1203: 'provider_error',
  1300: 'content_rejected',
  1301: 'content_rejected',
  1302: 'rate_limited',
  1303: 'rate_limited',
  // Our address is not on the account's list: it does not pass by waiting.
  1304: 'channel_credentials',
  5000: 'provider_unavailable',
  5001: 'provider_unavailable',
  5002: 'provider_unavailable',
};

/** How long clocks are given to agree. Milliseconds. */
const clockSkewMs = 5_000;

export function failureIn(reply: Reply): Failure {
  const error = errorIn(reply);
  const code = meanings[error?.code ?? 0] ?? codeOfStatus(reply.status);
  const failure = failureOf(code, error?.message ?? '', reply);
  return error?.code === 1003 ? { ...failure, retryAfterMs: clockSkewMs } : failure;
}

/** What a render that failed says of the content that it was refused for. There is no code. */
const moderated = /risk control system/i;

export function codeOfFailedTask(message: string): FailureCode {
  return moderated.test(message) ? 'content_rejected' : 'provider_error';
}
