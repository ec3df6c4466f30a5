import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

/** By `ErrCode`; 0 is success. */
const meanings: Readonly<Record<number, FailureCode>> = {
  400011: 'invalid_request',
  400013: 'invalid_request',
  400017: 'invalid_request',
  400018: 'invalid_request',
  400019: 'invalid_request',
  400032: 'invalid_request',
  500070: 'invalid_request',
  500071: 'invalid_request',
  400012: 'channel_credentials',
  500043: 'channel_balance',
  500090: 'channel_balance',
  500044: 'rate_limited',
  500069: 'provider_unavailable',
  500054: 'content_rejected',
  500063: 'content_rejected',
  // About one model or feature, as far as anybody knows.
  500020: 'provider_error',
};

/** Something broke inside: it says nothing about whether a video was begun. */
const faults: ReadonlySet<number> = new Set([99_999, 500_100]);

const digits = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);
const answerSchema = z.object({ ErrCode: digits, ErrMsg: z.string().catch(''), Resp: z.unknown().optional() });

/** What stands in every answer, whatever its status. */
export interface Answer {
  readonly code: number;
  readonly message: string;
  readonly content: unknown;
}

export function answerIn({ body }: Reply): Answer | undefined {
  const answer = answerSchema.safeParse(body).data;
  return answer && { code: answer.ErrCode, message: answer.ErrMsg, content: answer.Resp };
}

export function isFault({ code }: Answer): boolean {
  return faults.has(code);
}

/** Undefined for a code that no document names. 500030 to 500042 are faults of an image. */
export function meaningOf({ code }: Answer): FailureCode | undefined {
  return code >= 500_030 && code <= 500_042 ? 'invalid_request' : meanings[code];
}

/** Of an answer that is no success by its status. */
export function codeOfReply(reply: Reply): FailureCode {
  const answer = answerIn(reply);
  return (answer && meaningOf(answer)) ?? codeOfStatus(reply.status);
}
