import { lookup, Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** The addresses of a host name, IPv4 first; never empty. Rejects with Node's DNS error (`code` `ENOTFOUND`, `ETIMEOUT`, …). */
export type ResolveName = (hostname: string) => Promise<string[]>;

export interface NameResolverOptions {
  /** `address` or `address:port` of DNS servers; null or unset: the system's. */
  servers?: readonly string[] | null;
  /** For one answer of one server; default 2,000. Two tries are made. */
  timeoutMs?: number;
}

/** RFC 8305, section 3: the wait for the second family once the first has answered. */
const resolutionDelayMs = 50;

/**
 * Resolves by DNS alone, without the system's resolver: `getaddrinfo` holds a thread of libuv's pool for as long as a name
 * server stays silent, and two silent ones would stall every other look-up of the process. It follows that `/etc/hosts` and
 * search domains are not consulted; names that need them are named in the egress policy, see `resolveBySystem`.
 *
 * Both families are asked at once. Some name servers never answer for one of them, so addresses of one family are used when
 * the other has not answered 50 ms later. An answer that comes later still is not dialled, and so needs no check.
 */
export function createNameResolver(options: NameResolverOptions = {}): ResolveName {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 2_000, tries: 2 });
  if (options.servers) resolver.setServers(options.servers);
  return async (hostname) => {
    const found: { v4: string[]; v6: string[] } = { v4: [], v6: [] };
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let timer: NodeJS.Timeout | undefined;
    const waitForOther = () => {
      timer ??= setTimeout(resolve, resolutionDelayMs);
    };
    const v4 = resolver.resolve4(hostname).then((addresses) => {
      found.v4 = addresses;
      waitForOther();
    });
    const v6 = resolver.resolve6(hostname).then((addresses) => {
      found.v6 = addresses;
      if (isDialable(addresses)) waitForOther();
    });
    await Promise.race([Promise.allSettled([v4, v6]), enough]);
    clearTimeout(timer);
    const addresses = [...found.v4, ...found.v6];
    // Both have failed: the error for IPv4 is the one to tell.
    if (addresses.length === 0) await v4;
    return addresses;
  };
}

/** False where this machine has no route to IPv6 addresses: the answer for IPv4 is worth waiting for then. */
function isDialable(addresses: string[]): boolean {
  if (addresses.includes('::1')) return true;
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some(({ address, internal }) => !internal && isIPv6(address) && !address.startsWith('fe80:'));
}

/** Resolves as every other program of the machine does: hosts file, search domains, DNS. */
export async function resolveBySystem(hostname: string): Promise<string[]> {
  const answers = await lookup(hostname, { all: true, order: 'ipv4first' });
  return answers.map((answer) => answer.address);
}
