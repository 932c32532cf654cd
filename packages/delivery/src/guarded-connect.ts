import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressCheck, checkHost } from './check-url.ts';
import { type EgressPolicy, findAddressFault } from './egress-policy.ts';
import { DeliveryError } from './failure-of-error.ts';
import type { TlsPolicy } from './outcome.ts';
import type { ResolveName } from './resolve-name.ts';

/** Node's default of 250 ms gives up on distant hosts: an attempt that is slower is abandoned, not raced. */
const ADDRESS_ATTEMPT_TIMEOUT_MS = 1_000;
/** Of the time to connect: a look-up that hangs is to fail as one, before the whole does. */
const LOOKUP_SHARE = 0.8;

export interface ConnectOptions {
  egress: EgressPolicy;
  resolve: ResolveName;
  /** From the look-up to the end of the TLS handshake. */
  connectTimeoutMs: number;
}

/**
 * undici's connector behind the egress policy. undici does not call `lookup` for addresses, so those are checked here; a name
 * is resolved and checked in `lookup`, and the addresses that it hands on are the ones dialled. SNI and the certificate's
 * name come from the URL's host throughout.
 */
export function createGuardedConnector(options: ConnectOptions, tls: TlsPolicy): buildConnector.connector {
  const connect = buildConnector({
    ...tlsOptions(tls),
    lookup: createGuardedLookup(options),
    timeout: options.connectTimeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_TIMEOUT_MS,
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
  const timeoutMs = Math.ceil(connectTimeoutMs * LOOKUP_SHARE);
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
