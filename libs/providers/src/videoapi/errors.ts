import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply } from '@videoapi/provider-kit';
import { z } from 'zod';

export interface WireError {
  /** None is documented. */
  readonly code?: string | undefined;
  readonly message: string;
}

const coded = z.object({ code: z.string().optional().catch(undefined), message: z.string() });
/** A field that is invalid, as FastAPI tells of it. */
const issue = z.object({ msg: z.string(), loc: z.array(z.union([z.string(), z.number()])).catch([]) });

/** What a body says is wrong, in any of the shapes in which gateways of this kind say it. */
export function errorIn(body: unknown): WireError | undefined {
  return reasonIn(body) ?? coded.safeParse(body).data;
}

/** The reason of a task that failed: `{ message }`, or plain text. */
export function messageOf(error: unknown): string | undefined {
  return read(error)?.message;
}

export function codeOfError(error: WireError | undefined, status: number): FailureCode {
  if (isAboutContent(error)) return 'content_rejected';
  // A 400 is about the model: not there, disabled, without a provider. Another route may have it. Fields are a 422.
  return status === 400 ? 'provider_error' : codeOfStatus(status);
}

/** After acceptance all but content is the provider's own affair. */
export function codeOfFailure(error: unknown): FailureCode {
  return isAboutContent(read(error)) ? 'content_rejected' : 'provider_error';
}

/** What FastAPI and Nest answer for a path that they do not have: then the address is wrong, and no task is gone. */
const ownWords = (text: string) => text !== '' && text !== 'Not Found';
const ownReason = coded.refine(({ message }) => ownWords(message));
const noSuchTask = z.union([
  z.object({ error: ownReason }),
  z.object({ detail: z.union([z.string().refine(ownWords), ownReason]) }),
]);

/** Plain text under `error` and a `{ message }` alone are what proxies say as well; a list of faults is about a request. */
export function isGone({ status, body }: Reply): boolean {
  return status === 404 && noSuchTask.safeParse(body).success;
}

function reasonIn(body: unknown): WireError | undefined {
  const { error, detail } = z.looseObject({}).safeParse(body).data ?? {};
  return read(error) ?? read(detail);
}

function isAboutContent(error: WireError | undefined): boolean {
  return /content_(?!type)|moderat|sensitive|safety/i.test(error?.code ?? '');
}

function read(value: unknown): WireError | undefined {
  if (typeof value === 'string' && value !== '') return { message: value };
  const [first] = z.array(issue).safeParse(value).data ?? [];
  if (first !== undefined) return { message: [first.loc.join('.'), first.msg].filter(Boolean).join(': ') };
  return coded.safeParse(value).data;
}
