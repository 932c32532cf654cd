import { databaseConnection, type Settings } from '@eventhooks/config';
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
import pg from 'pg';
import { connectRedis, type RedisClient } from './redis.ts';
import { shardName, shardPrefix } from './shards.ts';

/** Where jobs travel: Redis, or the PostgreSQL that holds everything else. Either may lose them; PostgreSQL's tables know what is to be done. */
export type QueueBackend = {
  url: string;
  /** How many queues dispatch is spread over. */
  shards: number;
} & ({ kind: 'redis'; prefix: string } | { kind: 'postgres' });

/** Redis where the settings name one, else the database. */
export function queueBackendOf(settings: Settings, databaseUrl: string): QueueBackend {
  const { REDIS_URL: redisUrl, EVENTHOOKS_QUEUE_PREFIX: prefix, EVENTHOOKS_QUEUE_SHARDS: shards } = settings;
  return redisUrl === undefined
    ? { kind: 'postgres', url: databaseUrl, shards }
    : { kind: 'redis', url: redisUrl, prefix, shards };
}

/** The part of BullMQ's two backends that differs: how queues and workers are made and whether the store answers. */
export interface BackendConnection {
  makeQueue<T>(name: string, shard: number): Queue<T>;
  makeWorker<T>(name: string, shard: number, processor: Processor<T>, concurrency: number): Worker<T>;
  /** Whether a command sent now would be answered soon. */
  isReachable(): boolean;
  /** Asks the store for an answer; rejects when there is none. */
  ping(): Promise<void>;
  /** See `EventQueue`. */
  undoClockJumps(): Promise<void>;
  close(): Promise<void>;
}

/** Jobs are hints: kept only until they are done, retried twice for a passing fault, then left to the scheduler. */
const jobOptions: JobsOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 3,
  backoff: { type: 'fixed', delay: 1_000 },
};

/**
 * An idle worker asks for work every `drainDelay` seconds only: what comes wakes it. It is less than the silence after
 * which a connection is given up (redis.ts). A worker that died is noticed after the lock ran out; the outbox's own
 * leases run out later and are the last word.
 */
const workerTimes = {
  lockDuration: 15_000,
  stalledInterval: 15_000,
  maxStalledCount: 1_000,
  drainDelay: 10,
} satisfies Partial<WorkerOptions>;

const applicationName = 'eventhooks-queue';
/** The schema of BullMQ's tables where the installation is in schema `public`. */
const defaultSchema = 'eventhooks_queue';
const longestIdentifier = 63;
/** Beyond all that a process with the right clock writes: a lock, a retry's delay, the time of a check. */
const furthestAheadMs = 60_000;
/**
 * BullMQ's PostgreSQL backend writes times by its caller's clock. Where one ran ahead, nobody looks for jobs of dead workers
 * until that time has come (`stalled-check`), and its own locks and delays last as long.
 */
const undoClockJumpsStatement = (schema: string): string => `
  WITH real AS (SELECT (extract(epoch FROM now()) * 1000)::bigint AS now_ms), checked AS (
    DELETE FROM ${schema}.meta USING real WHERE field = 'stalled-check' AND value::bigint > now_ms + $1::int
  )
  UPDATE ${schema}.job SET locked_until_ms = least(locked_until_ms, now_ms), process_at_ms = least(process_at_ms, now_ms)
  FROM real WHERE state IN ('active', 'delayed') AND greatest(locked_until_ms, process_at_ms) > now_ms + $1::int`;
/**
 * Jobs may be lost, so their commits need not be on disk. It matters more than a flush each: every one of BullMQ's
 * statements notifies, and PostgreSQL lets notifying transactions commit one at a time, flush included.
 */
const withoutFlush = '-c synchronous_commit=off';

/** Does not wait for Redis, but for PostgreSQL, which has to say in which schema the queue is. */
export async function connectBackend(
  backend: QueueBackend,
  onError: (error: Error) => void,
): Promise<BackendConnection> {
  return backend.kind === 'redis'
    ? connectRedisBackend(backend, onError)
    : connectPostgresBackend(backend.url, onError);
}

function connectRedisBackend(
  backend: { url: string; prefix: string },
  onError: (error: Error) => void,
): BackendConnection {
  const producer = connectRedis(backend.url, { failFast: true, onError });
  let consumer: RedisClient | undefined;
  const base = (shard: number) => ({ prefix: shardPrefix(backend.prefix, shard) }) satisfies Partial<QueueOptions>;
  return {
    makeQueue: (name, shard) =>
      new Queue(name, { ...base(shard), connection: producer, defaultJobOptions: jobOptions, skipMetasUpdate: true }),
    makeWorker(name, shard, processor, concurrency) {
      // Shared by all workers; each makes one more for its blocking command.
      consumer ??= connectRedis(backend.url, { failFast: false, onError });
      return new Worker(name, processor, { ...base(shard), ...workerTimes, connection: consumer, concurrency });
    },
    isReachable: () => producer.status === 'ready',
    async ping() {
      await producer.ping();
    },
    // Redis's locks and delays run by its own clock.
    undoClockJumps: async () => undefined,
    async close() {
      consumer?.disconnect();
      producer.disconnect();
    },
  };
}

async function connectPostgresBackend(url: string, onError: (error: Error) => void): Promise<BackendConnection> {
  const pool = new pg.Pool({ ...databaseConnection(url, { application_name: applicationName }), max: 1 });
  pool.on('error', onError);
  const schema = await findQueueSchema(pool).catch(async (error: Error) => {
    await pool.end();
    throw error;
  });
  // Not as a URL: its `options` would take the place of those by which BullMQ finds its schema.
  const connection = {
    ...databaseConnection(url, { application_name: applicationName, options: withoutFlush }),
    schema,
    max: 4,
  };
  return {
    makeQueue: <T>(name: string, shard: number) =>
      // The types of the two backends' queues differ in a parameter that no caller here uses.
      new Queue(
        shardName(name, shard),
        { connection, defaultJobOptions: jobOptions },
        createPostgresBackend,
      ) as unknown as Queue<T>,
    makeWorker: (name, shard, processor, concurrency) =>
      new Worker(
        shardName(name, shard),
        processor,
        { ...workerTimes, connection, concurrency },
        createPostgresBackend,
      ) as unknown as Worker,
    isReachable: () => true,
    async ping() {
      await pool.query('SELECT 1');
    },
    async undoClockJumps() {
      await pool.query(undoClockJumpsStatement(schema), [furthestAheadMs]);
    },
    close: () => pool.end(),
  };
}

/** Brings BullMQ's own tables in `url` up to date; needed once before the PostgreSQL backend is used. */
export async function migrateQueue(url: string): Promise<void> {
  const client = new pg.Client(databaseConnection(url, { application_name: applicationName, query_timeout: 0 }));
  await client.connect();
  try {
    await runMigrations(client, await findQueueSchema(client));
  } finally {
    await client.end();
  }
}

/**
 * The schema of BullMQ's tables: one for each installation, and installations in one database are told apart by their
 * schema. BullMQ takes simple identifiers only.
 */
async function findQueueSchema(connection: pg.Pool | pg.Client): Promise<string> {
  const { rows } = await connection.query<{ schema: string; digest: string }>(
    'SELECT current_schema() AS schema, md5(current_schema()) AS digest',
  );
  const { schema = 'public', digest = '' } = rows[0] ?? {};
  if (schema === 'public') return defaultSchema;
  const name = `${defaultSchema}_${schema}`;
  return /^[a-z_]\w*$/i.test(name) && name.length <= longestIdentifier ? name : `${defaultSchema}_${digest}`;
}
