import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Global unicast as IANA allots it. The rest of IPv6 is reserved, and includes several ways to write IPv4 addresses. */
const ipv6Global: Range = ipaddr.parseCIDR('2000::/3');

/** Addresses that are not public although their range is: Azure's virtual host. */
const metadataRanges: readonly Range[] = [ipaddr.parseCIDR('168.63.129.16/32')];

/**
 * An address in its simplest form: IPv4-mapped IPv6 becomes the IPv4 that the kernel would dial. Null when the text is no
 * address in standard notation; a zone is dropped.
 */
export function parseAddress(text: string): Address | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null;
  return ipaddr.process(text);
}

/** The range (`loopback`, `private`, …) that makes an address not public, or null when it is public. */
export function blockedRangeOf(address: Address): string | null {
  if (metadataRanges.some((range) => isWithin(address, range))) return 'metadata';
  const range = address.range();
  if (range !== 'unicast') return range;
  if (address.kind() === 'ipv6' && !isWithin(address, ipv6Global)) return 'reserved';
  return null;
}

export function isWithin(address: Address, [network, prefixLength]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, prefixLength);
}

/** Reads `10.0.0.0/8`, `::1/128` or a single address; null when the text is neither, or when no address could match it. */
export function parseRange(text: string): Range | null {
  const address = parseAddress(text);
  if (address !== null) return [address, address.kind() === 'ipv4' ? 32 : 128];
  // Not isValidCIDR: that reads `10/8` as 0.0.0.10/8.
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text) && !ipaddr.IPv6.isValidCIDR(text)) return null;
  const range = ipaddr.parseCIDR(text);
  return range[0].range() === 'ipv4Mapped' ? null : range;
}

export type { Address, Range };
