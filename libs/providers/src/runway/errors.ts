import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface RunwayError {
  readonly message: string;
  readonly code: string;
}

const errorSchema = z.object({ error: z.string().min(1), failureCode: z.string().catch('') });

export function errorIn(reply: Reply): RunwayError | undefined {
  const error = errorSchema.safeParse(reply.body).data;
  return error && { message: error.error, code: error.failureCode };
}

/** By `failureCode`, a path of words that may go on. First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/(^|\.)SAFETY(\.|$)/, 'content_rejected'],
  [/(^|\.)INTERNAL(\.|$)/, 'provider_error'],
  [/^(INPUT_PREPROCESSING|ASSET)(\.|$)/, 'invalid_request'],
];

export function codeOfFailure(code: string): FailureCode | undefined {
  return meanings.find(([pattern]) => pattern.test(code))?.[1];
}

export function codeOfError(error: RunwayError | undefined, status: number): FailureCode {
  return codeOfFailure(error?.code ?? '') ?? codeOfStatus(status);
}
