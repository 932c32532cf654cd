import { type ArchiveTarget, readSettings, type Settings, SettingsError, tracingConfigOf } from '@eventhooks/config';
import { type KeptAttempts, provideSecretKeys } from '@eventhooks/database';
import { type EgressPolicy, findEgressFaults, parseEgressAllow } from '@eventhooks/delivery';
import type { TracingConfig } from '@eventhooks/operations';
import { type QueueBackend, queueBackendOf } from '@eventhooks/queue';

export interface WorkerConfig {
  databaseUrl: string;
  /** A URL past the pooler to which `databaseUrl` may lead, or null. */
  databaseDirectUrl: string | null;
  queue: QueueBackend;
  host: string;
  port: number;
  /** For the secrets of hooks. All of them decrypt. */
  secretKeys: Buffer[];
  egress: EgressPolicy;
  /** Null: those of the system. */
  dnsServers: string[] | null;
  egressProxyUrl: string | null;
  retryScheduleMs: number[];
  deliveryTimeoutMs: number;
  retentionMs: number;
  /** Null: there is no archive. */
  archiveTarget: ArchiveTarget | null;
  archiveWaitMs: number;
  keepAttempts: KeptAttempts;
  /** Null: nothing is traced. */
  tracing: TracingConfig | null;
  logLevel: string;
}

/** @throws {SettingsError} with every fault. */
export function readWorkerConfig(env: Record<string, string | undefined>): WorkerConfig {
  const settings = readSettings(env, [findEgressFaults]);
  if (settings.DATABASE_URL === undefined) {
    throw new SettingsError(
      'DATABASE_URL is not set. A worker needs the PostgreSQL that its admin uses; `npm start` needs none.',
    );
  }
  return workerConfigOf(settings, settings.DATABASE_URL);
}

/** The settings that concern a worker, with the URL of its database. */
export function workerConfigOf(settings: Settings, databaseUrl: string): WorkerConfig {
  const egress = parseEgressAllow(settings.EVENTHOOKS_EGRESS_ALLOW ?? '');
  if (!egress.ok) throw new SettingsError(`EVENTHOOKS_EGRESS_ALLOW: ${egress.faults.join('; ')}`);
  return {
    databaseUrl,
    databaseDirectUrl: settings.DATABASE_DIRECT_URL ?? null,
    queue: queueBackendOf(settings, databaseUrl),
    host: settings.EVENTHOOKS_WORKER_HOST,
    port: settings.EVENTHOOKS_WORKER_PORT,
    secretKeys: provideSecretKeys(settings.EVENTHOOKS_SECRET_KEYS, {
      databaseUrl,
      dataDir: settings.EVENTHOOKS_DATA_DIR,
    }),
    egress: egress.policy,
    dnsServers: settings.EVENTHOOKS_DNS_SERVERS ?? null,
    egressProxyUrl: settings.EVENTHOOKS_EGRESS_PROXY ?? null,
    retryScheduleMs: settings.EVENTHOOKS_RETRY_SCHEDULE,
    deliveryTimeoutMs: settings.EVENTHOOKS_DELIVERY_TIMEOUT,
    retentionMs: settings.EVENTHOOKS_RETENTION,
    archiveTarget: settings.EVENTHOOKS_ARCHIVE ?? null,
    archiveWaitMs: settings.EVENTHOOKS_ARCHIVE_WAIT,
    keepAttempts: settings.EVENTHOOKS_KEEP_ATTEMPTS,
    tracing: tracingConfigOf(settings),
    logLevel: settings.EVENTHOOKS_LOG_LEVEL,
  };
}
