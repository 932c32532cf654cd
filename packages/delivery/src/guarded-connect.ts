import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { checkHost } from './check-url.ts';
import { type EgressPolicy, findAddressFault } from './egress-policy.ts';
import { DeliveryError } from './failure-of-error.ts';
import type { TlsPolicy } from './outcome.ts';
import type { ResolveName } from './resolve-name.ts';

/** Node's default of 250 ms gives up on distant hosts: an attempt that is slower is abandoned, not raced. */
const ADDRESS_ATTEMPT_TIMEOUT_MS = 1_000;

export interface ConnectOptions {
  egress: EgressPolicy;
  resolve: ResolveName;
  /** Bounds the look-up, and then the connection with its TLS handshake. */
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
    timeout: 2 * options.connectTimeoutMs,
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
  return (hostname, lookupOptions, callback) => {
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () => reject(new DeliveryError('dns', `could not resolve ${hostname} within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      timer.unref();
    });
    Promise.race([checkHost(hostname, egress, resolve), late]).then(
      (checked) => {
        if (!checked.ok) {
          callback(new DeliveryError(checked.kind, checked.message), '');
          return;
        }
        const answers = checked.addresses.map((address) => ({ address, family: isIP(address) }));
        if (lookupOptions.all) callback(null, answers);
        else callback(null, answers[0]?.address ?? '', answers[0]?.family);
      },
      (error) => callback(error, ''),
    );
  };
}
