import { isIP } from 'node:net';
import type { AddressPolicy } from './address.js';
import { UnsafeUrlError } from './errors.js';

export interface UrlRules {
  readonly addresses: AddressPolicy;
  readonly allowHttp: boolean;
  readonly maxUrlLength: number;
  /** Our own public host names: a call to one would come back to us with our own network's trust. */
  readonly ownHosts: readonly string[];
}

/**
 * Everything that can be said about a URL without asking DNS. Returns it normalized: WHATWG parsing has turned unicode
 * into punycode and `2130706433` or `0x7f.1` into `127.0.0.1`; trailing dots and the fragment are gone.
 * @throws UnsafeUrlError
 */
export function checkUrl(text: string, rules: UrlRules): URL {
  if (text.length > rules.maxUrlLength) throw new UnsafeUrlError('too_long', 'The URL is too long');
  // WHATWG parsing silently drops tabs and line ends; a URL that needs that was not written by a friend.
  if (hasControlCharacter(text)) throw new UnsafeUrlError('bad_url', 'The URL has control characters');
  const url = URL.parse(text);
  if (url === null) throw new UnsafeUrlError('bad_url', 'This is not a URL');
  if (url.protocol !== 'https:' && !(rules.allowHttp && url.protocol === 'http:')) {
    throw new UnsafeUrlError('bad_scheme', 'The URL must be https');
  }
  if (url.username !== '' || url.password !== '') throw new UnsafeUrlError('userinfo', 'The URL has a user name');
  url.hash = '';
  checkHost(url, rules);
  return url;
}

/** The port that a connection to this URL would use. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The address in a URL whose host is one, without brackets; `undefined` for a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}

function checkHost(url: URL, { addresses, ownHosts }: UrlRules): void {
  const port = portOf(url);
  const address = literalAddress(url.hostname);
  if (address !== undefined) {
    if (!addresses.permits(address, port)) {
      throw new UnsafeUrlError('blocked_address', 'The URL points to an address that may not be called');
    }
    return;
  }
  const name = url.hostname.replace(/\.+$/, '');
  if (name === '' || isOwn(name, ownHosts) || metadataNames.has(name)) {
    throw new UnsafeUrlError('bad_host', 'The URL has a host that may not be called');
  }
  if (!looksPublic(name) && !addresses.namesPort(port)) {
    throw new UnsafeUrlError('bad_host', 'The URL has no public host name');
  }
  if (!addresses.permitsPort(port)) throw new UnsafeUrlError('bad_port', 'The URL has a port that may not be called');
  url.hostname = name;
}

function looksPublic(name: string): boolean {
  return name.includes('.') && !privateSuffixes.some((suffix) => name.endsWith(suffix));
}

const privateSuffixes = ['.local', '.localhost', '.localdomain', '.internal', '.intranet', '.svc', '.lan', '.arpa'];

const metadataNames = new Set(['metadata.google.internal', 'metadata.goog', 'metadata.tencentyun.com', 'metadata']);

function isOwn(name: string, ownHosts: readonly string[]): boolean {
  return ownHosts.some((own) => name === own || name.endsWith(`.${own}`));
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
