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
import { createDeliveryClient, createNameResolver, type DeliveryClient } from '@eventhooks/delivery';
import {
  createLogger,
  createMetrics,
  createTracing,
  type Logger,
  type Metrics,
  type Tracing,
} from '@eventhooks/operations';
import { connectRedis, type EventQueue, openQueue } from '@eventhooks/queue';
import { createSandbox, type Sandbox } from '@eventhooks/sandbox';
import { createPostgresSuppression, createRedisSuppression, type Suppression } from '@eventhooks/suppression';
import { type Attempter, createAttempter } from './attempt-firings.ts';
import { type Breakers, createBreakers } from './breakers.ts';
import { createCatalogueIndex } from './catalogue-index.ts';
import type { FiringClaims } from './claim-firings.ts';
import type { WorkerConfig } from './config.ts';
import type { HandlerTools } from './handlers/index.ts';
import { createHookHealth } from './hook-health.ts';
import { createHookIndex, type HookIndex } from './hook-index.ts';
import { createHookLanes } from './hook-lanes.ts';
import { createOwnEventPublisher } from './publish-own-event.ts';
import { createRecorder, type Recorder } from './recorder.ts';

export interface WorkerContext {
  config: WorkerConfig;
  logger: Logger;
  metrics: Metrics;
  database: Database;
  /** Opens the secrets of hooks. */
  keyring: Keyring;
  listener: ChangeListener;
  queue: EventQueue;
  hooks: HookIndex;
  claims: FiringClaims;
  attempter: Attempter;
  breakers: Breakers;
  recorder: Recorder;
  tools: HandlerTools;
  tracing: Tracing;
  /** Closes what was opened, in reverse order. Work must have ended before. */
  close(): Promise<void>;
}

/** Connections of the pool: concurrent jobs, the recorder, the scheduler and look-ups. */
const databaseConnections = 16;

/** Opens everything a worker needs, each once. */
export async function createContext(config: WorkerConfig): Promise<WorkerContext> {
  const closers: (() => unknown)[] = [];
  const opened = <T>(resource: T, close: (resource: T) => unknown): T => {
    closers.push(() => close(resource));
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await openAll(config, opened)), config, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Opened = <T>(resource: T, close: (resource: T) => unknown) => T;

async function openAll(config: WorkerConfig, opened: Opened): Promise<Omit<WorkerContext, 'config' | 'close'>> {
  const logger = createLogger({ service: 'worker', level: config.logLevel });
  const metrics = createMetrics();
  const warn = (what: string) => (error: Error) =>
    logger.warn({ error: error.message || error.name }, `${what}.failed`);
  const database = opened(
    connectDatabase(config.databaseUrl, {
      maxConnections: databaseConnections,
      applicationName: 'eventhooks-worker',
      onError: warn('database'),
    }),
    (resource) => resource.close(),
  );
  const keyring = createKeyring(config.secretKeys);
  const tracing = opened(
    await createTracing(config.tracing, { service: 'eventhooks-worker', onError: warn('tracing') }),
    (resource) => resource.close(),
  );
  const listener = opened(await createChangeListener(config.databaseUrl, { onError: warn('listener') }), (resource) =>
    resource.close(),
  );
  const queue = opened(await openQueue({ backend: config.queue, onError: warn('queue') }), (resource) =>
    resource.close(),
  );
  const hooks = opened(
    await createHookIndex({ database, listener, keyring, onError: warn('hook_index') }),
    (resource) => resource.close(),
  );
  const catalogue = opened(await createCatalogueIndex(database, listener, warn('catalogue_index')), (resource) =>
    resource.close(),
  );
  const suppression = opened(openSuppression(config, database, warn('suppression')), (resource) => resource.close());
  const client = opened(openClient(config), (resource) => resource.close());
  const sandbox: Sandbox = opened(
    createSandbox({ onRun: (kind, result) => metrics.sandboxRuns.inc({ kind, result }) }),
    (resource) => resource.close(),
  );
  const activity = opened(createActivity(database, warn('activity')), (resource) => resource.close());
  const isScheduler = async (): Promise<boolean> => (await metrics.schedulerActive.get()).values[0]?.value === 1;
  opened(keepPresence(database, { kind: 'worker', version: PRODUCT_VERSION, isScheduler }), (resource) =>
    resource.close(),
  );
  const recorder = opened(createRecorder(database, activity, warn('recorder')), (resource) => resource.close());
  const tools: HandlerTools = { client, sandbox, logger, defaultTimeoutMs: config.deliveryTimeoutMs };
  const parts = { logger, metrics, tracing, database, listener, queue, recorder, tools };
  const { breakers, attempter } = await openAttempter(config, parts, opened);
  return {
    logger,
    metrics,
    database,
    keyring,
    listener,
    queue,
    hooks,
    claims: { suppression, catalogue, metrics },
    attempter,
    breakers,
    recorder,
    tools,
    tracing,
  };
}

function openClient({ egress, egressProxyUrl, dnsServers }: WorkerConfig): DeliveryClient {
  const resolve = createNameResolver({ servers: dnsServers });
  return createDeliveryClient({ egress, proxyUrl: egressProxyUrl, resolve });
}

/** The attempter with those who draw consequences of attempts' ends. */
async function openAttempter(
  config: WorkerConfig,
  parts: Pick<
    WorkerContext,
    'logger' | 'metrics' | 'tracing' | 'database' | 'listener' | 'queue' | 'recorder' | 'tools'
  >,
  opened: Opened,
): Promise<Pick<WorkerContext, 'attempter' | 'breakers'>> {
  const lanes = createHookLanes();
  const { retryScheduleMs } = config;
  const watch = { ...parts, lanes, retryScheduleMs, publishOwnEvent: createOwnEventPublisher(parts) };
  const breakers = opened(await createBreakers(watch), (resource) => resource.close());
  const health = createHookHealth(watch);
  const attempter = createAttempter({
    ...parts,
    lanes,
    breakers,
    retryScheduleMs,
    onAttempted(firing, outcome, record) {
      health.observe(firing, record);
      breakers.observe(firing, outcome);
    },
  });
  return { attempter, breakers };
}

/** Beside the queue: what Redis holds of it may be lost, at the price of one early repeat (docs/firing.md). */
function openSuppression(config: WorkerConfig, database: Database, onError: (error: Error) => void): Suppression {
  if (config.queue.kind === 'postgres') return createPostgresSuppression({ pool: database.pool });
  const redis = connectRedis(config.queue.url, { failFast: true, onError });
  const suppression = createRedisSuppression({ redis, prefix: config.queue.prefix });
  return {
    decide: (batchId, requests) => suppression.decide(batchId, requests),
    release: (batchId) => suppression.release(batchId),
    async close() {
      await suppression.close();
      redis.disconnect();
    },
  };
}
