import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressCheck, checkHost } from './check-url.ts';
import { type EgressPolicy, findAddressFault } from './egress-policy.ts';
import { DeliveryError } from './failure-of-error.ts';
import type { TlsPolicy } from './outcome.ts';
import type { ResolveName } from './resolve-name.ts';

/** Node abandons an address that is slower, instead of racing it. Its default of 250 ms gives up on distant hosts. */
const addressAttemptTimeoutMs = 1_000;
/** The share of the time to connect that a look-up has: a look-up that hangs must fail as `dns`, before `connect_timeout`. */
const lookupShare = 0.8;

export interface ConnectOptions {
  egress: EgressPolicy;
  resolve: ResolveName;
  /** The time from the look-up of the name to the end of the TLS handshake. */
  connectTimeoutMs: number;
}

/**
 * undici's connector behind the egress policy. undici does not call `lookup` for addresses, so they are checked here. A name is
 * resolved and checked in `lookup`, and the addresses that `lookup` hands on are dialled. SNI and the name in the certificate
 * come from the URL's host in every case.
 */
export function createGuardedConnector(options: ConnectOptions, tls: TlsPolicy): buildConnector.connector {
  const connect = buildConnector({
    ...tlsOptions(tls),
    lookup: createGuardedLookup(options),
    timeout: options.connectTimeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressAttemptTimeoutMs,
  });
  return (target, callback) => {
    const range = isIP(target.hostname) === 0 ? null : findAddressFault(target.hostname, options.egress);
    if (range === null) connect(target, callback);
    else callback(new DeliveryError('egress_blocked', `the address is blocked (${range})`), null);
  };
}

export function tlsOptions(tls: TlsPolicy) {
  return { rejectUnauthorized: tls.verify, ca: tls.ca, cert: tls.cert, key: tls.key };
}

function createGuardedLookup({ egress, resolve, connectTimeoutMs }: ConnectOptions): LookupFunction {
  const timeoutMs = Math.ceil(connectTimeoutMs * lookupShare);
  return (hostname, lookupOptions, callback) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<AddressCheck>((done) => {
      const message = `could not resolve ${hostname} within ${timeoutMs} ms`;
      timer = setTimeout(() => done({ ok: false, kind: 'dns', message }), timeoutMs);
    });
    void Promise.race([checkHost(hostname, egress, resolve), late]).then((checked) => {
      clearTimeout(timer);
      if (!checked.ok) {
        callback(new DeliveryError(checked.kind, checked.message), '');
        return;
      }
      const answers = checked.addresses.map((address) => ({ address, family: isIP(address) }));
      if (lookupOptions.all) callback(null, answers);
      else callback(null, answers[0]?.address ?? '', answers[0]?.family);
    });
  };
}
