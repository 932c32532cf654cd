import { PRODUCT_VERSION } from '@eventhooks/contract';
import {
  type ChangeListener,
  connectDatabase,
  createActivity,
  createChangeListener,
  createKeyring,
  type Database,
  explainStartFault,
  type Keyring,
  keepPresence,
} from '@eventhooks/database';
import { createDeliveryClient, createNameResolver, type DeliveryClient } from '@eventhooks/delivery';
import { createEventFilters } from '@eventhooks/expressions';
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
import { connectRedis, type EventQueue, openQueue } from '@eventhooks/queue';
import { createSandbox, type Sandbox } from '@eventhooks/sandbox';
import { createPostgresSuppression, createRedisSuppression, type Suppression } from '@eventhooks/suppression';
import { type Admission, createAdmission } from './admission/admission.ts';
import { type Breakers, createBreakers } from './admission/breakers.ts';
import { type Clock, processClock } from './admission/clock.ts';
import { createEndpoints } from './admission/endpoints.ts';
import { type Attempter, createAttempter } from './attempt/attempter.ts';
import type { WorkerConfig } from './config.ts';
import type { FiringTools } from './dispatch/decide-firings.ts';
import type { FilterTools } from './dispatch/filter-matches.ts';
import type { HandlerTools } from './handlers/index.ts';
import { createFilterErrors } from './hooks/filter-errors.ts';
import { createHookHealth } from './hooks/hook-health.ts';
import { createHookIndex, type HookIndex } from './hooks/hook-index.ts';
import { createOwnEventPublisher, type PublishOwnEvent } from './hooks/publish-own-event.ts';
import { createUniqueFields } from './hooks/unique-fields.ts';
import { createLanes, type Lanes } from './lanes/lanes.ts';
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
  filtering: FilterTools;
  firings: FiringTools;
  publishOwnEvent: PublishOwnEvent;
  breakers: Breakers;
  admission: Admission;
  attempter: Attempter;
  lanes: Lanes;
  writer: RecordWriter;
  /** The tools with which handlers act. */
  tools: HandlerTools;
  /** Closes what was opened, in reverse order. Work must have ended before. */
  close(): Promise<void>;
}

/** Connections of the pool, for concurrent jobs, records, the scheduler and look-ups. */
const databaseConnections = 16;

/**
 * Opens everything that a worker needs, each once.
 *
 * @param clock that of admission. Tests hand in one of their own.
 */
export async function createContext(config: WorkerConfig, clock: Clock = processClock): Promise<WorkerContext> {
  try {
    return await openTogether(async (own) => {
      const base = await openBase(config, own);
      return { config, ...base, ...(await openStages(config, base, clock, own)) };
    });
  } catch (error) {
    throw explainStartFault(error) ?? error;
  }
}

type Base = Awaited<ReturnType<typeof openBase>>;

/** The base of every stage: logs, metrics, and connections. */
async function openBase(config: WorkerConfig, own: Own) {
  const logger = createLogger({ service: 'worker', level: config.logLevel });
  const metrics = createMetrics();
  const warn = (what: string) => (error: Error) =>
    logger.warn({ error: error.message || error.name }, `${what}.failed`);
  const database = own(
    connectDatabase(config.databaseUrl, {
      maxConnections: databaseConnections,
      applicationName: 'eventhooks-worker',
      prefersIndexes: true,
      onError: warn('database'),
    }),
  );
  const tracing = own(await createTracing(config.tracing, { service: 'eventhooks-worker', onError: warn('tracing') }));
  const listener = own(
    await createChangeListener(config.databaseUrl, {
      directUrl: config.databaseDirectUrl,
      onError: warn('listener'),
      onPolling: () => warnOfPolling(logger),
    }),
  );
  const onWarning = (warning: string) => logger.warn({ warning }, 'queue.warning');
  const queue = own(await openQueue({ backend: config.queue, onError: warn('queue'), onWarning }));
  const keyring = createKeyring(config.secretKeys);
  return { logger, metrics, warn, database, tracing, listener, queue, keyring };
}

/** The stages of an event's path, and what they share. */
async function openStages(config: WorkerConfig, base: Base, clock: Clock, own: Own) {
  const { database, listener, keyring, logger, metrics, warn } = base;
  const { retryScheduleMs, deliveryTimeoutMs: defaultTimeoutMs } = config;
  const hooks = own(await createHookIndex({ database, listener, keyring, onError: warn('hook_index') }));
  warnOfUnreadableHooks(logger, [...hooks.all()].filter(({ unreadable }) => unreadable.length > 0).length);
  const uniqueFields = own(await createUniqueFields(database, listener, warn('unique_fields')));
  const suppression = own(openSuppression(config, database, warn('suppression')));
  const client = own(openClient(config));
  const sandbox: Sandbox = own(createSandbox({ onRun: (kind, result) => metrics.sandboxRuns.inc({ kind, result }) }));
  const activity = own(createActivity(database, warn('activity')));
  const isScheduler = async (): Promise<boolean> => (await metrics.schedulerActive.get()).values[0]?.value === 1;
  own(keepPresence(database, { kind: 'worker', version: PRODUCT_VERSION, isScheduler }));
  const writer = own(
    createRecordWriter({ database, activity, keep: config.keepAttempts, onError: warn('record_writer') }),
  );
  const tools: HandlerTools = { client, sandbox, logger, defaultTimeoutMs };
  const publishOwnEvent = createOwnEventPublisher(base);
  const endpoints = createEndpoints();
  const breakers = own(
    await createBreakers({ database, listener, endpoints, publishOwnEvent, logger, retryScheduleMs, now: clock.now }),
  );
  const health = createHookHealth({ database, publishOwnEvent, logger });
  const isPaused = (hookId: string): boolean => hooks.find(hookId)?.paused === true;
  const admission = createAdmission({ database, breakers, endpoints, isPaused, defaultTimeoutMs, clock });
  const attempter = createAttempter({ ...base, admission, health, hooks, writer, tools, retryScheduleMs });
  const lanes = createLanes({ database, hooks, admission, attempter, writer, logger });
  const firings: FiringTools = { suppression, uniqueFields, database, activity, metrics, leaseMs: admission.leaseMs };
  const errors = own(createFilterErrors(database, warn('filter_errors')));
  const filtering: FilterTools = { filters: createEventFilters(), errors, metrics };
  return { hooks, filtering, firings, publishOwnEvent, breakers, admission, attempter, lanes, writer, tools };
}

function openClient({ egress, egressProxyUrl, dnsServers }: WorkerConfig): DeliveryClient {
  const resolve = createNameResolver({ servers: dnsServers });
  return createDeliveryClient({ egress, proxyUrl: egressProxyUrl, resolve });
}

/** In the same store as the queue. Redis may lose it, at the price of one early firing per hook and digest (docs/firing.md). */
function openSuppression(config: WorkerConfig, database: Database, onError: (error: Error) => void): Suppression {
  if (config.queue.kind === 'postgres') return createPostgresSuppression({ pool: database.pool });
  const redis = connectRedis(config.queue.url, { failFast: true, onError, name: 'suppression' });
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
