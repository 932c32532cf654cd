import { PRODUCT_VERSION } from '@eventhooks/contract';
import {
  type ChangeListener,
  connectDatabase,
  createActivity,
  createChangeListener,
  createKeyring,
  type Database,
  type Keyring,
  keepPresence,
} from '@eventhooks/database';
import { createNameResolver, type ResolveName } from '@eventhooks/delivery';
import {
  createLogger,
  createMetrics,
  createTracing,
  type Logger,
  type Metrics,
  type Tracing,
} from '@eventhooks/operations';
import { type EventQueue, openQueue } from '@eventhooks/queue';
import { createSandbox, type Sandbox } from '@eventhooks/sandbox';
import { type Authenticator, createAuthenticator } from './auth/authenticator.ts';
import { type Background, createBackground } from './background.ts';
import { type CatalogueIndex, createCatalogueIndex } from './catalogue-index.ts';
import type { AdminConfig } from './config.ts';
import { createHookTester, type HookTester } from './hook-tests.ts';
import { type BodyBudget, createBodyBudget } from './http/body-budget.ts';
import { createIntake, type Intake } from './intake/intake.ts';
import { createSchemaChecker, type SchemaChecker } from './intake/schema-checker.ts';
import { createLiveStreams, type LiveStreams } from './live/live-streams.ts';

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
  /** Compiles and applies users' JSON Schemas, off the event loop. */
  schemaChecker: SchemaChecker;
  bodyBudget: BodyBudget;
  /** Other than the default of request bodies; for tests. */
  uploadDeadlineMs?: number;
  hookTester: HookTester;
  /** Streams to the clients that follow a workspace. */
  live: LiveStreams;
  /** Work that no request waits for. */
  background: Background;
  resolveName: ResolveName;
  /** Compiles users' templates and functions, and renders previews. Starts its processes with the first call. */
  sandbox: Sandbox;
  /** Closes everything in reverse order. No request may be under way any more. */
  close(): Promise<void>;
}

/** Parts that the caller makes, and closes itself. */
export type AdminOverrides = Partial<
  Pick<AdminContext, 'logger' | 'metrics' | 'resolveName' | 'bodyBudget' | 'uploadDeadlineMs'>
>;

/** Connections of the pool: commits of events, and everything else. */
const databaseConnections = 12;

/** Opens everything an admin needs, each once. */
export async function createContext(config: AdminConfig, overrides: AdminOverrides = {}): Promise<AdminContext> {
  const closers: (() => unknown)[] = [];
  const opened: Opened = (resource, close) => {
    closers.push(() => close(resource));
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await openAll(config, overrides, opened)), config, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Opened = <T>(resource: T, close: (resource: T) => unknown) => T;

async function openAll(
  config: AdminConfig,
  overrides: AdminOverrides,
  opened: Opened,
): Promise<Omit<AdminContext, 'config' | 'close'>> {
  const logger = overrides.logger ?? createLogger({ service: 'admin', level: config.logLevel });
  const metrics = overrides.metrics ?? createMetrics();
  const warn = (what: string) => (error: Error) =>
    logger.warn({ error: error.message || error.name }, `${what}.failed`);
  const database = opened(
    connectDatabase(config.databaseUrl, {
      maxConnections: databaseConnections,
      applicationName: 'eventhooks-admin',
      onError: warn('database'),
    }),
    (resource) => resource.close(),
  );
  const keyring = createKeyring(config.secretKeys);
  const tracing = opened(
    await createTracing(config.tracing, { service: 'eventhooks-admin', onError: warn('tracing') }),
    (resource) => resource.close(),
  );
  const listener = opened(await createChangeListener(config.databaseUrl, { onError: warn('listener') }), (resource) =>
    resource.close(),
  );
  const queue = opened(await openQueue({ backend: config.queue, onError: warn('queue') }), (resource) =>
    resource.close(),
  );
  const catalogue = opened(await createCatalogueIndex(database, listener, warn('catalogue')), (resource) =>
    resource.close(),
  );
  const authenticator = opened(
    createAuthenticator({ database, listener, adminToken: config.adminToken, onError: warn('tokens') }),
    (resource) => resource.close(),
  );
  const activity = opened(createActivity(database, warn('activity')), (resource) => resource.close());
  opened(keepPresence(database, { kind: 'admin', version: PRODUCT_VERSION }), (resource) => resource.close());
  const intake = opened(createIntake({ database, queue, metrics, activity, logger }), (resource) => resource.close());
  const schemaChecker = opened(createSchemaChecker(), (resource) => resource.close());
  const live = opened(createLiveStreams(database, listener, warn('live')), (resource) => resource.close());
  const hookTester = createHookTester({ database, queue, listener, keyring });
  const background = opened(createBackground(warn('background')), (resource) => resource.close());
  const sandbox = opened(createSandbox({ runners: 1 }), (resource) => resource.close());
  const resolveName = overrides.resolveName ?? createNameResolver({ servers: config.dnsServers });
  return {
    logger,
    metrics,
    tracing,
    database,
    keyring,
    listener,
    queue,
    catalogue,
    authenticator,
    intake,
    schemaChecker,
    bodyBudget: overrides.bodyBudget ?? createBodyBudget(),
    ...(overrides.uploadDeadlineMs !== undefined && { uploadDeadlineMs: overrides.uploadDeadlineMs }),
    hookTester,
    live,
    background,
    resolveName,
    sandbox,
  };
}
