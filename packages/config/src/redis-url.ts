import { type Address, parseAddresses } from './addresses.ts';
import { UrlFault } from './url-fault.ts';

/** One server, the Sentinels of a primary, or nodes of a Cluster. */
export type RedisKind = 'single' | 'sentinel' | 'cluster';

export interface RedisTarget {
  kind: RedisKind;
  /** Addresses of the server, of Sentinels, or of some of the Cluster's nodes; at least one. */
  addresses: Address[];
  username: string | null;
  password: string | null;
  /** Always 0 on a Cluster, which has no other. */
  database: number;
  /** The primary's name at the Sentinels; empty for the other kinds. */
  primaryName: string;
  sentinelUsername: string | null;
  sentinelPassword: string | null;
  /** Null: plain TCP. Files are PEM; a null file means the system's authorities or no client certificate. */
  tls: { caFile: string | null; certFile: string | null; keyFile: string | null } | null;
}

export type ParsedRedisUrl = { ok: true; target: RedisTarget } | { ok: false; fault: string };

const forms = 'redis://, rediss://, redis+sentinel://, rediss+sentinel://, redis+cluster:// or rediss+cluster://';
/** A URL with several hosts is not a WHATWG URL, so it is parsed here. */
const shape =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^/?#]*)@)?(?<hosts>[^/?#@]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;
const defaultPorts = { single: 6379, sentinel: 26_379, cluster: 6379 } satisfies Record<RedisKind, number>;
const tlsParameters = ['ca', 'cert', 'key'];
const sentinelParameters = ['sentinel_username', 'sentinel_password'];

/**
 * Reads a `REDIS_URL`; docs/redis.md has its forms. The fault never quotes the text, because it may hold a password.
 *
 * @returns the first fault found, or the addresses and credentials of Redis.
 */
export function parseRedisUrl(text: string): ParsedRedisUrl {
  const parts = shape.exec(text)?.groups;
  if (!parts?.hosts) return { ok: false, fault: `expected a URL that starts with ${forms}, with a host` };
  try {
    return { ok: true, target: readTarget(parts, parts.hosts) };
  } catch (error) {
    if (error instanceof UrlFault) return { ok: false, fault: error.message };
    if (error instanceof URIError) return { ok: false, fault: 'a % is not followed by two hexadecimal digits' };
    throw error;
  }
}

function readTarget(parts: Record<string, string | undefined>, hosts: string): RedisTarget {
  const kind = (parts.kind ?? 'single') as RedisKind;
  const isTls = parts.tls === 's';
  const addresses = parseAddresses(hosts, defaultPorts[kind]);
  if (addresses === null) throw new UrlFault('expected hosts as host:port, separated by commas');
  if (kind === 'single' && addresses.length > 1) {
    throw new UrlFault('several hosts need redis+sentinel:// or redis+cluster://');
  }
  const query = readQuery(parts.query ?? '', kind, isTls);
  const [username = null, password = null] = readUser(parts.user);
  return {
    kind,
    addresses,
    username,
    password,
    ...readPath(parts.path ?? '', kind),
    sentinelUsername: query.get('sentinel_username') ?? null,
    sentinelPassword: query.get('sentinel_password') ?? null,
    tls: isTls
      ? { caFile: query.get('ca') ?? null, certFile: query.get('cert') ?? null, keyFile: query.get('key') ?? null }
      : null,
  };
}

/** `user:password`, `:password`, or `user`; each percent-encoded. */
function readUser(text: string | undefined): (string | null)[] {
  if (!text) return [];
  const colon = text.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
  const password = colon < 0 ? '' : decodeURIComponent(text.slice(colon + 1));
  return [username || null, password || null];
}

function readPath(path: string, kind: RedisKind): { primaryName: string; database: number } {
  const segments = path.split('/').filter(Boolean).map(decodeURIComponent);
  const primaryName = kind === 'sentinel' ? segments.shift() : '';
  if (primaryName === undefined) throw new UrlFault("expected the primary's name after the hosts: /mymaster");
  const [database = '0', ...rest] = segments;
  if (!/^\d{1,4}$/.test(database) || rest.length > 0) throw new UrlFault('expected a database number in the path');
  if (kind === 'cluster' && database !== '0') throw new UrlFault('a Cluster has no database but 0');
  return { primaryName, database: Number(database) };
}

function readQuery(text: string, kind: RedisKind, isTls: boolean): URLSearchParams {
  const query = new URLSearchParams(text);
  const known = [...(isTls ? tlsParameters : []), ...(kind === 'sentinel' ? sentinelParameters : [])];
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    if (tlsParameters.includes(name)) throw new UrlFault(`${name} needs rediss:// (or rediss+…)`);
    if (sentinelParameters.includes(name)) throw new UrlFault(`${name} needs redis+sentinel://`);
    throw new UrlFault(`unknown parameter ${name}`);
  }
  if (query.has('cert') !== query.has('key')) throw new UrlFault('cert and key are given together');
  return query;
}
