import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

interface AllowEntry {
  readonly network: readonly [Address, number];
  readonly port: number | undefined;
}

/** Where a connection goes, apart from the address. */
export interface Endpoint {
  readonly scheme: 'http:' | 'https:';
  readonly port: number;
}

export interface AddressRules {
  /** `CIDR` or `CIDR:port` (`10.1.0.0/16`, `127.0.0.1/32:9000`, `[fd00::]/8:443`). */
  readonly allow: readonly string[];
  /** Of public addresses. */
  readonly ports: readonly number[];
  /** To public addresses. Listed ones are inside, where plain HTTP is common. */
  readonly allowHttp: boolean;
}

/** Which addresses may be connected to: global unicast on a public port, or what the operator listed by hand. */
export class AddressPolicy {
  readonly #allow: readonly AllowEntry[];
  readonly #ports: ReadonlySet<number>;
  readonly #allowHttp: boolean;

  constructor({ allow, ports, allowHttp }: AddressRules) {
    this.#allow = allow.map(parseAllowEntry);
    this.#ports = new Set(ports);
    this.#allowHttp = allowHttp;
  }

  permits(address: string, endpoint: Endpoint): boolean {
    if (!ipaddr.isValid(address)) return false;
    // `process` unmaps ::ffff:127.0.0.1, which would otherwise have a range of its own.
    const parsed = ipaddr.process(address);
    if (isMetadata(parsed)) return false;
    if (this.#allow.some((entry) => matches(entry, parsed, endpoint.port))) return true;
    return this.permitsPublic(endpoint) && isGlobalUnicast(parsed);
  }

  permitsPublic({ scheme, port }: Endpoint): boolean {
    return this.permitsPublicScheme(scheme) && this.#ports.has(port);
  }

  permitsPublicScheme(scheme: Endpoint['scheme']): boolean {
    return scheme === 'https:' || this.#allowHttp;
  }

  /** Whether the allow-list may open this port: only then is a name without a public shape worth resolving. */
  namesPort(port: number): boolean {
    return this.#allow.some((entry) => entry.port === undefined || entry.port === port);
  }
}

/** What ipaddr.js calls unicast, minus the special-purpose blocks that it does not know (IANA registries, RFC 6890). */
function isGlobalUnicast(address: Address): boolean {
  return address.range() === 'unicast' && !specialPurpose.some((network) => inNetwork(address, network));
}

const specialPurpose = [
  '192.0.0.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fec0::/10',
].map((cidr) => ipaddr.parseCIDR(cidr));

/** Cloud metadata services hand out credentials: not even the allow-list opens them (AWS and others, ECS, Alibaba, Oracle, AWS IPv6). */
function isMetadata(address: Address): boolean {
  return metadataAddresses.has(address.toString());
}

const metadataAddresses = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '192.0.0.192',
  ipaddr.parse('fd00:ec2::254').toString(),
  ipaddr.parse('fd00:ec2::23').toString(),
]);

function matches(entry: AllowEntry, address: Address, port: number): boolean {
  return (entry.port === undefined || entry.port === port) && inNetwork(address, entry.network);
}

function inNetwork(address: Address, [network, bits]: readonly [Address, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function parseAllowEntry(text: string): AllowEntry {
  const match = /^\[?([0-9a-fA-F:.]+?)\]?(\/\d+)?(?::(\d+))?$/.exec(text.trim());
  const [, address, prefix, port] = match ?? [];
  if (address === undefined || !ipaddr.isValid(address)) throw new TypeError(`Not a CIDR or CIDR:port: ${text}`);
  const bits = prefix ?? (ipaddr.parse(address).kind() === 'ipv4' ? '/32' : '/128');
  return { network: ipaddr.parseCIDR(address + bits), port: port === undefined ? undefined : Number(port) };
}
