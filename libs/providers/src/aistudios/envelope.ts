import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface VendorError {
  readonly code: string;
  readonly msg: string;
}

const errorSchema = z.object({
  code: z.union([z.string(), z.number()]).transform(String).catch(''),
  msg: z.string().catch(''),
});
const successSchema = z.object({ success: z.literal(true), data: z.unknown() });
const refusalSchema = z.object({ success: z.literal(false), error: errorSchema.nullish().catch(undefined) });

/** `data` of `{ success: true, data }`, whatever the status is. */
export function dataOf<Schema extends z.ZodType>({ body }: Reply, schema: Schema): z.output<Schema> | undefined {
  const envelope = successSchema.safeParse(body);
  return envelope.success ? schema.safeParse(envelope.data.data).data : undefined;
}

/** `{ success: false, error: { code, msg } }`: a clear no, and often enough with HTTP 200. */
export function refusalIn({ body }: Reply): VendorError | undefined {
  const refusal = refusalSchema.safeParse(body).data;
  return refusal && (refusal.error ?? { code: '', msg: '' });
}

/** The codes are unpublished, numbers or words. First match wins. */
const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/moderat|prohibit|sensitive|content_(?!type)|banned/i, 'content_rejected'],
  [/credit|balance|quota|payment|billing|^402$/i, 'channel_balance'],
  [/unauth|token|api_?key|permission|forbidden|^40[13]$/i, 'channel_credentials'],
  [/rate_?limit|too_?many|limit_exceeded|^429$/i, 'rate_limited'],
  [/invalid|param|missing|required|^4(00|22)$/i, 'invalid_request'],
];

/** Undefined when the code says nothing. */
export function meaningOf(error: VendorError | undefined): FailureCode | undefined {
  return meanings.find(([pattern]) => pattern.test(error?.code ?? ''))?.[1];
}

/** A code that says nothing, beside a status that says nothing, is the provider's own affair. */
export function codeOfRefusal(error: VendorError | undefined, status: number): FailureCode {
  return meaningOf(error) ?? (status >= 300 ? codeOfStatus(status) : 'provider_error');
}

export function isAboutToken({ status }: Reply, error: VendorError | undefined): boolean {
  return status === 401 || /unauth|token|^401$/i.test(error?.code ?? '');
}
