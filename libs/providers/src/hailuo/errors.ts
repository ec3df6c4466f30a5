import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

/** The codes of `base_resp`; 0 is success. */
const meanings: Readonly<Record<number, FailureCode>> = {
  1002: 'rate_limited',
  2045: 'rate_limited',
  1041: 'rate_limited',
  1039: 'rate_limited',
  1004: 'channel_credentials',
  2049: 'channel_credentials',
  1008: 'channel_balance',
  // A plan's window is used up: nothing of this key renders until it opens again.
  2056: 'channel_balance',
  2067: 'channel_balance',
  // Only this model is not in the plan.
  2061: 'provider_error',
  1026: 'content_rejected',
  1027: 'content_rejected',
  1042: 'invalid_request',
  2013: 'invalid_request',
};

/** Something broke inside: it says nothing about whether a task was made. */
const faults: ReadonlySet<number> = new Set([1000, 1001, 1013, 1024, 1033]);

const digits = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);
const baseSchema = z.object({
  base_resp: z.object({ status_code: digits, status_msg: z.string().catch('') }),
});
const errorSchema = z.object({
  type: z.literal('error'),
  error: z.object({ type: z.string(), message: z.string().catch('') }),
});

export interface BaseError {
  readonly code: number;
  readonly message: string;
}

/** The `base_resp` of an answer, when it is an error. */
export function baseErrorIn(body: unknown): BaseError | undefined {
  const base = baseSchema.safeParse(body).data?.base_resp;
  return base === undefined || base.status_code === 0
    ? undefined
    : { code: base.status_code, message: base.status_msg };
}

/** v2's own error. */
export function errorIn(body: unknown): { readonly type: string; readonly message: string } | undefined {
  return errorSchema.safeParse(body).data?.error;
}

export function isFault({ code }: BaseError): boolean {
  return faults.has(code);
}

/** Undefined for a code that no document names. */
export function meaningOf({ code }: BaseError): FailureCode | undefined {
  return meanings[code];
}

/** Of an answer that is no success by its status. */
export function codeOfReply(reply: Reply): FailureCode {
  const base = baseErrorIn(reply.body);
  return (base && meaningOf(base)) ?? codeOfStatus(reply.status);
}

export function messageIn({ body }: Reply): string {
  return baseErrorIn(body)?.message ?? errorIn(body)?.message ?? '';
}

/** After acceptance a fault of the account or of their service is the provider's own affair. */
export function codeOfFailure(code: number | undefined): FailureCode {
  const meaning = code === undefined ? undefined : meanings[code];
  return meaning === 'content_rejected' || meaning === 'invalid_request' ? meaning : 'provider_error';
}
