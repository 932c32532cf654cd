import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { createTestDatabase, redisUrl, startRedisCluster } from '../../../tests/support/index.ts';
import { createPostgresSuppression, createRedisSuppression, type Suppression } from '../src/index.ts';

/** A store for one test alone, which any number of workers share. */
export interface Backend {
  /** The access of one worker. `nowMs` replaces the server's clock. */
  connect(nowMs?: () => number): Suppression;
  close(): Promise<void>;
}

export const backends: Record<string, (prefix: string) => Promise<Backend>> = {
  Redis: async (prefix) => {
    const redis = new Redis(redisUrl());
    return redisBackend(redis, prefix, async () => redis.disconnect());
  },
  'Redis Cluster': async (prefix) => {
    const servers = await startRedisCluster();
    const cluster = new Cluster(servers.addresses);
    return redisBackend(cluster, prefix, async () => {
      cluster.disconnect();
      await servers.close();
    });
  },
  PostgreSQL: async () => {
    const database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 8 });
    return {
      connect: (nowMs) => createPostgresSuppression({ pool, ...(nowMs !== undefined && { nowMs }) }),
      close: async () => {
        await pool.end();
        await database.drop();
      },
    };
  },
};

function redisBackend(redis: Redis | Cluster, prefix: string, close: () => Promise<void>): Backend {
  return {
    connect: (nowMs) => createRedisSuppression({ redis, prefix, ...(nowMs !== undefined && { nowMs }) }),
    close,
  };
}
