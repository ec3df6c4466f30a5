import { isIP } from 'node:net';
import type { AddressPolicy, Endpoint } from './address.js';
import { UnsafeUrlError } from './errors.js';

export interface UrlRules {
  readonly addresses: AddressPolicy;
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
  const endpoint = endpointOf(url);
  const { addresses } = rules;
  // Plain HTTP to where the allow-list may lead is settled by the address.
  if (!addresses.permitsPublicScheme(endpoint.scheme) && !addresses.namesPort(endpoint.port)) {
    throw new UnsafeUrlError('bad_scheme', 'The URL must be https');
  }
  if (url.username !== '' || url.password !== '') throw new UnsafeUrlError('userinfo', 'The URL has a user name');
  url.hash = '';
  checkHost(url, endpoint, rules);
  return url;
}

/**
 * What a connection to this URL would use.
 * @throws UnsafeUrlError when it is neither http nor https
 */
export function endpointOf({ protocol, port }: URL): Endpoint {
  if (protocol === 'https:') return { scheme: protocol, port: port === '' ? 443 : Number(port) };
  if (protocol === 'http:') return { scheme: protocol, port: port === '' ? 80 : Number(port) };
  throw new UnsafeUrlError('bad_scheme', 'The URL must be http or https');
}

/** The address in a URL whose host is one, without brackets; `undefined` for a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}

function checkHost(url: URL, endpoint: Endpoint, { addresses, ownHosts }: UrlRules): void {
  const address = literalAddress(url.hostname);
  if (address !== undefined) {
    if (!addresses.permits(address, endpoint)) {
      throw new UnsafeUrlError('blocked_address', 'The URL points to an address that may not be called');
    }
    return;
  }
  const name = url.hostname.replace(/\.+$/, '');
  if (name === '' || isOwn(name, ownHosts) || metadataNames.has(name)) {
    throw new UnsafeUrlError('bad_host', 'The URL has a host that may not be called');
  }
  const mayBeListed = addresses.namesPort(endpoint.port);
  if (!looksPublic(name) && !mayBeListed) {
    throw new UnsafeUrlError('bad_host', 'The URL has no public host name');
  }
  if (!addresses.permitsPublic(endpoint) && !mayBeListed) {
    throw new UnsafeUrlError('bad_port', 'The URL has a port that may not be called');
  }
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
