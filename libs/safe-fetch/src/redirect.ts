import type { Readable } from 'node:stream';
import { UnsafeUrlError } from './errors.js';

/** One request of a chain. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable | undefined;
}

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The next request of a chain, its URL judged by the same rules as the first one.
 * @throws UnsafeUrlError
 */
export function followRedirect(
  { url, method, headers, body }: Hop,
  status: number,
  location: string | undefined,
  check: (url: string) => URL,
): Hop {
  const target = location === undefined ? null : URL.parse(location, url.href);
  if (target === null) throw new UnsafeUrlError('bad_redirect', 'The redirect leads nowhere');
  const next = check(target.href);
  if (url.protocol === 'https:' && next.protocol !== 'https:') {
    throw new UnsafeUrlError('redirect_downgrade', 'The redirect leaves https');
  }
  const kept = next.origin === url.origin ? headers : pick(headers, harmless);
  if (status === 303 || ((status === 301 || status === 302) && method === 'POST')) {
    return { url: next, method: method === 'HEAD' ? 'HEAD' : 'GET', headers: omit(kept, aboutBody), body: undefined };
  }
  if (typeof body === 'object' && !(body instanceof Uint8Array)) {
    throw new UnsafeUrlError('bad_redirect', 'The redirect wants a body again that was already sent');
  }
  return { url: next, method, headers: kept, body };
}

/** What another origin may see: never a credential, and nothing whose meaning we do not know. */
const harmless = new Set(['accept', 'accept-language', 'content-type', 'range', 'if-none-match', 'if-modified-since']);

const aboutBody = new Set(['content-type', 'content-length', 'content-encoding']);

function pick(headers: Hop['headers'], names: ReadonlySet<string>): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.has(name)));
}

function omit(headers: Hop['headers'], names: ReadonlySet<string>): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)));
}
