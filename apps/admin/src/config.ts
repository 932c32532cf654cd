import { readSettings, type Settings, SettingsError, tracingConfigOf } from '@eventhooks/config';
import { provideSecretKeys } from '@eventhooks/database';
import { type EgressPolicy, findEgressFaults, parseEgressAllow } from '@eventhooks/delivery';
import type { TracingConfig } from '@eventhooks/operations';
import { type QueueBackend, queueBackendOf } from '@eventhooks/queue';
import type { DatabaseDisk } from './capacity/disk.ts';

export interface AdminConfig {
  databaseUrl: string;
  /** A URL past the pooler to which `databaseUrl` may lead, or null. */
  databaseDirectUrl: string | null;
  /** For lists, exports and counts. Null: the primary serves them. */
  replicaUrl: string | null;
  /** A replica that lags by more is not used. */
  replicaLagMs: number;
  queue: QueueBackend;
  host: string;
  port: number;
  /** The first admin token. Null: every caller that reaches the port (on loopback only) is an admin. */
  adminToken: string | null;
  /** Keys for the secrets of hooks: the first encrypts, all decrypt. Without a key no secret can be stored. */
  secretKeys: Buffer[];
  egress: EgressPolicy;
  /** Null: the system's. */
  dnsServers: string[] | null;
  /** The `ssl_verify` of a hook that does not set it. */
  sslVerifyDefault: boolean;
  /** The values by which workers with the same environment serve a hook that has none of its own. They are only shown. */
  deliveryDefaults: { retryScheduleMs: readonly number[]; timeoutMs: number };
  /** Origins whose pages may call the API. */
  corsOrigins: string[];
  /** The URL of the Admin API for callers, path prefix included. Null: the root of the host that they name. */
  publicUrl: string | null;
  /** Addresses and ranges of proxies whose `X-Forwarded-` headers count. */
  trustedProxies: string[];
  databaseDisk: DatabaseDisk;
  /** How long events may be kept: retention, and the wait for an archive where there is one. */
  keptMs: number;
  /** Null: nothing is traced. */
  tracing: TracingConfig | null;
  logLevel: string;
}

/** The settings of a process that runs an admin. @throws {SettingsError} naming every fault. */
export function readAdminSettings(env: Record<string, string | undefined>): Settings {
  return readSettings(env, [findEgressFaults]);
}

/** @throws {SettingsError} naming every fault. */
export function readAdminConfig(env: Record<string, string | undefined>): AdminConfig {
  const settings = readAdminSettings(env);
  if (settings.DATABASE_URL === undefined) {
    throw new SettingsError('DATABASE_URL is not set. An admin needs a PostgreSQL; `npm start` needs none.');
  }
  return adminConfigOf(settings, settings.DATABASE_URL);
}

/** The admin's part of the settings, with the URL of a database that is already known. */
export function adminConfigOf(settings: Settings, databaseUrl: string): AdminConfig {
  const egress = parseEgressAllow(settings.EVENTHOOKS_EGRESS_ALLOW ?? '');
  if (!egress.ok) throw new SettingsError(`EVENTHOOKS_EGRESS_ALLOW: ${egress.faults.join('; ')}`);
  requireTokenBeyondLoopback(settings);
  return {
    databaseUrl,
    databaseDirectUrl: settings.DATABASE_DIRECT_URL ?? null,
    replicaUrl: settings.DATABASE_REPLICA_URL ?? null,
    replicaLagMs: settings.EVENTHOOKS_REPLICA_LAG,
    queue: queueBackendOf(settings, databaseUrl),
    host: settings.EVENTHOOKS_ADMIN_HOST,
    port: settings.EVENTHOOKS_ADMIN_PORT,
    adminToken: settings.EVENTHOOKS_ADMIN_TOKEN ?? null,
    secretKeys: provideSecretKeys(settings.EVENTHOOKS_SECRET_KEYS, {
      databaseUrl,
      dataDir: settings.EVENTHOOKS_DATA_DIR,
    }),
    egress: egress.policy,
    dnsServers: settings.EVENTHOOKS_DNS_SERVERS ?? null,
    sslVerifyDefault: settings.EVENTHOOKS_SSL_VERIFY_DEFAULT,
    deliveryDefaults: {
      retryScheduleMs: settings.EVENTHOOKS_RETRY_SCHEDULE,
      timeoutMs: settings.EVENTHOOKS_DELIVERY_TIMEOUT,
    },
    corsOrigins: settings.EVENTHOOKS_CORS_ORIGINS,
    publicUrl: settings.EVENTHOOKS_PUBLIC_URL ?? null,
    trustedProxies: settings.EVENTHOOKS_TRUSTED_PROXIES,
    databaseDisk: databaseDiskOf(settings),
    keptMs:
      settings.EVENTHOOKS_RETENTION +
      (settings.EVENTHOOKS_ARCHIVE === undefined ? 0 : settings.EVENTHOOKS_ARCHIVE_WAIT),
    tracing: tracingConfigOf(settings),
    logLevel: settings.EVENTHOOKS_LOG_LEVEL,
  };
}

function databaseDiskOf(settings: Settings): DatabaseDisk {
  const { EVENTHOOKS_DATABASE_DISK: bytes, EVENTHOOKS_DATA_DIR: path, DATABASE_URL: url } = settings;
  if (bytes !== undefined) return { kind: 'bytes', bytes };
  return url === undefined ? { kind: 'directory', path } : { kind: 'unknown' };
}

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/** @throws {SettingsError} where the Admin API would be open to other machines. */
export function requireTokenBeyondLoopback(settings: Settings): void {
  const host = settings.EVENTHOOKS_ADMIN_HOST;
  if (settings.EVENTHOOKS_ADMIN_TOKEN !== undefined || LOOPBACK_HOST.test(host)) return;
  throw new SettingsError(
    `EVENTHOOKS_ADMIN_TOKEN is not set: without it the Admin API is open, which is allowed on loopback only (EVENTHOOKS_ADMIN_HOST is ${host}).`,
  );
}
