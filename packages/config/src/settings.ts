import { Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { messageOf, parseDurationMs, parseScheduleMs } from '@eventhooks/contract';
import { z } from 'zod';
import { parseArchiveUrl } from './archive-url.ts';
import { openPasswordFile, parseDatabaseUrl, withPasswordFile } from './database-url.ts';
import { parseRedisUrl } from './redis-url.ts';
import { SettingsError } from './settings-error.ts';

const duration = z.string().transform((text, context) => {
  const durationMs = parseDurationMs(text);
  if (durationMs !== null && durationMs > 0) return durationMs;
  context.addIssue("expected a duration with its unit, such as '15s' or '7d'");
  return z.NEVER;
});
const integer = (what: string, least: number, most: number) =>
  z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most,
      `expected ${what}, ${least} to ${most}`,
    )
    .transform(Number);
const bytes = z.string().transform((text, context) => {
  const { number, unit = '' } = /^(?<number>\d+(?:\.\d+)?) ?(?<unit>[kMGTP]i?)B$/.exec(text)?.groups ?? {};
  if (number !== undefined)
    return Number(number) * (unit.endsWith('i') ? 1_024 : 1_000) ** ('kMGTP'.indexOf(unit.slice(0, 1)) + 1);
  context.addIssue("expected a size with its unit, such as '500GB' or '1.5TiB'");
  return z.NEVER;
});
const port = integer('a port', 0, 65_535);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
const secretKeys = list.pipe(z.array(z.string().refine(isSecretKey, 'expected 32 bytes in base64')).min(1));
const dnsServers = list.pipe(
  z.array(z.string().refine(isDnsServer, "expected addresses such as '10.0.0.53' or '[fd00::53]:5353'")).min(1),
);
const proxies = list.pipe(
  z.array(z.string().refine(isAddressRange, "expected addresses or ranges such as '10.0.0.2' or '10.0.0.0/8'")),
);
const origins = list.pipe(
  z.array(z.string().regex(/^[a-z][a-z\d+.-]*:\/\/[^/?#\s]+$/, "expected origins such as 'https://app.example'")),
);
const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => protocols.includes(URL.parse(text)?.protocol.slice(0, -1) ?? ''),
      `expected a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`,
    );

const databaseUrl = z.string().superRefine((text, context) => {
  const parsed = parseDatabaseUrl(text);
  if (!parsed.ok) context.addIssue(parsed.fault);
});

/** Every variable of the environment that any of our processes reads. docs/configuration.md explains each. */
const settingsSchema = z.object({
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATABASE_REPLICA_URL: databaseUrl.optional(),
  EVENTHOOKS_REPLICA_LAG: duration.default(10_000),
  DATABASE_PASSWORD_FILE: z.string().optional(),
  REDIS_URL: z
    .string()
    .superRefine((text, context) => {
      const parsed = parseRedisUrl(text);
      if (!parsed.ok) context.addIssue(parsed.fault);
    })
    .optional(),
  EVENTHOOKS_DATA_DIR: z.string().min(1).default('.data'),
  EVENTHOOKS_ADMIN_HOST: z.string().min(1).default('127.0.0.1'),
  EVENTHOOKS_ADMIN_PORT: port.default(8001),
  EVENTHOOKS_WORKER_HOST: z.string().min(1).default('127.0.0.1'),
  EVENTHOOKS_WORKER_PORT: port.default(8002),
  EVENTHOOKS_ADMIN_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  EVENTHOOKS_SECRET_KEYS: secretKeys.optional(),
  EVENTHOOKS_EGRESS_ALLOW: z.string().optional(),
  EVENTHOOKS_DNS_SERVERS: dnsServers.optional(),
  EVENTHOOKS_EGRESS_PROXY: url('http', 'https').optional(),
  EVENTHOOKS_RETRY_SCHEDULE: z
    .string()
    .default('5s,5m,30m,2h,5h,10h,14h,20h,24h')
    .transform((text, context) => {
      const waitsMs = parseScheduleMs(list.parse(text));
      if (waitsMs) return waitsMs;
      context.addIssue("expected waits such as '5s,5m,30m', of 7 days at most");
      return z.NEVER;
    }),
  EVENTHOOKS_DELIVERY_TIMEOUT: duration.default(15_000),
  EVENTHOOKS_RETENTION: duration.default(7 * 86_400_000),
  EVENTHOOKS_ARCHIVE: z
    .string()
    .transform((text, context) => {
      const parsed = parseArchiveUrl(text);
      if (parsed.ok) return parsed.target;
      context.addIssue(parsed.fault);
      return z.NEVER;
    })
    .optional(),
  EVENTHOOKS_ARCHIVE_WAIT: duration.default(7 * 86_400_000),
  EVENTHOOKS_DATABASE_DISK: bytes.optional(),
  EVENTHOOKS_KEEP_ATTEMPTS: z.enum(['full', 'failures']).default('full'),
  EVENTHOOKS_SSL_VERIFY_DEFAULT: flag.default(false),
  EVENTHOOKS_CORS_ORIGINS: origins.default([]),
  EVENTHOOKS_PUBLIC_URL: url('http', 'https').optional(),
  EVENTHOOKS_TRUSTED_PROXIES: proxies.default([]),
  EVENTHOOKS_QUEUE_PREFIX: z
    .string()
    .regex(
      /^(?=.)[\w.-]*(\{[\w.-]+\}[\w.-]*)?$/,
      "expected letters, digits and '_.-', at most one part of them in braces",
    )
    .default('{eventhooks}'),
  EVENTHOOKS_QUEUE_SHARDS: integer('a number of queues', 1, 64).default(1),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https').optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number({ error: 'expected a share, 0 to 1' }).min(0).max(1).default(1),
  EVENTHOOKS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Faults that only one kind of process can find, each with the variable's name. Gets the variables that are set. */
export type SettingsCheck = (given: Readonly<Record<string, string | undefined>>) => string[];

/** Variables that only the command `eventhooks` reads; they may also be set where a server starts. */
const commandNames: readonly string[] = [
  'EVENTHOOKS_URL',
  'EVENTHOOKS_TOKEN',
  'EVENTHOOKS_WORKSPACE',
  'EVENTHOOKS_PROFILE',
];

/** Variables whose value may also be in a file, which the variable with the suffix `_FILE` names (as for container secrets). */
const fromFile = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_REPLICA_URL',
  'REDIS_URL',
  'EVENTHOOKS_ADMIN_TOKEN',
  'EVENTHOOKS_SECRET_KEYS',
] as const;

/** Variables with URLs of PostgreSQL. `DATABASE_PASSWORD_FILE` holds the password of all of them. */
const databaseUrls = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_REPLICA_URL'] as const;

/** The names of all variables that `readSettings` knows. */
export const settingNames: readonly string[] = [
  ...Object.keys(settingsSchema.shape),
  ...fromFile.map((name) => `${name}_FILE`),
];

function isSecretKey(text: string): boolean {
  return z.base64().safeParse(text).success && Buffer.from(text, 'base64').length === 32;
}

/**
 * Reads the environment. An empty value counts as unset.
 *
 * @throws {SettingsError} one message that lists every malformed value and every unknown `EVENTHOOKS_` name.
 */
export function readSettings(env: Record<string, string | undefined>, checks: readonly SettingsCheck[] = []): Settings {
  const faults: string[] = [];
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== '') given[name] = value;
  }
  for (const name of fromFile) {
    const path = given[`${name}_FILE`];
    if (path === undefined || given[name] !== undefined) continue;
    try {
      given[name] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      faults.push(`${name}_FILE: ${messageOf(error)}`);
    }
  }
  const passwordFault = usePasswordFile(given);
  if (passwordFault !== null) faults.push(passwordFault);
  if (given.DATABASE_DIRECT_URL !== undefined && given.DATABASE_URL === undefined)
    faults.push('DATABASE_DIRECT_URL: DATABASE_URL is not set');
  for (const name of Object.keys(given)) {
    if (name.startsWith('EVENTHOOKS_') && !settingNames.includes(name) && !commandNames.includes(name))
      faults.push(`${name}: unknown variable`);
  }
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  faults.push(...checks.flatMap((check) => check(given)));
  if (faults.length > 0 || !parsed.success)
    throw new SettingsError(`The environment is not usable:\n  ${faults.join('\n  ')}`);
  return parsed.data;
}

/** Names the file with the password in each URL of PostgreSQL. Returns the fault of a file that cannot be used. */
function usePasswordFile(given: Record<string, string>): string | null {
  const path = given.DATABASE_PASSWORD_FILE;
  if (path === undefined) return null;
  try {
    openPasswordFile(path);
  } catch (error) {
    return `DATABASE_PASSWORD_FILE: ${messageOf(error)}`;
  }
  for (const name of databaseUrls) {
    const url = given[name];
    if (url !== undefined) given[name] = withPasswordFile(url, path);
  }
  return null;
}

/** The collector and the sampling of traces; null when there is no tracing. */
export function tracingConfigOf({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_TRACES_SAMPLER: sampler,
  OTEL_TRACES_SAMPLER_ARG: ratio,
}: Settings) {
  return endpoint === undefined ? null : { endpoint, sampler, ratio };
}

function isDnsServer(text: string): boolean {
  try {
    new Resolver().setServers([text]);
    return true;
  } catch {
    return false;
  }
}

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
