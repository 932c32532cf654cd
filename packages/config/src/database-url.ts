import { messageOf } from '@eventhooks/contract';
import type { ClientConfig } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';
import { SettingsError } from './settings-error.ts';

/** pg's options, with a password that is a text. */
export type DatabaseConnection = Omit<ClientConfig, 'password'> & { password?: string };

export type ParsedDatabaseUrl = { ok: true; config: DatabaseConnection } | { ok: false; fault: string };

/** The modes of libpq, and `no-verify`, pg's own name for what `require` does. */
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const;

/**
 * Reads a `DATABASE_URL` as libpq does. By itself, pg treats `sslmode=require` as `verify-full`; libpq encrypts without
 * checking the certificate, unless `sslrootcert` names the authority to trust. One difference remains: `prefer` never
 * falls back to an unencrypted connection.
 *
 * Reads the files that the URL names.
 */
export function parseDatabaseUrl(url: string): ParsedDatabaseUrl {
  const parameters = URL.parse(url)?.searchParams ?? new URLSearchParams();
  if (parameters.has('schema'))
    return { ok: false, fault: 'unknown parameter schema; name it by options=-csearch_path%3D<schema>' };
  const sslMode = parameters.get('sslmode');
  if (sslMode !== null && !sslModes.some((known) => known === sslMode))
    return { ok: false, fault: `sslmode: expected one of ${sslModes.join(', ')}` };
  if (sslMode === 'verify-ca' && !parameters.has('sslrootcert'))
    return { ok: false, fault: 'sslmode=verify-ca needs sslrootcert, the file with the authority to trust' };
  try {
    // libpq's `allow` tries an unencrypted connection first, and servers that refuse one are rare.
    const plain = sslMode === 'allow' ? withoutParameter(url, 'sslmode') : url;
    const useLibpqCompat = sslMode !== 'no-verify' && !parameters.has('uselibpqcompat');
    const { password, ...config } = toClientConfig(parse(plain, { useLibpqCompat }));
    return { ok: true, config: { ...config, ...(typeof password === 'string' && { password }) } };
  } catch (error) {
    return { ok: false, fault: messageOf(error) };
  }
}

function withoutParameter(url: string, name: string): string {
  const changed = new URL(url);
  changed.searchParams.delete(name);
  return changed.href;
}

/**
 * The deadlines of every connection: a query fails when it waits longer for a connection or for its answer. An
 * outage then shows as an error and not as silence, even if the peer vanished without closing the connection.
 */
const timeouts = {
  connectionTimeoutMillis: 5_000,
  query_timeout: 15_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} satisfies ClientConfig;

/**
 * The options to connect to a `DATABASE_URL`. The URL overrides `config`; `options`, the parameters of a session
 * (`-c name=value`), are joined, with ours last.
 *
 * @throws {SettingsError} when the URL cannot be used, or a file that it names cannot be read.
 */
export function databaseConnection(url: string, config: DatabaseConnection): DatabaseConnection {
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) throw new SettingsError(`DATABASE_URL: ${parsed.fault}`);
  const options = [parsed.config.options, config.options].filter((part) => part !== undefined).join(' ');
  return { ...timeouts, ...config, ...parsed.config, ...(options !== '' && { options }) };
}
