import { isIP } from 'node:net';
import { type Address, blockedRangeOf, isWithin, parseAddress, parseRange, type Range } from './address-rules.ts';
import { BLOCKED_PORTS } from './blocked-ports.ts';

/** The destinations that deliveries may reach beside public addresses on ordinary ports. Immutable for the life of a client. */
export interface EgressPolicy {
  ranges: readonly Range[];
  /** Host names in lower case; their addresses are not checked. A leading `*.` stands for one or more labels. */
  names: readonly string[];
  /** Ports of `BLOCKED_PORTS` that are open nevertheless. */
  ports: readonly number[];
}

export type ParsedEgressAllow = { ok: true; policy: EgressPolicy } | { ok: false; faults: string[] };

const hostLabels = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;
const portEntry = /^:(\d{1,5})$/;

/**
 * Reads `EVENTHOOKS_EGRESS_ALLOW`: entries separated by commas, each a CIDR or an address (`10.0.0.0/8`, `::1`), a host
 * name (`hooks.internal`, `*.svc.cluster.local`), or a port that is blocked otherwise (`:25`). Every fault is listed.
 */
export function parseEgressAllow(text: string): ParsedEgressAllow {
  const ranges: Range[] = [];
  const names: string[] = [];
  const ports: number[] = [];
  const faults: string[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const port = Number(portEntry.exec(entry)?.[1] ?? Number.NaN);
    const range = parseRange(entry);
    const name = parseName(entry);
    if (port <= 65_535) ports.push(port);
    else if (range !== null) ranges.push(range);
    else if (name !== null) names.push(name);
    else faults.push(`'${entry}' is neither a CIDR, nor a host name, nor a :port`);
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, policy: { ranges, names, ports } };
}

/** The fault of `EVENTHOOKS_EGRESS_ALLOW` in an environment, with the variable's name. */
export function findEgressFaults({
  EVENTHOOKS_EGRESS_ALLOW: text = '',
}: Readonly<Record<string, string | undefined>>): string[] {
  const parsed = parseEgressAllow(text);
  return parsed.ok ? [] : [`EVENTHOOKS_EGRESS_ALLOW: ${parsed.faults.join('; ')}`];
}

/** The policy that allows public addresses only. */
export const PUBLIC_ONLY: EgressPolicy = { ranges: [], names: [], ports: [] };

/** The range (`loopback`, `private`, …) for which an address is blocked; null when it may be dialled. Text that is not an address is `invalid`. */
export function findAddressFault(text: string, policy: EgressPolicy): string | null {
  const address = parseAddress(text);
  if (address === null) return 'invalid';
  return isAllowed(address, policy) ? null : blockedRangeOf(address);
}

export function isPortOpen(port: number, policy: EgressPolicy): boolean {
  return !BLOCKED_PORTS.has(port) || policy.ports.includes(port);
}

/** True when the policy names this host (without regard to a trailing dot), so that its addresses are not checked. */
export function isNameAllowed(hostname: string, policy: EgressPolicy): boolean {
  const host = withoutTrailingDot(hostname);
  return policy.names.some((name) => (name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name));
}

/** RFC 6761: `localhost` and all below it are loopback, whatever DNS says. */
export function isLocalhost(hostname: string): boolean {
  const host = withoutTrailingDot(hostname);
  return host === 'localhost' || host.endsWith('.localhost');
}

function isAllowed(address: Address, policy: EgressPolicy): boolean {
  return policy.ranges.some((range) => isWithin(address, range));
}

function withoutTrailingDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/** A host name as URLs spell it (lower case, punycode), or null. Odd spellings of addresses are not names. */
function parseName(entry: string): string | null {
  // In a URL these characters begin another part than the host.
  if (/[\s/@:?#\\]/.test(entry)) return null;
  const wildcard = entry.startsWith('*.') ? '*.' : '';
  const hostname = URL.parse(`http://${entry.slice(wildcard.length)}`)?.hostname;
  if (hostname === undefined || isIP(hostname) !== 0) return null;
  const name = withoutTrailingDot(hostname);
  return hostLabels.test(name) ? wildcard + name : null;
}
