import { messageOf } from '@eventhooks/contract';
import type { ClientConfig } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';
import { type Address, parseAddresses } from './addresses.ts';
import { streamToPrimary } from './database-hosts.ts';
import { readTlsOptions, tlsParameters } from './database-tls.ts';
import { readAgain } from './read-again.ts';
import { SettingsError } from './settings-error.ts';
import { UrlFault } from './url-fault.ts';

/** pg's options, with a password that is a text or is asked for at each connection. */
export type DatabaseConnection = Omit<ClientConfig, 'password'> & { password?: string | (() => string) };

export type ParsedDatabaseUrl = { ok: true; config: DatabaseConnection } | { ok: false; fault: string };

/** A URL with several hosts is not a WHATWG URL, so it is taken apart here. */
const shape =
  /^(?<scheme>postgres(?:ql)?:\/\/)(?<user>[^/?#]*@)?(?<hosts>[^/?#@]*)(?<path>[^?#]*)(?:\?(?<query>[^#]*))?$/;
const defaultPort = 5432;

/** Parameters that are read here; all others go to pg. */
const ownParameters = [...tlsParameters, 'password_file', 'target_session_attrs', 'channel_binding'];
/** Parameters that pg acts on. */
const passedParameters = [
  ...[
    'host',
    'port',
    'user',
    'password',
    'options',
    'application_name',
    'fallback_application_name',
    'client_encoding',
  ],
  ...['ssl', 'sslnegotiation', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'],
  ...['query_timeout'],
];
/** Parameters of libpq, and `uselibpqcompat` of pg, that change nothing here, and keep nothing from being secure. */
const ignoredParameters = [
  ...[
    'connect_timeout',
    'keepalives',
    'keepalives_idle',
    'keepalives_interval',
    'keepalives_count',
    'tcp_user_timeout',
  ],
  ...['gssencmode', 'load_balance_hosts', 'sslcompression', 'sslsni', 'uselibpqcompat'],
];
const knownParameters = [...ownParameters, ...passedParameters, ...ignoredParameters];

/** Advice for parameters of other libraries that have another name here. */
const hints: Readonly<Record<string, string>> = {
  schema: '; name it by options=-csearch_path%3D<schema>',
  passfile: '; name a file with the password alone by password_file, or by DATABASE_PASSWORD_FILE',
};

/** Eventhooks writes, so any value asks for a server that takes writes. */
const sessionAttributes = ['any', 'read-write', 'primary'];

/**
 * Reads a `DATABASE_URL` as libpq does: several hosts, and TLS (database-tls.ts tells of the differences). By itself,
 * pg takes one host, treats `sslmode=require` as `verify-full`, and drops parameters that it does not know.
 *
 * Reads the files that the URL names.
 */
export function parseDatabaseUrl(url: string): ParsedDatabaseUrl {
  try {
    return { ok: true, config: readUrl(url) };
  } catch (error) {
    return { ok: false, fault: messageOf(error) };
  }
}

function readUrl(url: string): DatabaseConnection {
  const parts = shape.exec(url)?.groups;
  if (!parts) throw new UrlFault('expected a URL that starts with postgres:// or postgresql://');
  const parameters = new URLSearchParams(parts.query);
  checkParameters(parameters);
  const addresses = readAddresses(parts.hosts ?? '', parameters);
  const hosts = (parts.hosts ?? '').split(',');
  for (const name of [...ownParameters, ...ignoredParameters]) parameters.delete(name);
  const single = `${parts.scheme}${parts.user ?? ''}${hosts[0]}${parts.path ?? ''}?${parameters}`;
  const { password: given, ...config } = toClientConfig(parse(single));
  const asked = new URLSearchParams(parts.query);
  const ssl = readTlsOptions(
    asked,
    addresses.map(({ host }) => host),
  );
  const password = readPassword(typeof given === 'string' ? given : '', asked.get('password_file'));
  const connection: DatabaseConnection = {
    ...config,
    ...(password !== '' && { password }),
    ...(ssl !== undefined && { ssl }),
    ...(asked.has('channel_binding') && { enableChannelBinding: asked.get('channel_binding') !== 'disable' }),
  };
  return addresses.length < 2 ? connection : { ...connection, stream: streamToPrimary(addresses, connection) };
}

function checkParameters(parameters: URLSearchParams): void {
  for (const name of parameters.keys())
    if (!knownParameters.includes(name)) throw new UrlFault(`unknown parameter ${name}${hints[name] ?? ''}`);
  const attribute = parameters.get('target_session_attrs');
  if (attribute !== null && !sessionAttributes.includes(attribute))
    throw new UrlFault(`target_session_attrs: expected one of ${sessionAttributes.join(', ')}`);
}

/** None where the host is left out, or is a parameter. */
function readAddresses(hosts: string, parameters: URLSearchParams): Address[] {
  if (parameters.get('host')?.includes(','))
    throw new UrlFault('several hosts go before the path: host1,host2/database');
  const addresses = hosts === '' ? [] : parseAddresses(hosts, defaultPort);
  if (addresses === null) throw new UrlFault('expected hosts as host:port, separated by commas');
  return addresses;
}

function readPassword(given: string, path: string | null): string | (() => string) {
  if (path === null) return given;
  if (given !== '') throw new UrlFault('it has a password, and a file with a password is named as well');
  return openPasswordFile(path);
}

/** @throws when there is no password in the file. */
export function openPasswordFile(path: string): () => string {
  const read = readAgain(path);
  if (read().trim() === '') throw new UrlFault(`the file ${path} is empty`);
  return () => read().trim();
}

/** The same URL with a file that holds the password, which is read again for each connection. */
export function withPasswordFile(url: string, path: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams({ password_file: path })}`;
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
