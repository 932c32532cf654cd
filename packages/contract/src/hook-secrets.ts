import { type ExactValue, parseExact } from './exact-json.ts';
import type { Field } from './field.ts';
import { HANDLER_DEFINITIONS, type Handler } from './handlers/index.ts';
import type { Hook, HookOf } from './hook.ts';
import { isJsonObject } from './json.ts';

/** The fields of any handler's `config` that hold secrets. A name means the same with every handler. */
const SECRET_FIELDS: ReadonlyMap<string, Field['secret']> = new Map(
  Object.values(HANDLER_DEFINITIONS)
    .flatMap(({ config }): [string, Field][] => Object.entries(config))
    .flatMap(([name, { secret }]) => (secret === undefined ? [] : [[name, secret]])),
);

/**
 * Headers whose values only say how to read the content. The value of any other header that a hook sets may
 * be a credential, whatever the header is called.
 */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
]);

/** Headers of responses that carry credentials. */
const SENSITIVE_HEADER = /authorization|cookie|token|secret|key|password|signature/i;

/** Whether everybody may see the value of a header that a hook sets. */
export function isPublicHeader(name: string): boolean {
  return PUBLIC_HEADERS.has(name.toLowerCase());
}

/** A value in a hook's `config` that is kept encrypted, and shown to admins only. */
export interface PrivateField {
  /** Below `config`: `['secret']`, `['headers', name]`. */
  path: readonly [field: string] | readonly [field: string, header: string];
  value: string;
}

/** The secrets in a hook's `config` that are set: first whole fields such as `secret` and `client_key`, then the values of headers. */
export function privateFieldsOf(config: Hook['config']): PrivateField[] {
  const entries: [string, unknown][] = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  const fields = entries.flatMap(([name, value]): PrivateField[] =>
    SECRET_FIELDS.get(name) === 'value' && typeof value === 'string' ? [{ path: [name], value }] : [],
  );
  const headers = entries.flatMap(([name, value]): PrivateField[] =>
    SECRET_FIELDS.get(name) === 'header_values' && isJsonObject(value) ? privateHeadersOf(name, value) : [],
  );
  return [...fields, ...headers];
}

/** The paths of the secrets that differ between two printed hooks, such as `config.secret`. */
export function listChangedSecrets(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const [old, now] = [before, after].map(
    ({ config }) =>
      new Map(isJsonObject(config) ? privateFieldsOf(config).map(({ path, value }) => [path.join('.'), value]) : []),
  );
  const paths = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...paths].filter((path) => old?.get(path) !== now?.get(path)).map((path) => `config.${path}`);
}

function privateHeadersOf(field: string, headers: Record<string, unknown>): PrivateField[] {
  return Object.entries(headers).flatMap(([name, value]): PrivateField[] =>
    typeof value === 'string' && !isPublicHeader(name) ? [{ path: [field, name], value }] : [],
  );
}

/** A hook whose requests can be signed. */
export type SignedHook = { [H in Handler]: HookOf<H> extends { config: Signed } ? HookOf<H> : never }[Handler];
interface Signed {
  secret: string | null;
}

/** Whether the hook's handler signs what it sends. */
export function isSigned(hook: Hook): hook is SignedHook {
  return Object.hasOwn(HANDLER_DEFINITIONS[hook.handler].config, 'secret');
}

/** The secrets that sign a hook's requests now: the current one first, then those it replaced whose grace period lasts. */
export function signingSecretsOf(
  { config, old_secrets }: { config: Signed } & Pick<Hook, 'old_secrets'>,
  nowMs: number = Date.now(),
): string[] {
  if (config.secret === null) return [];
  return [config.secret, ...old_secrets.filter(({ ends_at }) => ends_at * 1000 > nowMs).map(({ secret }) => secret)];
}

/**
 * A printed hook without its secrets: they, and the values of headers that may be credentials, become null.
 *
 * @param redact the treatment of the headers: `redactHeaders` for a hook's own receiver, which is sent their values anyway.
 */
export function redactPrintedHook(
  printed: Record<string, unknown>,
  redact: typeof redactSetHeaders = redactSetHeaders,
): Record<string, unknown> {
  const { config } = printed;
  if (!isJsonObject(config)) return printed;
  const redacted = Object.entries(config).map(([name, value]) => {
    const secret = SECRET_FIELDS.get(name);
    if (secret === 'value') return [name, null];
    return [name, secret === 'header_values' && isJsonObject(value) ? redact(value) : value];
  });
  return { ...printed, config: Object.fromEntries(redacted) };
}

/** The headers that a hook sets, with null for each value that may be a credential. */
export function redactSetHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isPublicHeader(name) ? value : null]),
  );
}

/** The headers of any message, with null for the value of each that is known to carry a credential. */
export function redactHeaders<T>(headers: Readonly<Record<string, T>>): Record<string, T | null> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SENSITIVE_HEADER.test(name) ? null : value]),
  );
}

/** A recorded request or answer, JSON text, with null for what `redactHeaders` hides. Its numbers keep their digits. */
export function redactMessage(recorded: string): ExactValue {
  const message = parseExact(recorded);
  const headers = message instanceof Map ? message.get('headers') : null;
  if (!(message instanceof Map) || !(headers instanceof Map)) return message;
  return new Map([...message, ['headers', new Map(Object.entries(redactHeaders(Object.fromEntries(headers))))]]);
}
