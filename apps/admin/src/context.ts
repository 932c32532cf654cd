import { PRODUCT_VERSION } from '@eventhooks/contract';
import {
  type ChangeListener,
  connectDatabase,
  countUnreadableHooks,
  createActivity,
  createChangeListener,
  createKeyring,
  type Database,
  explainStartFault,
  type Keyring,
  keepPresence,
  openReads,
  type Reads,
} from '@eventhooks/database';
import { createNameResolver, type ResolveName } from '@eventhooks/delivery';
import { createEventFilters, type EventFilters } from '@eventhooks/expressions';
import {
  createLogger,
  createMetrics,
  createTracing,
  type Logger,
  type Metrics,
  type Own,
  openTogether,
  type Tracing,
  warnOfPolling,
  warnOfUnreadableHooks,
} from '@eventhooks/operations';
import { type EventQueue, openQueue } from '@eventhooks/queue';
import { createSandbox, type Sandbox } from '@eventhooks/sandbox';
import { type Authenticator, createAuthenticator } from './auth/authenticator.ts';
import { createFailedAttempts, type FailedAttempts } from './auth/failed-attempts.ts';
import { type Background, createBackground } from './background.ts';
import { type CatalogueIndex, createCatalogueIndex } from './catalogue-index.ts';
import type { AdminConfig } from './config.ts';
import { createHookTester, type HookTester } from './hook-tests.ts';
import { type BodyBudget, createBodyBudget } from './http/body-budget.ts';
import { createInboundIndex, type InboundIndex } from './inbound/endpoint-index.ts';
import { createRejectionLog, type RejectionLog } from './inbound/rejection-log.ts';
import { createIntake, type Intake } from './intake/intake.ts';
import { createSchemaChecker, type SchemaChecker } from './intake/schema-checker.ts';
import { createLiveStreams, type LiveStreams } from './live/live-streams.ts';
import { createQuotaGate, type QuotaGate } from './quotas/quota-gate.ts';

export interface AdminContext {
  config: AdminConfig;
  logger: Logger;
  metrics: Metrics;
  tracing: Tracing;
  database: Database;
  /** Seals and opens the secrets of hooks. */
  keyring: Keyring;
  listener: ChangeListener;
  queue: EventQueue;
  catalogue: CatalogueIndex;
  authenticator: Authenticator;
  intake: Intake;
  /** The rate limits of publishers. */
  quotas: QuotaGate;
  /** The endpoints for webhooks of other senders, in memory. */
  inbound: InboundIndex;
  rejections: RejectionLog;
  /** Counts requests to inbound endpoints that were not verified, apart from wrong tokens. */
  unverifiedRequests: FailedAttempts;
  /** Compiles and applies users' JSON Schemas, off the event loop. */
  schemaChecker: SchemaChecker;
  bodyBudget: BodyBudget;
  /** Replaces the default for request bodies; for tests. */
  uploadDeadlineMs?: number;
  hookTester: HookTester;
  /** Streams to the clients that follow a workspace. */
  live: LiveStreams;
  /** For lists, exports and counts. */
  reads: Reads;
  /** Work that no request waits for. */
  background: Background;
  resolveName: ResolveName;
  /** Compiles filters, and judges events by them. */
  filters: EventFilters;
  /** Compiles users' templates and functions, and renders previews. Starts its processes with the first call. */
  sandbox: Sandbox;
  /** Closes everything in reverse order. No request may be under way any more. */
  close(): Promise<void>;
}

/** Parts that the caller makes and closes. */
export type AdminOverrides = Partial<
  Pick<AdminContext, 'logger' | 'metrics' | 'resolveName' | 'bodyBudget' | 'uploadDeadlineMs'>
>;

/** Connections of the pool: commits of events, and everything else. */
const databaseConnections = 12;
const replicaConnections = 5;

