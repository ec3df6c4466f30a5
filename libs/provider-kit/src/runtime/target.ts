import { type ChannelTarget } from '@videoapi/contracts';
import { type Adapter } from '../adapter.js';
import { type Call } from '../call/call.js';

/** Where an adapter's calls go: a channel, and the other origins that the adapter declares. */
export interface Target {
  readonly channel: ChannelTarget;
  readonly hosts: Readonly<Record<string, string>>;
}

export function targetOf({ capabilities }: Pick<Adapter, 'capabilities'>, channel: ChannelTarget): Target {
  const { hosts = {} } = capabilities;
  const overrides = channel.options['hosts'];
  if (typeof overrides !== 'object' || overrides === null) return { channel, hosts };
  // Only names that the adapter declares: a channel moves a host, it does not invent one.
  const moved = Object.entries(overrides).filter(
    (entry): entry is [string, string] => Object.hasOwn(hosts, entry[0]) && typeof entry[1] === 'string',
  );
  return { channel, hosts: { ...hosts, ...Object.fromEntries(moved) } };
}

/** The base URL of one call. @throws RangeError for a host that the adapter does not declare. */
export function baseUrlOf({ channel, hosts }: Target, { host }: Pick<Call, 'host'>): string {
  if (host === undefined) return channel.baseUrl;
  const baseUrl = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
  if (baseUrl === undefined) throw new RangeError('A call names a host that its adapter does not declare.');
  return baseUrl;
}
