import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { createTestDatabase, findFreePort, redisUrl, startRedis, waitFor } from '../../../tests/support/index.ts';
import { createPostgresSuppression, createRedisSuppression, type Suppression } from '../src/index.ts';

/** A store of its own that any number of workers share. */
export interface Backend {
  /** One worker's access; `nowMs` replaces the server's clock. */
  connect(nowMs?: () => number): Suppression;
  close(): Promise<void>;
}

export const backends: Record<string, (prefix: string) => Promise<Backend>> = {
  Redis: async (prefix) => {
    const redis = new Redis(redisUrl());
    return redisBackend(redis, prefix, async () => redis.disconnect());
  },
  'Redis Cluster': async (prefix) => {
    const busPort = await findFreePort();
    const address = ['--cluster-announce-ip', '127.0.0.1', '--cluster-port', String(busPort)];
    const server = await startRedis({ flags: ['--cluster-enabled', 'yes', ...address] });
    const node = new Redis(server.url);
    await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor(async () => (await node.cluster('INFO')).includes('cluster_state:ok'));
    node.disconnect();
    const { hostname, port } = new URL(server.url);
    const cluster = new Cluster([{ host: hostname, port: Number(port) }]);
    return redisBackend(cluster, prefix, async () => {
      cluster.disconnect();
      await server.close();
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
