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
import { type Admission, createAdmission } from './admission/admission.ts';
import { type Breakers, createBreakers } from './admission/breakers.ts';
import { createEndpoints } from './admission/endpoints.ts';
import { type Attempter, createAttempter } from './attempt/attempter.ts';
import type { WorkerConfig } from './config.ts';
import type { FiringTools } from './dispatch/decide-firings.ts';
import type { HandlerTools } from './handlers/index.ts';
import { createHookHealth } from './hooks/hook-health.ts';
import { createHookIndex, type HookIndex } from './hooks/hook-index.ts';
import { createOwnEventPublisher } from './hooks/publish-own-event.ts';
import { createUniqueFields } from './hooks/unique-fields.ts';
import { createRecordWriter, type RecordWriter } from './record/record-writer.ts';

export interface WorkerContext {
  config: WorkerConfig;
  logger: Logger;
  metrics: Metrics;
  tracing: Tracing;
  database: Database;
  /** Opens the secrets of hooks. */
  keyring: Keyring;
  listener: ChangeListener;
  queue: EventQueue;
  hooks: HookIndex;
  firings: FiringTools;
  breakers: Breakers;
  admission: Admission;
  attempter: Attempter;
  writer: RecordWriter;
  /** What handlers act through. */
  tools: HandlerTools;
  /** Closes what was opened, in reverse order. Work must have ended before. */
  close(): Promise<void>;
}

/** Connections of the pool, for concurrent jobs, records, the scheduler and look-ups. */
const databaseConnections = 16;

/**
 * Opens everything that a worker needs, each once.
 *
 * @param now the clock of admission, in ms from any start. Tests hand in one of their own.
 */
export async function createContext(
  config: WorkerConfig,
  now: () => number = () => performance.now(),
): Promise<WorkerContext> {
  const closers: (() => unknown)[] = [];
  const opened = <T>(resource: T, close: (resource: T) => unknown): T => {
    closers.push(() => close(resource));
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const base = await openBase(config, opened);
    const stages = await openStages(config, base, now, opened);
    return { config, ...base, ...stages, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Opened = <T>(resource: T, close: (resource: T) => unknown) => T;
type Base = Awaited<ReturnType<typeof openBase>>;
type Closeable = { close(): unknown };
const closeIt = (resource: Closeable): unknown => resource.close();

/** What every stage rests on: logs, metrics, and connections. */
async function openBase(config: WorkerConfig, opened: Opened) {
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
    closeIt,
  );
  const tracing = opened(
    await createTracing(config.tracing, { service: 'eventhooks-worker', onError: warn('tracing') }),
    closeIt,
  );
  const listener = opened(await createChangeListener(config.databaseUrl, { onError: warn('listener') }), closeIt);
  const queue = opened(await openQueue({ backend: config.queue, onError: warn('queue') }), closeIt);
  const keyring = createKeyring(config.secretKeys);
  return { logger, metrics, warn, database, tracing, listener, queue, keyring };
}

/** The stages of an event's path, and what they share. */
async function openStages(config: WorkerConfig, base: Base, now: () => number, opened: Opened) {
  const { database, listener, keyring, logger, metrics, warn } = base;
  const { retryScheduleMs, deliveryTimeoutMs: defaultTimeoutMs } = config;
  const hooks = opened(await createHookIndex({ database, listener, keyring, onError: warn('hook_index') }), closeIt);
  const uniqueFields = opened(await createUniqueFields(database, listener, warn('unique_fields')), closeIt);
  const suppression = opened(openSuppression(config, database, warn('suppression')), closeIt);
  const client = opened(openClient(config), closeIt);
  const sandbox: Sandbox = opened(
    createSandbox({ onRun: (kind, result) => metrics.sandboxRuns.inc({ kind, result }) }),
    closeIt,
  );
  const activity = opened(createActivity(database, warn('activity')), closeIt);
  const isScheduler = async (): Promise<boolean> => (await metrics.schedulerActive.get()).values[0]?.value === 1;
  opened(keepPresence(database, { kind: 'worker', version: PRODUCT_VERSION, isScheduler }), closeIt);
  const writer = opened(createRecordWriter({ database, activity, onError: warn('record_writer') }), closeIt);
  const tools: HandlerTools = { client, sandbox, logger, defaultTimeoutMs };
  const publishOwnEvent = createOwnEventPublisher(base);
  const endpoints = createEndpoints();
  const breakers = opened(
    await createBreakers({ database, listener, endpoints, publishOwnEvent, logger, retryScheduleMs, now }),
    closeIt,
  );
  const health = createHookHealth({ database, publishOwnEvent, logger });
  const admission = createAdmission({ database, breakers, endpoints, defaultTimeoutMs, now });
  const attempter = createAttempter({ ...base, admission, health, writer, tools, retryScheduleMs });
  const firings: FiringTools = { suppression, uniqueFields, metrics };
  return { hooks, firings, breakers, admission, attempter, writer, tools };
}

function openClient({ egress, egressProxyUrl, dnsServers }: WorkerConfig): DeliveryClient {
  const resolve = createNameResolver({ servers: dnsServers });
  return createDeliveryClient({ egress, proxyUrl: egressProxyUrl, resolve });
}

/** In the same store as the queue. Redis may lose it, at the price of one early firing per hook and digest (docs/firing.md). */
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
