import type { Hook, WebhookConfig, WebhookCustomConfig } from './hook.ts';
import { isJsonObject } from './json.ts';

/** Fields of `config` that are secrets as wholes. */
export const SECRET_FIELDS = ['client_key', 'secret'] as const;

/**
 * Headers whose values say how content is to be read and no more. The value of any other header that a hook sets may be a
 * credential, whatever the header is called.
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

/** Whether the value of a header that a hook sets may be seen by anybody. */
export function isPublicHeader(name: string): boolean {
  return PUBLIC_HEADERS.has(name.toLowerCase());
}

/** A value in a hook's `config` that is kept encrypted, and shown to admins only. */
export interface PrivateField {
  /** Below `config`: `['secret']`, `['headers', name]`. */
  path: readonly [string] | readonly ['headers', string];
  value: string;
}

/** The secrets in a hook's `config` that are set: signing secret, client key, values of headers. */
export function privateFieldsOf(config: Hook['config']): PrivateField[] {
  const fields: PrivateField[] = [];
  for (const field of SECRET_FIELDS) {
    const value: unknown = Object.entries(config).find(([name]) => name === field)?.[1];
    if (typeof value === 'string') fields.push({ path: [field], value });
  }
  for (const [name, value] of Object.entries('headers' in config ? config.headers : {})) {
    if (!isPublicHeader(name)) fields.push({ path: ['headers', name], value });
  }
  return fields;
}

/** The secrets that sign a webhook's requests now, the current one first, older ones while their grace period lasts. */
export function signingSecretsOf(
  { config, old_secrets }: { config: WebhookConfig | WebhookCustomConfig } & Pick<Hook, 'old_secrets'>,
  nowMs: number = Date.now(),
): string[] {
  if (config.secret === null) return [];
  return [config.secret, ...old_secrets.filter(({ ends_at }) => ends_at * 1000 > nowMs).map(({ secret }) => secret)];
}

/**
 * A printed hook without its secrets: they, and the values of headers that may be credentials, become null.
 *
 * @param redact what becomes of the headers; for a hook's own receiver, which is sent their values anyhow, `redactHeaders`.
 */
export function redactPrintedHook(
  printed: Record<string, unknown>,
  redact: typeof redactSetHeaders = redactSetHeaders,
): Record<string, unknown> {
  const { config } = printed;
  if (!isJsonObject(config)) return printed;
  const redacted: Record<string, unknown> = { ...config };
  for (const field of SECRET_FIELDS) {
    if (field in redacted) redacted[field] = null;
  }
  if (isJsonObject(redacted.headers)) redacted.headers = redact(redacted.headers);
  return { ...printed, config: redacted };
}

/** Headers that a hook sets, with null for every value that may be a credential. */
export function redactSetHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isPublicHeader(name) ? value : null]),
  );
}

/** Headers of any message, with null for the values of those that are known to carry credentials. */
export function redactHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SENSITIVE_HEADER.test(name) ? null : value]),
  );
}
