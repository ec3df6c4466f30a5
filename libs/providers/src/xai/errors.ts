import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface XaiError {
  readonly code: string;
  readonly message: string;
}

const text = z.string().catch('');
/** `{ code, error }`, `{ error }` and `{ error: { message, type, param, code } }` all come. */
const errorSchema = z.union([
  z
    .object({ error: z.object({ code: text, type: text, message: z.string() }) })
    .transform(({ error }) => ({ code: error.code === '' ? error.type : error.code, message: error.message })),
  z.object({ code: text, error: z.string() }).transform(({ code, error }) => ({ code, message: error })),
]);

export function errorIn(reply: Reply): XaiError | undefined {
  return errorSchema.safeParse(reply.body).data;
}

/** Codes come with hyphens (REST) and underscores (as in gRPC). First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/moderat/, 'content_rejected'],
  [/^invalid[-_ ]argument|^out[-_ ]of[-_ ]range/, 'invalid_request'],
  [/^unauthenticated|^permission[-_ ]denied|api[-_ ]key/, 'channel_credentials'],
  [/rate[-_ ]limit/, 'rate_limited'],
  [/credits?$|^insufficient/, 'channel_balance'],
];

export function codeOfError(error: XaiError | undefined, status: number): FailureCode {
  const code = error?.code.toLowerCase() ?? '';
  return meanings.find(([pattern]) => pattern.test(code))?.[1] ?? codeOfStatus(status);
}

export function isModeration(error: XaiError | undefined): boolean {
  return error !== undefined && /moderat/.test(error.code.toLowerCase());
}

/** xAI's own "no such render", which it also says of one that has expired. */
export function isNotFound(reply: Reply): boolean {
  const isStatus = reply.status === 404 || reply.status === 410;
  return isStatus && /not[-_ ]?found|expired/i.test(errorIn(reply)?.code ?? '');
}
