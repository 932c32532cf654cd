import { databaseConnection, type Settings, SettingsError } from '@eventhooks/config';
import {
  createPostgresBackend,
  type JobsOptions,
  type Processor,
  Queue,
  type QueueOptions,
  runMigrations,
  type Worker,
  type WorkerOptions,
} from 'bullmq';
import pg from 'pg';
import { checkRedis } from './check-redis.ts';
import { PausingWorker } from './pausing-worker.ts';
import { connectRedis, type RedisClient } from './redis.ts';
import { findRedisWarnings, type MemoryUse, readRedisMemory, reportRedisWarnings } from './redis-info.ts';
import { shardName, shardPrefix } from './shards.ts';

/**
 * The transport of jobs: Redis, or the PostgreSQL that holds everything else. Either may lose jobs, because PostgreSQL's
 * own tables record the work to be done.
 */
export type QueueBackend = {
  url: string;
  /** The number of queues over which dispatch is spread. */
  shards: number;
} & ({ kind: 'redis'; prefix: string } | { kind: 'postgres'; setting?: DatabaseSetting });

/** The variable with the URL of the queue's PostgreSQL. BullMQ needs sessions, so the direct one goes first. */
type DatabaseSetting = 'DATABASE_URL' | 'DATABASE_DIRECT_URL';

/** Redis if the settings name one, else the database. */
export function queueBackendOf(settings: Settings, databaseUrl: string): QueueBackend {
  const {
    DATABASE_DIRECT_URL: directUrl,
    REDIS_URL: redisUrl,
    EVENTHOOKS_QUEUE_PREFIX: prefix,
    EVENTHOOKS_QUEUE_SHARDS: shards,
  } = settings;
  if (redisUrl !== undefined) return { kind: 'redis', url: redisUrl, prefix, shards };
  return directUrl === undefined
    ? { kind: 'postgres', url: databaseUrl, setting: 'DATABASE_URL', shards }
    : { kind: 'postgres', url: directUrl, setting: 'DATABASE_DIRECT_URL', shards };
}

/** The differences between BullMQ's two backends: how queues and workers are made, and whether the store answers. */
export interface BackendConnection {
  makeQueue<T>(name: string, shard: number): Queue<T>;
  makeWorker<T>(name: string, shard: number, processor: Processor<T>, concurrency: number): Worker<T>;
  /** Whether a command sent now would be answered soon. */
  isReachable(): boolean;
  /** Has the store write something; rejects when it does not: it is away, full, or a replica. */
  ping(): Promise<void>;
  /** See `EventQueue`. */
  findWarnings(): Promise<string[]>;
  /** See `EventQueue`. */
  readMemory(): Promise<MemoryUse | null>;
  /** See `EventQueue`. */
  undoClockJumps(): Promise<void>;
  close(): Promise<void>;
}

/** Jobs are hints. They are kept until they are done, retried twice for a passing fault, and then left to the scheduler. */
const jobOptions: JobsOptions = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 3,
  backoff: { type: 'fixed', delay: 1_000 },
};

/**
 * An idle worker asks for work every `drainDelay` seconds, because a job that comes wakes it. It is less than the silence
 * after which a connection is given up (redis.ts). The job of a worker that died is noticed once its lock has run out. The
 * leases of the outbox run out later, and they decide.
 */
const workerTimes = {
  lockDuration: 15_000,
  stalledInterval: 15_000,
  maxStalledCount: 1_000,
  drainDelay: 10,
} satisfies Partial<WorkerOptions>;

/** A key of this age says nothing any more. */
const pingKeptSeconds = 60;
const applicationName = 'eventhooks-queue';
/**
 * BullMQ keeps a connection for as long as it is busy, even to a server that was demoted and refuses every write. A new one
 * leads to the server that took its place.
 */
const maxLifetimeSeconds = 20;
/** The schema of BullMQ's tables if the installation is in schema `public`. */
const defaultSchema = 'eventhooks_queue';
const longestIdentifier = 63;
/** The furthest time ahead that a process with a correct clock writes, for a lock, a retry or a check. */
const furthestAheadMs = 60_000;
/**
 * BullMQ's PostgreSQL backend writes times by its caller's clock. If that clock ran ahead, no worker looks for the jobs of dead
 * workers until that time has come (`stalled-check`), and locks and delays last as long.
 */
