import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface LumaError {
  readonly message: string;
  readonly code: string;
}

const errorSchema = z.object({ detail: z.string().min(1), failure_code: z.string().catch('') });

export function errorIn(reply: Reply): LumaError | undefined {
  const error = errorSchema.safeParse(reply.body).data;
  return error && { message: error.detail, code: error.failure_code };
}

/** By `failure_code`. */
const meanings: ReadonlyMap<string, FailureCode> = new Map([
  ['content_moderated', 'content_rejected'],
  ['budget_exhausted', 'channel_balance'],
]);

export function codeOfFailure(code: string): FailureCode {
  // `generation_failed`, `output_not_found`, and what no document names: another provider may well do it.
  return meanings.get(code) ?? 'provider_error';
}

/** A refusal says what it is by its status; only content has a word of its own. */
export function codeOfError(error: LumaError | undefined, status: number): FailureCode {
  return meanings.get(error?.code ?? '') ?? codeOfStatus(status);
}