/** Opens everything an admin needs, each once. */
export async function createContext(config: AdminConfig, overrides: AdminOverrides = {}): Promise<AdminContext> {
  try {
    return await openTogether(async (own) => ({ ...(await openAll(config, overrides, own)), config }));
  } catch (error) {
    throw explainStartFault(error) ?? error;
  }
}

function openListener(config: AdminConfig, logger: Logger, onError: (error: Error) => void): Promise<ChangeListener> {
  const { databaseUrl, databaseDirectUrl: directUrl } = config;
  return createChangeListener(databaseUrl, { directUrl, onError, onPolling: () => warnOfPolling(logger) });
}

function openReplica(
  { replicaUrl: url, replicaLagMs: maxLagMs }: AdminConfig,
  primary: Database,
  logger: Logger,
): Reads {
  return openReads({
    primary,
    url,
    maxLagMs,
    applicationName: 'eventhooks-admin',
    maxConnections: replicaConnections,
    onChange: (isUsed, reason) => logger.info({ is_used: isUsed, reason }, 'replica.changed'),
  });
}

async function openAll(
  config: AdminConfig,
  overrides: AdminOverrides,
  own: Own,
): Promise<Omit<AdminContext, 'config' | 'close'>> {
  const logger = overrides.logger ?? createLogger({ service: 'admin', level: config.logLevel });
  const metrics = overrides.metrics ?? createMetrics();
  const warn = (what: string) => (error: Error) =>
    logger.warn({ error: error.message || error.name }, `${what}.failed`);
  const database = own(
    connectDatabase(config.databaseUrl, {
      maxConnections: databaseConnections,
      applicationName: 'eventhooks-admin',
      onError: warn('database'),
    }),
  );
  const reads = own(openReplica(config, database, logger));
  const keyring = createKeyring(config.secretKeys);
  const tracing = own(await createTracing(config.tracing, { service: 'eventhooks-admin', onError: warn('tracing') }));
  const listener = own(await openListener(config, logger, warn('listener')));
  const onWarning = (warning: string) => logger.warn({ warning }, 'queue.warning');
  const queue = own(await openQueue({ backend: config.queue, onError: warn('queue'), onWarning }));
  const catalogue = own(await createCatalogueIndex(database, listener, warn('catalogue')));
  const authenticator = own(
    createAuthenticator({ database, listener, adminToken: config.adminToken, onError: warn('tokens') }),
  );
  const activity = own(createActivity(database, warn('activity')));
  own(keepPresence(database, { kind: 'admin', version: PRODUCT_VERSION }));
  const intake = own(createIntake({ database, queue, metrics, activity, logger }));
  const quotas = createQuotaGate(database, warn('quotas'));
  const inbound = own(await createInboundIndex(database, keyring, listener, warn('inbound')));
  const rejections = own(createRejectionLog(database, warn('rejections')));
  const unverifiedRequests = own(createFailedAttempts());
  const schemaChecker = own(createSchemaChecker());
  const live = own(createLiveStreams(database, listener, warn('live')));
  const hookTester = createHookTester({ database, queue, listener, keyring });
  const background = own(createBackground(warn('background')));
  background.run(async () => warnOfUnreadableHooks(logger, await countUnreadableHooks(database.kysely, keyring)));
  const sandbox = own(createSandbox({ runners: 1 }));
  const resolveName = overrides.resolveName ?? createNameResolver({ servers: config.dnsServers });
  return {
    logger,
    metrics,
    tracing,
    database,
    reads,
    keyring,
    listener,
    queue,
    catalogue,
    authenticator,
    intake,
    quotas,
    inbound,
    rejections,
    unverifiedRequests,
    schemaChecker,
    bodyBudget: overrides.bodyBudget ?? createBodyBudget(),
    ...(overrides.uploadDeadlineMs !== undefined && { uploadDeadlineMs: overrides.uploadDeadlineMs }),
    hookTester,
    live,
    background,
    resolveName,
    filters: createEventFilters(),
    sandbox,
  };
}