const undoClockJumpsStatement = (schema: string): string => `
  WITH real AS (SELECT (extract(epoch FROM now()) * 1000)::bigint AS now_ms), checked AS (
    DELETE FROM ${schema}.meta USING real WHERE field = 'stalled-check' AND value::bigint > now_ms + $1::int
  )
  UPDATE ${schema}.job SET locked_until_ms = least(locked_until_ms, now_ms), process_at_ms = least(process_at_ms, now_ms)
  FROM real WHERE state IN ('active', 'delayed') AND greatest(locked_until_ms, process_at_ms) > now_ms + $1::int`;
/**
 * Jobs may be lost, so their commits need not wait for the disk. That saves more than one flush per commit: every statement of
 * BullMQ notifies, and PostgreSQL commits notifying transactions one at a time, flush included.
 */
const withoutFlush = '-c synchronous_commit=off';

/**
 * Waits for PostgreSQL, which knows the queue's schema. It does not wait until Redis is there.
 *
 * @throws {SettingsError} when the queue is in PostgreSQL, and its tables are missing; when Redis refuses what the URL says.
 */
export async function connectBackend(
  backend: QueueBackend,
  onError: (error: Error) => void,
  onWarning: (warning: string) => void,
): Promise<BackendConnection> {
  if (backend.kind === 'postgres') return connectPostgresBackend(backend, onError);
  await checkRedis(backend.url);
  return connectRedisBackend(backend, onError, onWarning);
}

function connectRedisBackend(
  backend: { url: string; prefix: string },
  onError: (error: Error) => void,
  onWarning: (warning: string) => void,
): BackendConnection {
  const producer = connectRedis(backend.url, { failFast: true, onError, name: 'producer' });
  reportRedisWarnings(producer, onWarning);
  let consumer: RedisClient | undefined;
  // BullMQ prints what it finds about the server to the console, between the lines of our log. `findWarnings` looks instead. The
  // price: BullMQ takes the server for an old one, and wakes for delayed jobs up to 1 s late.
  const base = (shard: number) =>
    ({ prefix: shardPrefix(backend.prefix, shard), skipVersionCheck: true }) satisfies Partial<QueueOptions>;
  return {
    makeQueue: (name, shard) =>
      new Queue(name, { ...base(shard), connection: producer, defaultJobOptions: jobOptions, skipMetasUpdate: true }),
    makeWorker(name, shard, processor, concurrency) {
      // All workers share it, and each makes one more for its blocking command.
      consumer ??= connectRedis(backend.url, { failFast: false, onError, name: 'consumer' });
      return new PausingWorker(name, processor, { ...base(shard), ...workerTimes, connection: consumer, concurrency });
    },
    isReachable: () => producer.status === 'ready',
    async ping() {
      await producer.set(`${shardPrefix(backend.prefix, 0)}:ping`, '', 'EX', pingKeptSeconds);
    },
    findWarnings: () => findRedisWarnings(producer),
    readMemory: () => readRedisMemory(producer),
    // In Redis, locks and delays follow the server's clock.
    undoClockJumps: async () => undefined,
    async close() {
      consumer?.disconnect();
      producer.disconnect();
    },
  };
}

async function connectPostgresBackend(
  { url, setting = 'DATABASE_URL' }: { url: string; setting?: DatabaseSetting },
  onError: (error: Error) => void,
): Promise<BackendConnection> {
  const settings = databaseConnection(url, { application_name: applicationName, options: withoutFlush });
  const pool = new pg.Pool({ ...settings, max: 1 });
  pool.on('error', onError);
  const schema = await findUsableSchema(pool, setting).catch(async (error: Error) => {
    await pool.end();
    throw isRefusedParameter(error) ? poolerFault(setting) : error;
  });
  // The URL is passed in parts: its `options` would replace those by which BullMQ finds its schema.
  const { password, ...others } = settings;
  const connection = { ...others, schema, max: 4, maxLifetimeSeconds };
  // BullMQ's type wants a text. It passes the value on to pg, which also takes a function that reads it.
  if (password !== undefined) Object.assign(connection, { password });
  return {
    makeQueue: <T>(name: string, shard: number) =>
      // The types of the two backends' queues differ in a parameter that no caller uses.
      new Queue(
        shardName(name, shard),
        { connection, defaultJobOptions: jobOptions },
        createPostgresBackend,
      ) as unknown as Queue<T>,
    makeWorker: (name, shard, processor, concurrency) =>
      new PausingWorker(
        shardName(name, shard),
        processor,
        { ...workerTimes, connection, concurrency },
        createPostgresBackend,
      ) as unknown as Worker,
    isReachable: () => true,
    ping: () => checkTables(pool, schema, setting),
    findWarnings: async () => [],
    readMemory: async () => null,
    async undoClockJumps() {
      await pool.query(undoClockJumpsStatement(schema), [furthestAheadMs]);
    },
    close: () => pool.end(),
  };
}

