import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

const errorSchema = z.object({
  error: z.object({ message: z.string(), code: z.string().optional().catch(undefined) }),
});
type WireError = z.output<typeof errorSchema>['error'];

/** `{ error: { message, type, code } }`. */
export function errorIn({ body }: Pick<Reply, 'body'>): WireError | undefined {
  return errorSchema.safeParse(body).data?.error;
}

/** The documented ones, and what another code could only mean. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/moderat|content_policy|sensitive|safety/i, 'content_rejected'],
  [/^(missing|invalid)_parameter$/, 'invalid_request'],
  [/^invalid_api_key$/, 'channel_credentials'],
  [/^insufficient_quota$/, 'channel_balance'],
  [/^rate_limit_exceeded$/, 'rate_limited'],
  [/model/, 'provider_error'],
];

export function codeOfError(error: WireError | undefined, status: number): FailureCode {
  return meanings.find(([pattern]) => pattern.test(error?.code ?? ''))?.[1] ?? codeOfStatus(status);
}

/** After acceptance all but content and parameters is the provider's own affair. */
export function codeOfFailure(error: WireError | undefined): FailureCode {
  const code = codeOfError(error, 500);
  return code === 'content_rejected' || code === 'invalid_request' ? code : 'provider_error';
}
