import { lookup, Resolver } from 'node:dns/promises';

/** The addresses of a host name, IPv4 first; never empty. Rejects with Node's DNS error (`code` `ENOTFOUND`, `ETIMEOUT`, …). */
export type ResolveName = (hostname: string) => Promise<string[]>;

export interface NameResolverOptions {
  /** `address` or `address:port` of DNS servers; null or unset: the system's. */
  servers?: readonly string[] | null;
  /** For one answer of one server; default 2,000. Two tries are made. */
  timeoutMs?: number;
}

/**
 * Resolves by DNS alone, without the system's resolver: `getaddrinfo` holds a thread of libuv's pool for as long as a name
 * server stays silent, and two silent ones would stall every other look-up of the process. It follows that `/etc/hosts` and
 * search domains are not consulted; names that need them are named in the egress policy, see `resolveBySystem`.
 */
export function createNameResolver(options: NameResolverOptions = {}): ResolveName {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 2_000, tries: 2 });
  if (options.servers) resolver.setServers(options.servers);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason;
    return addresses;
  };
}

/** Resolves as every other program of the machine does: hosts file, search domains, DNS. */
export async function resolveBySystem(hostname: string): Promise<string[]> {
  const answers = await lookup(hostname, { all: true, order: 'ipv4first' });
  return answers.map((answer) => answer.address);
}
