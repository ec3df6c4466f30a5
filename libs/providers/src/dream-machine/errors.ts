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

/** A reason in words decides nothing. */
export function codeOfFailure(code: string): FailureCode {
  return code === moderated ? 'content_rejected' : 'provider_error';
}

export function codeOfError(error: LumaError | undefined, status: number): FailureCode {
  return error?.code === moderated ? 'content_rejected' : codeOfStatus(status);
}

const moderated = 'content_moderated';
