import { findFreePort } from '@eventhooks/embedded-postgres';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './redis.ts';
import { waitFor } from './wait-for.ts';

/** A Redis Cluster of primaries without replicas. */
export interface TestRedisCluster extends AsyncDisposable {
  /** All nodes, as a value for `REDIS_URL`. */
  url: string;
  addresses: { host: string; port: number }[];
  close(): Promise<void>;
}

const slots = 16_384;

export async function startRedisCluster(size = 3): Promise<TestRedisCluster> {
  const nodes: { server: TestRedis; client: Redis; port: number; busPort: number }[] = [];
  for (let index = 0; index < size; index += 1) {
    // Redis's default for this is its port + 10,000, which may not be a valid port.
    const busPort = await findFreePort();
    const flags = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-ip', '127.0.0.1'];
    const server = await startRedis({ flags });
    nodes.push({ server, client: new Redis(server.url), port: Number(new URL(server.url).port), busPort });
  }
  for (const [index, { client }] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * slots) / size));
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? slots) - 1));
    for (const { port, busPort } of nodes.slice(0, index)) {
      await client.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
    }
  }
  for (const { client } of nodes) {
    await waitFor(async () => {
      const info = await client.cluster('INFO');
      return info.includes('cluster_state:ok') && info.includes(`cluster_size:${size}`);
    });
    client.disconnect();
  }
  const close = async () => {
    await Promise.all(nodes.map(({ server }) => server.close()));
  };
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    addresses: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    close,
    [Symbol.asyncDispose]: close,
  };
}
