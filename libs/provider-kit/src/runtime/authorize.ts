import { type Auth, type SignableRequest } from '../call/call.js';
import { type HttpRequest } from './http.js';
import { type Token } from './tokens.js';

/** What a credential or a token may look like in a header. */
const headerValue = /^[\x20-\x7e]+$/;
/** Of a header that signs, the parts that are worth hiding: signatures, tokens, digests. */
const longWords = /[A-Za-z0-9+/_.~-]{20,}/g;

/** The headers that carry a credential, and what of them must never be repeated. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

export function fromSecret(auth: Extract<Auth, { put: 'bearer' | 'header' }>, secret: string): Authorization {
  return carried(auth.put === 'bearer' ? 'bearer' : { header: auth.name }, secret);
}

export function fromToken(auth: Extract<Auth, { put: 'token' }>, { value }: Token): Authorization {
  return carried(auth.as, value);
}

/** @throws whatever the adapter's `sign` throws for a credential that it cannot use */
export function fromSignature(
  { sign }: Extract<Auth, { put: 'signed' }>,
  request: HttpRequest,
  secrets: Readonly<Record<string, string>>,
  nowMs: number,
): Authorization {
  const headers = lowerCased(sign(signable(request), secrets, nowMs));
  if (!Object.values(headers).every((value) => headerValue.test(value))) throw new RangeError('not a header');
  return { headers, secrets: Object.values(headers).flatMap((value) => value.match(longWords) ?? []) };
}

/** @throws RangeError for what cannot stand in a header */
function carried(as: 'bearer' | { readonly header: string }, value: string): Authorization {
  if (!headerValue.test(value)) throw new RangeError('not a header');
  const headers = as === 'bearer' ? { authorization: `Bearer ${value}` } : { [as.header.toLowerCase()]: value };
  return { headers, secrets: [value] };
}

function signable({ method, url, headers, body = '' }: HttpRequest): SignableRequest {
  return { method, url: new URL(url), headers, body: typeof body === 'string' ? Buffer.from(body) : body };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
