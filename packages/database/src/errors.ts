import { SettingsError } from '@eventhooks/config';

/**
 * Kinds of errors of PostgreSQL and of connections to it, by how to react:
 *
 * - `passing`: the server is away, starting, full or busy. The same statement may succeed later.
 * - `read_only`: the server takes no writes. It was demoted, or a standby was reached: connect anew.
 * - `setting`: the server cannot be used with this URL and these rights until a person changes something.
 * - `unmigrated`: a table, column or function is missing.
 * - `pooler`: the statement needs a session, and a pooler handed it to another one.
 * - `refused`: the statement itself is refused, and would be for ever.
 * - `unknown`: anything else, including errors that do not come from a database.
 */
export type DatabaseErrorKind = 'passing' | 'read_only' | 'setting' | 'unmigrated' | 'pooler' | 'refused' | 'unknown';

/**
 * Keyed by SQLSTATE, its class (two characters), or Node's code. A whole SQLSTATE goes before its class.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const kindOfCode: Readonly<Record<string, DatabaseErrorKind>> = {
  // Connection exceptions pass. Poolers use 08P01 for all that they say themselves (refusalsOfPoolers).
  '08': 'passing',
  '22': 'refused',
  '23': 'refused',
  '25006': 'read_only',
  '26000': 'pooler',
  '28': 'setting',
  '3D': 'setting',
  '3F': 'setting',
  // Serialization failures and deadlocks.
  '40': 'passing',
  '42': 'refused',
  '42501': 'setting',
  '42P01': 'unmigrated',
  '42703': 'unmigrated',
  '42883': 'unmigrated',
  '42P05': 'pooler',
  // Disk full, out of memory, too many connections.
  '53': 'passing',
  '55P03': 'passing',
  // Shutdown, crash, starting, a cancelled statement, an idle session that was ended.
  '57': 'passing',
  // The database was dropped.
  '57P04': 'setting',
  '58': 'passing',
  // A role's settings that cannot be set back behind a pooler (database-client.ts).
  ERR_ROLE_SETTINGS: 'setting',
  // A value that does not fit into its parameter (binary-arrays.ts).
  ERR_OUT_OF_RANGE: 'refused',
  ECONNREFUSED: 'passing',
  ECONNRESET: 'passing',
  ECONNABORTED: 'passing',
  EPIPE: 'passing',
  ETIMEDOUT: 'passing',
  EHOSTUNREACH: 'passing',
  EHOSTDOWN: 'passing',
  ENETUNREACH: 'passing',
  EAI_AGAIN: 'passing',
  // A name may be published after its user has started.
  ENOTFOUND: 'passing',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'setting',
  SELF_SIGNED_CERT_IN_CHAIN: 'setting',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'setting',
  UNABLE_TO_GET_ISSUER_CERT: 'setting',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'setting',
  CERT_HAS_EXPIRED: 'setting',
  CERT_NOT_YET_VALID: 'setting',
  CERT_UNTRUSTED: 'setting',
  CERT_REJECTED: 'setting',
  CERT_REVOKED: 'setting',
  CERT_SIGNATURE_FAILURE: 'setting',
  HOSTNAME_MISMATCH: 'setting',
  INVALID_CA: 'setting',
  ERR_TLS_CERT_ALTNAME_INVALID: 'setting',
};

/** Errors of pg, and of ours, that have no code. */
const kindOfMessage: readonly (readonly [RegExp, DatabaseErrorKind])[] = [
  [/^timeout exceeded when trying to connect|^timeout expired|^Query read timeout/, 'passing'],
  [/^Connection terminated|^Client has encountered a connection error|^the connection for change/, 'passing'],
  [/^The server does not support SSL connections|^SASL: /, 'setting'],
];

/**
 * Refusals of poolers that stay until a person changes something. Others pass: no free connection, a server that is away or
 * crashed, a pooler that shuts down.
 */
const refusalsOfPoolers =
  /no such (database|user)|authentication failed|unsupported startup parameter|not allowed|SSL required|TLS connection required|is disabled/i;

/** Takes any value, and reads its fields rather than its class, because each realm has its own classes. */
export function kindOfDatabaseError(error: unknown): DatabaseErrorKind {
  const code = textOf(error, 'code');
  if (code === '08P01' && refusalsOfPoolers.test(textOf(error, 'message'))) return 'setting';
  const known = kindOfCode[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? kindOfCode[code.slice(0, 2)] : undefined);
  if (known !== undefined) return known;
  // A name with several addresses, none of which answers.
  if (error instanceof AggregateError && error.errors.length > 0) return kindOfDatabaseError(error.errors[0]);
  const message = textOf(error, 'message');
  return kindOfMessage.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
}

function textOf(error: unknown, field: 'code' | 'message'): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === 'string' ? value : '';
}

const failsForEver = {
  passing: false,
  read_only: false,
  // An operator may fix it meanwhile.
  setting: false,
  unmigrated: true,
  pooler: false,
  refused: true,
  unknown: false,
} satisfies Record<DatabaseErrorKind, boolean>;

/** Whether the same statement would fail however often it is tried. */
export function isPermanentFailure(error: unknown): boolean {
  return failsForEver[kindOfDatabaseError(error)];
}

/** The cause that a start which cannot succeed names. Null: waiting may help, or it is not an error of the database. */
const startFaults = {
  passing: null,
  read_only: null,
  setting: (reason) =>
    reason.includes('unsupported startup parameter')
      ? `a pooler refuses a parameter of the session (${reason}). Set it for the role (ALTER ROLE … SET), or let the pooler take it`
      : reason,
  unmigrated: (reason) => `the schema is not that of this release (${reason}). Run: npm run migrate`,
  pooler: (reason) =>
    `a pooler hands one session's statements to several (${reason}). Connect to PostgreSQL itself, or by a pool of sessions (PgBouncer's pool_mode = session)`,
  refused: null,
  unknown: null,
} satisfies Record<DatabaseErrorKind, ((reason: string) => string) | null>;

/**
 * The error that ends a start which cannot succeed, in one line that names the setting; null for any other error.
 *
 * @param setting the variable with the URL that was used.
 */
export function explainStartFault(error: unknown, setting = 'DATABASE_URL'): SettingsError | null {
  const explain = startFaults[kindOfDatabaseError(error)];
  if (explain === null) return null;
  const reason = textOf(error, 'message').replaceAll(/\s+/g, ' ');
  return new SettingsError(`${setting}: ${explain(reason)}`, { cause: error });
}
