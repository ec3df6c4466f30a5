import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Where callbacks may go. The caller chooses the URL, so without configuration it is this machine alone: a simulator in
 * a cluster must not become a way to reach what its callers cannot reach themselves.
 */
export class CallbackTargets {
  private readonly addresses = new BlockList();
  private readonly hosts = new Set<string>();

  /** `allow`: comma separated host names and CIDRs, besides loopback. Throws on what is neither. */
  constructor(allow: string) {
    this.addresses.addSubnet('127.0.0.0', 8, 'ipv4');
    this.addresses.addAddress('::1', 'ipv6');
    for (const entry of allow
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== ''))
      this.add(entry);
  }

  /** Whether the URL may be called, as far as can be told before its name is resolved. */
  permits(url: URL): boolean {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
    const host = hostOf(url);
    return isIP(host) === 0 || this.hosts.has(host) || this.permitsAddress(host);
  }

  /** Resolves names for node:http to permitted addresses only, so that what was checked is what is connected to. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const permitted = this.hosts.has(hostname) ? found : found.filter(({ address }) => this.permitsAddress(address));
      const [first] = permitted;
      if (first === undefined) callback(new Error('callback address not permitted'), []);
      else if (options.all === true) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };

  private permitsAddress(address: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
    if (mapped !== undefined) return this.addresses.check(mapped, 'ipv4');
    return this.addresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  private add(entry: string): void {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address);
    if (family === 0 && prefix === undefined && /^[a-z0-9.-]+$/i.test(entry)) {
      this.hosts.add(entry.toLowerCase());
      return;
    }
    if (family === 0) throw new Error(`SIMULATOR_CALLBACK_ALLOW: ${entry} is neither a host name nor a CIDR`);
    const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
    this.addresses.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
