import { type ConnectionOptions, checkServerIdentity, getCACertificates } from 'node:tls';
import { messageOf } from '@eventhooks/contract';
import { readAgain } from './read-again.ts';
import { findTlsFaults } from './tls-material.ts';
import { UrlFault } from './url-fault.ts';

/** libpq's modes, and `no-verify`, pg's own name for what `require` does. */
const sslModes = ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof sslModes)[number];

/** Parts of the server's certificate that are verified. Null: nothing is encrypted. */
type Verification = 'nothing' | 'authority' | 'authority and name' | null;

/**
 * Two differences from libpq. `prefer` never falls back to an unencrypted connection, and `allow` never to an encrypted one:
 * each asks for the kind that libpq tries first. `verify-full` without `sslrootcert` trusts Node's own authorities.
 */
const verifications = {
  disable: () => null,
  allow: () => null,
  prefer: () => 'nothing',
  require: (hasAuthority) => (hasAuthority ? 'authority' : 'nothing'),
  'no-verify': () => 'nothing',
  'verify-ca': () => 'authority',
  'verify-full': () => 'authority and name',
} satisfies Record<SslMode, (hasAuthority: boolean) => Verification>;

/** The parameters that this module reads, and the options of TLS that their files fill. */
const files = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;
export const tlsParameters: readonly string[] = ['sslmode', ...Object.keys(files)];

/** The names of fields in `findTlsFaults`. */
const parameterOf: Readonly<Record<string, string>> = {
  ca: 'sslrootcert',
  client_cert: 'sslcert',
  client_key: 'sslkey',
};

/**
 * The options of TLS that a URL asks for; false for a connection that must not be encrypted, undefined where it says nothing. Files
 * are read again for each connection, so that certificates can be renewed.
 *
 * @param hosts the server's names; its certificate may be for any of them.
 * @throws {UrlFault}
 */
export function readTlsOptions(
  parameters: URLSearchParams,
  hosts: readonly string[],
): ConnectionOptions | false | undefined {
  const mode = readMode(parameters);
  if (mode === null) return undefined;
  const verification = verifications[mode](parameters.has('sslrootcert'));
  if (verification === null) return mode === 'disable' ? false : undefined;
  if (mode === 'verify-ca' && !parameters.has('sslrootcert'))
    throw new UrlFault('sslmode=verify-ca needs sslrootcert, the file with the authority to trust');
  const options = identityCheck(verification, hosts);
  addFiles(options, parameters, mode);
  return options;
}

/** Certificates without a mode ask for the strictest one. */
function readMode(parameters: URLSearchParams): SslMode | null {
  const given = parameters.get('sslmode');
  if (given === null) return tlsParameters.some((name) => parameters.has(name)) ? 'verify-full' : null;
  const mode = sslModes.find((known) => known === given);
  if (mode === undefined) throw new UrlFault(`sslmode: expected one of ${sslModes.join(', ')}`);
  return mode;
}

function identityCheck(verification: Verification, hosts: readonly string[]): ConnectionOptions {
  if (verification === 'nothing') return { rejectUnauthorized: false };
  if (verification === 'authority') return { checkServerIdentity: () => undefined };
  if (hosts.length < 2) return {};
  // pg asks with the name of the first host, wherever the connection leads.
  return {
    checkServerIdentity: (_host, certificate) => {
      const faults = hosts.map((host) => checkServerIdentity(host, certificate));
      return faults.includes(undefined) ? undefined : faults[0];
    },
  };
}

/** Adds properties whose values are the texts of files at the time of reading. pg reads them once per connection. */
function addFiles(options: ConnectionOptions, parameters: URLSearchParams, mode: SslMode): void {
  if (parameters.has('sslcert') !== parameters.has('sslkey'))
    throw new UrlFault('sslcert and sslkey are given together');
  for (const [parameter, option] of Object.entries(files)) {
    const path = parameters.get(parameter);
    if (path === null) continue;
    if (parameter === 'sslrootcert' && path === 'system') {
      if (mode !== 'verify-full') throw new UrlFault('sslrootcert=system needs sslmode=verify-full');
      options.ca = getCACertificates('system');
    } else
      Object.defineProperty(options, option, { get: openFile(parameter, path), enumerable: true, configurable: true });
  }
  const { ca, cert: client_cert, key: client_key } = options;
  const [fault] = findTlsFaults({ ca, client_cert, client_key });
  if (fault) throw new UrlFault(`${parameterOf[String(fault.path[1])]}: ${fault.message}`);
}

function openFile(parameter: string, path: string): () => string {
  try {
    return readAgain(path);
  } catch (error) {
    throw new UrlFault(`${parameter}: ${messageOf(error)}`);
  }
}
