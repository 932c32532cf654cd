import { isIP } from 'node:net';
import { type EgressPolicy, findAddressFault, isLocalhost, isNameAllowed, isPortOpen } from './egress-policy.ts';
import { type ResolveName, resolveBySystem } from './resolve-name.ts';

export type UrlCheck =
  | { ok: true; url: URL }
  | { ok: false; kind: 'egress_blocked' | 'invalid_request'; message: string };
export type AddressCheck =
  | { ok: true; addresses: string[] }
  | { ok: false; kind: 'egress_blocked' | 'dns'; message: string };

const loopbackAddresses = ['127.0.0.1', '::1'];

/**
 * Checks the URL alone: that it is http or https, without credentials, with an open port, and that its host is neither
 * a blocked address (in any of the spellings that WHATWG URLs turn into addresses) nor a blocked `localhost` name. The
 * addresses of a name are checked by `checkHost`.
 */
export function checkUrl(text: string, policy: EgressPolicy): UrlCheck {
  const url = URL.parse(text);
  if (url === null) return { ok: false, kind: 'invalid_request', message: 'not a valid URL' };
  const message = findUrlFault(url, policy);
  return message === null ? { ok: true, url } : { ok: false, kind: 'egress_blocked', message };
}

function findUrlFault(url: URL, policy: EgressPolicy): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'expected http or https';
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (url.port !== '' && !isPortOpen(Number(url.port), policy)) return `port ${url.port} is blocked`;
  const host = hostOf(url);
  const range = isIP(host) === 0 ? findLocalhostFault(host, policy) : findAddressFault(host, policy);
  return range === null ? null : `the address is blocked (${range})`;
}

/**
 * The addresses that may be dialled for a host name. One blocked answer blocks the name: a receiver that mixes public
 * and private answers is not trusted at all. The message contains no address, so that it does not reveal the addresses
 * of internal names.
 */
export async function checkHost(hostname: string, policy: EgressPolicy, resolve: ResolveName): Promise<AddressCheck> {
  const trusted = isNameAllowed(hostname, policy);
  if (isLocalhost(hostname)) {
    const addresses = loopbackAddresses.filter((address) => trusted || findAddressFault(address, policy) === null);
    if (addresses.length > 0) return { ok: true, addresses };
    return { ok: false, kind: 'egress_blocked', message: 'the address is blocked (loopback)' };
  }
  let addresses: string[];
  try {
    addresses = await (trusted ? resolveBySystem(hostname) : resolve(hostname));
  } catch (error) {
    return { ok: false, kind: 'dns', message: `could not resolve ${hostname}${codeOf(error)}` };
  }
  if (addresses.length === 0) return { ok: false, kind: 'dns', message: `${hostname} has no address` };
  if (trusted) return { ok: true, addresses };
  for (const address of addresses) {
    const fault = findAddressFault(address, policy);
    if (fault !== null) {
      return { ok: false, kind: 'egress_blocked', message: `${hostname} resolves to a blocked address (${fault})` };
    }
  }
  return { ok: true, addresses };
}

/**
 * Checks a URL when a hook is written: as at every attempt, plus the addresses that its name has now. A name that does
 * not resolve (yet) passes.
 */
export async function resolveAndCheckUrl(text: string, policy: EgressPolicy, resolve: ResolveName): Promise<UrlCheck> {
  const checked = checkUrl(text, policy);
  if (!checked.ok) return checked;
  const host = hostOf(checked.url);
  if (isIP(host) !== 0) return checked;
  const addresses = await checkHost(host, policy, resolve);
  if (addresses.ok || addresses.kind === 'dns') return checked;
  return { ok: false, kind: addresses.kind, message: addresses.message };
}

/** A URL's host without the brackets of IPv6. */
function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function findLocalhostFault(host: string, policy: EgressPolicy): string | null {
  if (!isLocalhost(host) || isNameAllowed(host, policy)) return null;
  const allowed = loopbackAddresses.some((address) => findAddressFault(address, policy) === null);
  return allowed ? null : 'loopback';
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
}
