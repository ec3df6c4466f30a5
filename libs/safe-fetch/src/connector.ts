import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction, Socket } from 'node:net';
import { Agent, buildConnector, Pool } from 'undici';
import type { AddressPolicy, Endpoint } from './address.js';
import { isError, UnsafeUrlError } from './errors.js';
import { endpointOf, literalAddress } from './url.js';

export type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>;

/** Always asks again: a cache here would outlive the answer that was checked. */
export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true });

type LookupCallback = Parameters<LookupFunction>[2];

/** How one socket came to be. */
export interface Connection {
  readonly remoteAddress: string;
  readonly dnsMs: number;
  readonly connectMs: number;
}

/** Facts of each socket made here. Weak: a socket's facts go with it. */
export const connections = new WeakMap<Socket, Connection>();

export interface GuardedAgentOptions {
  readonly addresses: AddressPolicy;
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
  readonly connectionsPerOrigin: number;
  readonly ca: string | undefined;
}

/** An undici Agent whose every connection was checked by address. HTTP/1.1 only; proxy variables are never read. */
export function guardedAgent(options: GuardedAgentOptions): Agent {
  return new Agent({
    factory: (origin) =>
      new Pool(origin, {
        connections: options.connectionsPerOrigin,
        connect: guardedConnector(endpointOf(new URL(origin)), options),
        keepAliveTimeout: 30_000,
        keepAliveMaxTimeout: 30_000,
        pipelining: 1,
        allowH2: false,
      }),
  });
}

/**
 * Resolves all addresses of a name and refuses the name if any one of them is forbidden: a mixed answer is an attack, and
 * which address the socket would pick is not ours to know.
 * @throws UnsafeUrlError
 */
export async function resolveChecked(
  hostname: string,
  endpoint: Endpoint,
  { addresses, resolve }: Pick<GuardedAgentOptions, 'addresses' | 'resolve'>,
): Promise<readonly { address: string; family: number }[]> {
  const found = await resolve(hostname);
  if (found.length === 0 || !found.every(({ address }) => addresses.permits(address, endpoint))) {
    throw new UnsafeUrlError('blocked_address', 'The host resolves to an address that may not be called');
  }
  return found;
}

/** One per origin. `lookup` hands the socket the very addresses that were checked, so there is no window for rebinding. */
function guardedConnector(endpoint: Endpoint, options: GuardedAgentOptions): buildConnector.connector {
  let session: Buffer | undefined;
  return (target, callback) => {
    // Node never calls `lookup` for an IP literal.
    const literal = literalAddress(target.hostname);
    if (literal !== undefined && !options.addresses.permits(literal, endpoint)) {
      callback(new UnsafeUrlError('blocked_address', 'The URL points to an address that may not be called'), null);
      return;
    }
    const startedAt = performance.now();
    let dnsMs = 0;
    const answer = async (hostname: string, done: LookupCallback): Promise<void> => {
      try {
        const found = await resolveChecked(hostname, endpoint, options);
        dnsMs = performance.now() - startedAt;
        done(null, [...found]);
      } catch (error) {
        done(isError(error) ? error : new Error('The resolver failed'), []);
      }
    };
    const lookup: LookupFunction = (hostname, _options, done) => void answer(hostname, done);
    const connect = buildConnector({
      lookup,
      // Makes Node ask `lookup` for all addresses, whatever the process-wide default.
      autoSelectFamily: true,
      timeout: options.connectTimeoutMs,
      allowH2: false,
      maxCachedSessions: 0,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(session === undefined ? {} : { session }),
    });
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const remoteAddress = socket.remoteAddress ?? '';
      if (!options.addresses.permits(remoteAddress, endpoint)) {
        socket.destroy();
        callback(
          new UnsafeUrlError('blocked_address', 'The connection ended at an address that may not be called'),
          null,
        );
        return;
      }
      socket.on('session', (fresh: Buffer) => (session = fresh));
      connections.set(socket, { remoteAddress, dnsMs, connectMs: performance.now() - startedAt - dnsMs });
      callback(null, socket);
    });
  };
}
