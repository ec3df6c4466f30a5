import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

const errorSchema = z.object({ detail: z.string().min(1), status: z.unknown().optional() });

/** `{ title, detail, status, invalid_fields? }`, or `{ detail }` alone. */
export function messageIn({ body }: Reply): string {
  return errorSchema.safeParse(body).data?.detail ?? '';
}

/** A model's errors are sentences; a code in brackets is the only part of one that is no prose. */
export function codeIn(message: string): FailureCode | undefined {
  return /\(E005\)/.test(message) ? 'content_rejected' : undefined;
}

/** Why no prediction was made. */
export function codeOfRefusal(reply: Reply): FailureCode {
  return codeIn(messageIn(reply)) ?? codeOfStatus(reply.status);
}

/** Replicate's own "no such prediction" repeats the status; a 404 of anybody else's says a detail at most. */
export function isNotFound(reply: Reply): boolean {
  return reply.status === 404 && errorSchema.safeParse(reply.body).data?.status === 404;
}
