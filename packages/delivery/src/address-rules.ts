import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Global unicast as IANA allots it. All else of IPv6 is reserved, and carries IPv4 in several disguises. */
const IPV6_GLOBAL: Range = ipaddr.parseCIDR('2000::/3');

/** Addresses in public ranges that are not public: Azure's virtual host. */
const METADATA: readonly Range[] = [ipaddr.parseCIDR('168.63.129.16/32')];

/**
 * An address in its simplest form: IPv4-mapped IPv6 becomes the IPv4 that the kernel would dial. Null when the text is no
 * address in standard notation; a zone is dropped.
 */
export function parseAddress(text: string): Address | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.process(text);
}

/** Why an address is not a public one (`loopback`, `private`, …), or null when it is. */
export function blockedRangeOf(address: Address): string | null {
  if (METADATA.some((range) => isWithin(address, range))) return 'metadata';
  const range = address.range();
  if (range !== 'unicast') return range;
  if (address.kind() === 'ipv6' && !isWithin(address, IPV6_GLOBAL)) return 'reserved';
  return null;
}

export function isWithin(address: Address, [network, prefixLength]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, prefixLength);
}

/** Reads `10.0.0.0/8`, `::1/128` or a lone address; null when the text is neither, or no address could ever match it. */
export function parseRange(text: string): Range | null {
  const address = parseAddress(text);
  if (address !== null) return [address, address.kind() === 'ipv4' ? 32 : 128];
  // Not isValidCIDR: that reads `10/8` as 0.0.0.10/8.
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text) && !ipaddr.IPv6.isValidCIDR(text)) return null;
  const range = ipaddr.parseCIDR(text);
  return range[0].range() === 'ipv4Mapped' ? null : range;
}

export type { Address, Range };
