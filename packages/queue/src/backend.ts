import {
  createPostgresBackend,
  type JobsOptions,
  type Processor,
  Queue,
  type QueueOptions,
  runMigrations,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { connectRedis } from './redis.ts';

/** Where jobs travel: Redis, or the PostgreSQL that holds everything else. Either may lose them; PostgreSQL's tables know what is to be done. */
export type QueueBackend = { kind: 'redis'; url: string; prefix: string } | { kind: 'postgres'; url: string };

/** The part of BullMQ's two backends that differs: how queues and workers are made and whether the store answers. */
export interface BackendConnection {
  makeQueue<T>(name: string): Queue<T>;
  makeWorker<T>(name: string, processor: Processor<T>, concurrency: number): Worker<T>;
  /** Whether a command sent now would be answered soon. */
  isReachable(): boolean;
  /** Asks the store for an answer; rejects when there is none. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Jobs are hints: kept only until they are done, retried twice for a passing fault, then left to the scheduler. */
export const jobOptions: JobsOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 3,
  backoff: { type: 'fixed', delay: 1_000 },
};

/** A worker that died is noticed after the lock ran out; the outbox's own leases run out later and are the last word. */
const workerTimes = {
  lockDuration: 15_000,
  stalledInterval: 15_000,
  maxStalledCount: 1_000,
  drainDelay: 5,
} satisfies Partial<WorkerOptions>;

const postgresSchema = 'eventhooks_queue';
/**
 * Jobs may be lost, so their commits need not be on disk. It matters more than a flush each: every one of BullMQ's
 * statements notifies, and PostgreSQL lets notifying transactions commit one at a time, flush included.
 */
const withoutFlush = '-c synchronous_commit=off';

export function connectBackend(backend: QueueBackend, onError: (error: Error) => void): BackendConnection {
  return backend.kind === 'redis'
    ? connectRedisBackend(backend, onError)
    : connectPostgresBackend(backend.url, onError);
}

function connectRedisBackend(
  backend: { url: string; prefix: string },
  onError: (error: Error) => void,
): BackendConnection {
  const producer: Redis | Cluster = connectRedis(backend.url, { failFast: true, onError });
  const consumers: (Redis | Cluster)[] = [];
  const base = { prefix: backend.prefix } satisfies Partial<QueueOptions>;
  return {
    makeQueue: (name) =>
      new Queue(name, { ...base, connection: producer, defaultJobOptions: jobOptions, skipMetasUpdate: true }),
    makeWorker(name, processor, concurrency) {
      const connection = connectRedis(backend.url, { failFast: false, onError });
      consumers.push(connection);
      return new Worker(name, processor, { ...base, ...workerTimes, connection, concurrency });
    },
    isReachable: () => producer.status === 'ready',
    async ping() {
      await producer.ping();
    },
    async close() {
      for (const connection of [...consumers, producer]) connection.disconnect();
    },
  };
}

function connectPostgresBackend(url: string, onError: (error: Error) => void): BackendConnection {
  const timeouts = { connectionTimeoutMillis: 5_000, query_timeout: 15_000 };
  const pool = new pg.Pool({ ...timeouts, connectionString: url, max: 1 });
  pool.on('error', onError);
  const connection = {
    ...timeouts,
    connectionString: url,
    schema: postgresSchema,
    max: 4,
    application_name: 'eventhooks-queue',
    options: withoutFlush,
  };
  return {
    makeQueue: <T>(name: string) =>
      // The types of the two backends' queues differ in a parameter that no caller here uses.
      new Queue(name, { connection, defaultJobOptions: jobOptions }, createPostgresBackend) as unknown as Queue<T>,
    makeWorker: (name, processor, concurrency) =>
      new Worker(
        name,
        processor,
        { ...workerTimes, connection, concurrency },
        createPostgresBackend,
      ) as unknown as Worker,
    isReachable: () => true,
    async ping() {
      await pool.query('SELECT 1');
    },
    close: () => pool.end(),
  };
}

/** Brings BullMQ's own tables in `url` up to date; needed once before the PostgreSQL backend is used. */
export async function migrateQueue(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await runMigrations(client, postgresSchema);
  } finally {
    await client.end();
  }
}