/**
 * Brings BullMQ's own tables in `url` up to date. The PostgreSQL backend needs them.
 *
 * @throws {SettingsError} behind a pooler that takes no parameters: the queue would not work there either.
 */
export async function migrateQueue(url: string, setting: DatabaseSetting = 'DATABASE_URL'): Promise<void> {
  const config = { application_name: applicationName, options: withoutFlush, query_timeout: 0 };
  const client = new pg.Client(databaseConnection(url, config));
  try {
    await client.connect();
    await runMigrations(client, await findQueueSchema(client));
  } catch (error) {
    throw isRefusedParameter(error) ? poolerFault(setting) : error;
  } finally {
    await client.end();
  }
}

/**
 * The schema of BullMQ's tables. Each installation in a database has its own schema, and so has its queue. BullMQ accepts
 * only simple identifiers.
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

async function findUsableSchema(pool: pg.Pool, setting: DatabaseSetting): Promise<string> {
  const schema = await findQueueSchema(pool);
  await checkTables(pool, schema, setting);
  return schema;
}

/** BullMQ makes a sequence for each queue, and temporary tables for jobs that are added together. */
const readTables = `
    WITH tables AS (
      SELECT pg_class.oid, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = $1 AND relkind IN ('r', 'p')
    )
    SELECT current_user AS role, current_setting('synchronous_commit') = 'off' AS parameters,
      (SELECT count(*)::int FROM tables) AS tables, ARRAY(
        SELECT privilege || ' on schema ' || nspname FROM pg_namespace, unnest(ARRAY['USAGE', 'CREATE']) AS privilege
          WHERE nspname = $1 AND NOT has_schema_privilege(pg_namespace.oid, privilege)
        UNION ALL
        SELECT 'TEMPORARY on database ' || current_database()
          WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
        UNION ALL
        SELECT privilege || ' on ' || relname FROM tables, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
          WHERE NOT has_table_privilege(oid, privilege)
      ) AS missing`;

interface QueueTables {
  role: string;
  tables: number;
  /** Whether the parameters with which we connect hold. */
  parameters: boolean;
  /** Rights that the role lacks. */
  missing: string[];
}

function isRefusedParameter(error: unknown): boolean {
  return error instanceof Error && error.message.includes('unsupported startup parameter');
}

/** The pooler refuses or drops the parameters of connections, by which the queue finds its tables; many keep no session either. */
function poolerFault(setting: DatabaseSetting): SettingsError {
  const advice = {
    DATABASE_URL: 'Set REDIS_URL, or DATABASE_DIRECT_URL',
    DATABASE_DIRECT_URL: 'Name PostgreSQL itself',
  };
  return new SettingsError(
    `${setting}: it leads to a pooler, and a queue in PostgreSQL needs connections with parameters and sessions of their own. ${advice[setting]}`,
  );
}

/** @throws {SettingsError} when the queue has no tables, or connections to it cannot use them. */
async function checkTables(pool: pg.Pool, schema: string, setting: DatabaseSetting): Promise<void> {
  const { rows } = await pool.query<QueueTables>(readTables, [schema]);
  const { role = '', tables = 0, parameters = true, missing = [] } = rows[0] ?? {};
  if (tables === 0)
    throw new SettingsError(
      `${setting}: the queue has no tables in schema ${schema}. Run npm run migrate without REDIS_URL, or set REDIS_URL here, too`,
    );
  if (!parameters) throw poolerFault(setting);
  if (missing.length > 0)
    throw new SettingsError(
      `${setting}: the role ${role} lacks ${missing[0]} for the queue in schema ${schema} (docs/postgresql.md lists the grants)`,
    );
}
