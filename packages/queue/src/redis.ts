import { Redis } from 'ioredis';

export interface RedisOptions {
  /** True: a command fails at once while there is no connection. False: it waits for one, as blocking consumers must. */
  failFast: boolean;
  onError: (error: Error) => void;
}

const longestReconnectDelayMs = 2_000;
/**
 * A connection on which an answer is due and nothing comes for this long is given up: the peer may be gone without a word.
 * Consumers wait for jobs up to 10 s at a time by themselves.
 */
const silenceMs = { failFast: 5_000, patient: 20_000 };

/** A connection that reconnects for ever. `redis://` or `rediss://`, user, password and database in the URL. */
export function connectRedis(url: string, options: RedisOptions): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: options.failFast ? 1 : null,
    enableOfflineQueue: !options.failFast,
    connectTimeout: 5_000,
    socketTimeout: options.failFast ? silenceMs.failFast : silenceMs.patient,
    retryStrategy: (attempt) => Math.min(100 * attempt, longestReconnectDelayMs),
    // A node that was demoted answers READONLY for ever: connect anew, to the new primary.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  redis.on('error', options.onError);
  return redis;
}
