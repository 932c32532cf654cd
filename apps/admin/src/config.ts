import { isIP } from 'node:net';
import { readSettings, type Settings, SettingsError } from '@eventhooks/contract';
import { type EgressPolicy, parseEgressAllow } from '@eventhooks/delivery';
import type { QueueBackend } from '@eventhooks/queue';

export interface AdminConfig {
  databaseUrl: string;
  queue: QueueBackend;
  host: string;
  port: number;
  /** Null: everyone who reaches the port may do everything; only on loopback. */
  adminToken: string | null;
  egress: EgressPolicy;
  sslVerifyDefault: boolean;
  logLevel: string;
}

/** @throws {SettingsError} naming every fault. */
export function readAdminConfig(env: Record<string, string | undefined>): AdminConfig {
  const settings = readSettings(env);
  if (settings.DATABASE_URL === undefined) {
    throw new SettingsError('DATABASE_URL is not set. `npm run admin` needs a PostgreSQL; `npm start` brings its own.');
  }
  return adminConfigOf(settings, settings.DATABASE_URL);
}

/** The admin's part of the settings, on a database that is known. */
export function adminConfigOf(settings: Settings, databaseUrl: string): AdminConfig {
  const egress = parseEgressAllow(settings.EVENTHOOKS_EGRESS_ALLOW ?? '');
  if (!egress.ok) throw new SettingsError(`EVENTHOOKS_EGRESS_ALLOW: ${egress.faults.join('; ')}`);
  const host = settings.EVENTHOOKS_ADMIN_HOST;
  const adminToken = settings.EVENTHOOKS_ADMIN_TOKEN ?? null;
  if (adminToken === null && !isLoopback(host)) {
    throw new SettingsError(
      `EVENTHOOKS_ADMIN_TOKEN is not set, and EVENTHOOKS_ADMIN_HOST (${host}) is not a loopback address: anyone could use the Admin API. Set a token of 16 characters or more.`,
    );
  }
  return {
    databaseUrl,
    queue:
      settings.REDIS_URL === undefined
        ? { kind: 'postgres', url: databaseUrl }
        : { kind: 'redis', url: settings.REDIS_URL, prefix: settings.EVENTHOOKS_QUEUE_PREFIX },
    host,
    port: settings.EVENTHOOKS_ADMIN_PORT,
    adminToken,
    egress: egress.policy,
    sslVerifyDefault: settings.EVENTHOOKS_SSL_VERIFY_DEFAULT,
    logLevel: settings.EVENTHOOKS_LOG_LEVEL,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
