import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface FalError {
  readonly message: string;
  readonly type: string;
  /** The model's own list of what is wrong with its input or its output. */
  readonly isOfModel: boolean;
}

const text = z.string().catch('');
const listed = z.object({ detail: z.array(z.object({ msg: text, type: z.string().min(1) })).min(1) });
const plain = z.object({ detail: z.string().min(1), error_type: text });

/** `{ detail: [{ loc, msg, type }] }` by a model, `{ detail, error_type }` by the platform, which may say it in a header. */
export function errorIn(reply: Reply): FalError | undefined {
  const list = listed.safeParse(reply.body).data?.detail;
  const entry = list?.find(({ type }) => type === moderated) ?? list?.[0];
  if (entry !== undefined) return { message: entry.msg, type: entry.type, isOfModel: true };
  const error = plain.safeParse(reply.body).data;
  const type = error?.error_type || (reply.headers['x-fal-error-type'] ?? '');
  return error && { message: error.detail, type, isOfModel: false };
}

const moderated = 'content_policy_violation';

/** By type. First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/^content_policy_violation$/, 'content_rejected'],
  [/^client_cancelled$/, 'cancelled'],
  // The platform's, after all of its own retries; and what a model says of itself or of whom it asks.
  [/^(request|startup|generation)_timeout$|^runner_|^(internal|downstream)_|^no_media/, 'provider_error'],
];

export function codeOfType(type: string): FailureCode | undefined {
  return meanings.find(([pattern]) => pattern.test(type))?.[1];
}

/** Why nothing was queued. */
export function codeOfRefusal(error: FalError | undefined, status: number): FailureCode {
  return codeOfType(error?.type ?? '') ?? codeOfStatus(status);
}

/** How a request ended, by what its result says instead; undefined where that says nothing of the request. */
export function codeOfEnding(error: FalError | undefined, status: number): FailureCode | undefined {
  const code = codeOfType(error?.type ?? '');
  if (code !== undefined || error?.isOfModel !== true) return code;
  return status < 500 ? 'invalid_request' : 'provider_error';
}

/** fal's own "no such request", in either of two shapes; both are fixed words, and any other 404 is about an address. */
export function isNotFound({ status, body }: Reply): boolean {
  return status === 404 && notFound.safeParse(body).success;
}

const notFound = z.union([
  z.object({ status: z.literal('NOT_FOUND') }),
  z.object({ detail: z.literal('Request not found') }),
]);
