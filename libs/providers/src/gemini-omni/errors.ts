import { type Failure, type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, failureOf, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

const detailSchema = z.object({ reason: z.string().catch(''), retryDelay: z.string().catch('') });
/** A word (`invalid_request`) from the service itself, a number from Google's front end. */
export const errorSchema = z.object({
  code: z.union([z.string(), z.number()]).optional().catch(undefined),
  status: z.string().catch(''),
  message: z.string().catch(''),
  details: z.array(detailSchema).catch([]),
});
export type GoogleError = z.output<typeof errorSchema>;

const envelope = z.object({ error: errorSchema });
/** The front end sends a list of one. */
const replySchema = z.union([envelope, z.tuple([envelope]).transform(([first]) => first)]);

export function errorIn(reply: Reply): GoogleError | undefined {
  return replySchema.safeParse(reply.body).data?.error;
}

/** Everything that names the error except its message. */
export function wordsOf({ code, status, details }: GoogleError): string {
  return [code, status, ...details.map(({ reason }) => reason)].join(' ').trim();
}

/** Whole words: `API_KEY_SERVICE_BLOCKED` is about our key, `safety_settings` about a parameter. First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/\b(IMAGE_)?(SAFETY|PROHIBITED_CONTENT|BLOCKLIST|SPII)\b/i, 'content_rejected'],
  [/\b(API_KEY_\w+|PERMISSION_DENIED|UNAUTHENTICATED)\b/i, 'channel_credentials'],
  [/\b(too_many_requests|RESOURCE_EXHAUSTED)\b/i, 'rate_limited'],
  // Billing is off, or the project is in a region that is not served.
  [/\bFAILED_PRECONDITION\b/i, 'channel_balance'],
  [/\b(NOT_FOUND|UNIMPLEMENTED)\b/i, 'provider_error'],
  [/\b(invalid_request|INVALID_ARGUMENT)\b/i, 'invalid_request'],
];

export function codeOfError(error: GoogleError | undefined, status: number): FailureCode {
  const words = error === undefined ? '' : wordsOf(error);
  return meanings.find(([pattern]) => pattern.test(words))?.[1] ?? codeOfStatus(status);
}

export function refusalOf(reply: Reply): Failure {
  const error = errorIn(reply);
  const failure = failureOf(codeOfError(error, reply.status), error?.message ?? '', reply);
  const delay = /^(\d{1,6}(?:\.\d+)?)s$/.exec(
    error?.details.find(({ retryDelay }) => retryDelay !== '')?.retryDelay ?? '',
  );
  return delay === null ? failure : { ...failure, retryAfterMs: Math.ceil(Number(delay[1]) * 1000) };
}
