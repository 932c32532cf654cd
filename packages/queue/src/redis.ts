import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { parseRedisUrl, type RedisTarget } from '@eventhooks/config';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisClient = Redis | Cluster;

export interface ConnectOptions {
  /** Whether commands fail at once while there is no connection. Otherwise they wait for one, as blocking consumers must. */
  failFast: boolean;
  onError: (error: Error) => void;
  /** Follows `eventhooks-` in `CLIENT LIST`. */
  name: string;
}

const longestReconnectDelayMs = 2_000;
/**
 * A connection is given up when an answer is due but nothing arrives for this long, because the server may have vanished
 * silently. Consumers wait for jobs for up to 10 s at a time.
 */
const silenceMs = { failFast: 5_000, patient: 20_000 };
const connectTimeoutMs = 5_000;

/**
 * A connection that reconnects for ever: to a server, to the primary that Sentinels name, or to a Cluster.
 *
 * @param url see docs/redis.md
 * @throws Error when the URL is malformed, or a file that it names cannot be read.
 */
export function connectRedis(url: string, options: ConnectOptions): RedisClient {
  const target = readRedisUrl(url);
  const redis = target.kind === 'cluster' ? openCluster(target, options) : openServer(target, options);
  redis.on('error', options.onError);
  return redis;
}

function openServer(target: RedisTarget, { failFast, name }: ConnectOptions): Redis {
  const { addresses, database, primaryName, sentinelUsername, sentinelPassword } = target;
  const common = {
    ...nodeOptions(target, failFast),
    connectionName: `eventhooks-${name}`,
    db: database,
    enableOfflineQueue: !failFast,
    retryStrategy: reconnectDelayMs,
  };
  const [address] = addresses;
  if (target.kind === 'single' && address) return new Redis({ ...common, ...address });
  return new Redis({
    ...common,
    sentinels: addresses,
    name: primaryName,
    sentinelRetryStrategy: reconnectDelayMs,
    // ioredis's failoverDetector is not used: when it fires while a connection is being made, that connection is given up for
    // ever. A demoted primary is noticed by its answers, and the Sentinels are then asked again.
    ...(sentinelUsername !== null && { sentinelUsername }),
    ...(sentinelPassword !== null && { sentinelPassword }),
    ...(common.tls && { enableTLSForSentinelMode: true, sentinelTLS: common.tls }),
  });
}

function openCluster(target: RedisTarget, { failFast, name }: ConnectOptions): Cluster {
  return new Cluster(target.addresses, {
    enableOfflineQueue: !failFast,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: connectTimeoutMs,
    // Nodes are dialled by the names that they advertise, because their certificates carry these.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: { ...nodeOptions(target, failFast), connectionName: `eventhooks-${name}` },
  });
}

/** @throws Error when the URL is malformed. */
export function readRedisUrl(url: string): RedisTarget {
  const parsed = parseRedisUrl(url);
  if (!parsed.ok) throw new Error(`REDIS_URL: ${parsed.fault}`);
  return parsed.target;
}

/** The options for each server. @throws Error when a file of the URL cannot be read. */
export function nodeOptions(target: RedisTarget, failFast: boolean) {
  const { username, password, tls } = target;
  return {
    // A name may have only IPv6 addresses.
    family: 0,
    maxRetriesPerRequest: failFast ? 1 : null,
    connectTimeout: connectTimeoutMs,
    socketTimeout: failFast ? silenceMs.failFast : silenceMs.patient,
    reconnectOnError: isDemoted,
    ...(username !== null && { username }),
    ...(password !== null && { password }),
    ...(tls && { tls: readTlsFiles(tls) }),
  } satisfies RedisOptions;
}

/**
 * Whether an error says that the server is no longer a primary. It would refuse writes for ever, so a connection to the new
 * primary is made. Redis 6.2 wraps a script's error in its own words, and ends blocking commands with UNBLOCKED.
 */
function isDemoted({ message }: Error): boolean {
  return /(^|[\s-])READONLY\s|^UNBLOCKED\s|^MASTERDOWN\s/.test(message);
}

function readTlsFiles({ caFile, certFile, keyFile }: NonNullable<RedisTarget['tls']>): ConnectionOptions {
  const read = (name: string, path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw new Error(`REDIS_URL: ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  return {
    ...(caFile !== null && { ca: read('ca', caFile) }),
    ...(certFile !== null && { cert: read('cert', certFile) }),
    ...(keyFile !== null && { key: read('key', keyFile) }),
  };
}

function reconnectDelayMs(attempt: number): number {
  return Math.min(100 * attempt, longestReconnectDelayMs);
}
