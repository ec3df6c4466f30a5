import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

const succeeded = 10_000;

const meanings: Readonly<Record<number, FailureCode>> = {
  // Input: image, text, keyword, copyright.
  50411: 'content_rejected',
  50412: 'content_rejected',
  50413: 'content_rejected',
  50518: 'content_rejected',
  // Output: image, text, video, sound, copyright.
  50511: 'content_rejected',
  50512: 'content_rejected',
  50516: 'content_rejected',
  50517: 'content_rejected',
  50519: 'content_rejected',
  // The review itself broke down.
  50520: 'provider_error',
  50521: 'provider_error',
  50522: 'provider_error',
  50429: 'rate_limited',
  50430: 'rate_limited',
  50500: 'provider_unavailable',
  50501: 'provider_unavailable',
};
/** These say how a task ended; the rest say how the call went. */
const endings: readonly (FailureCode | undefined)[] = ['content_rejected', 'provider_error'];

const ownSchema = z.object({ code: z.int(), message: z.string().catch('') });
/** Of the gateway before it: signatures, rights, accounts. */
const gatewaySchema = z.object({
  ResponseMetadata: z.object({ Error: z.object({ Code: z.string(), Message: z.string().catch('') }) }),
});

export interface JimengError {
  /** A number of theirs, a word of their gateway's. */
  readonly code: number | string;
  readonly message: string;
}

/** The error of an answer; undefined for a success and for what is none of theirs. */
export function errorIn(body: unknown): JimengError | undefined {
  const gateway = gatewaySchema.safeParse(body).data?.ResponseMetadata.Error;
  if (gateway !== undefined) return { code: gateway.Code, message: gateway.Message };
  const own = ownSchema.safeParse(body).data;
  return own === undefined || own.code === succeeded ? undefined : own;
}

export function codeOfError(error: JimengError | undefined, { status }: Reply): FailureCode {
  if (error === undefined) return codeOfStatus(status);
  if (typeof error.code === 'number') return meanings[error.code] ?? codeOfStatus(status);
  return /Overdue|Arrear|Balance/.test(error.code) ? 'channel_balance' : codeOfStatus(status);
}

/** What a code says about a render that was accepted; undefined when it is about the call alone. */
export function endingOf({ code }: JimengError): FailureCode | undefined {
  const meaning = typeof code === 'number' ? meanings[code] : undefined;
  return endings.includes(meaning) ? meaning : undefined;
}

/** A code that means a clear no, whatever status comes with it. */
export function isClearNo(reply: Reply): boolean {
  const code = errorIn(reply.body)?.code;
  return typeof code === 'number' && meanings[code] !== undefined && meanings[code] !== 'provider_unavailable';
}
