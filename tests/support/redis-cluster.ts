import { findFreePort } from '@eventhooks/embedded-postgres';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './redis.ts';
import { waitFor } from './wait-for.ts';

/** A Redis Cluster of primaries without replicas, but those that are added. */
export interface TestRedisCluster extends AsyncDisposable {
  /** All primaries, as a value for `REDIS_URL`. */
  url: string;
  addresses: { host: string; port: number }[];
  /** Gives the primary that holds `key` a replica, and resolves once it follows. */
  addReplica(key: string): Promise<{ primary: TestRedis; replica: TestRedis }>;
  close(): Promise<void>;
}

interface Node {
  server: TestRedis;
  client: Redis;
  port: number;
  busPort: number;
}

const slots = 16_384;
/** A primary that is silent for so long is replaced by its replica. */
const nodeTimeoutMs = 2_000;

export async function startRedisCluster(size = 3): Promise<TestRedisCluster> {
  const nodes: Node[] = [];
  for (let index = 0; index < size; index += 1) nodes.push(await startNode());
  for (const [index, { client }] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * slots) / size));
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? slots) - 1));
    for (const other of nodes.slice(0, index)) await meet(client, other);
  }
  for (const { client } of nodes) {
    await waitFor(async () => {
      const info = await client.cluster('INFO');
      return info.includes('cluster_state:ok') && info.includes(`cluster_size:${size}`);
    });
  }
  const primaries = nodes.slice();
  const close = async () => {
    for (const { client } of nodes) client.disconnect();
    await Promise.all(nodes.map(({ server }) => server.close()));
  };
  return {
    url: `redis+cluster://${primaries.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    addresses: primaries.map(({ port }) => ({ host: '127.0.0.1', port })),
    async addReplica(key) {
      const primary = await findPrimary(primaries, key);
      const added = await startNode();
      nodes.push(added);
      await follow(added, primary);
      return { primary: primary.server, replica: added.server };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function startNode(): Promise<Node> {
  // Redis's default for this is its port + 10,000, which may not be a valid port.
  const busPort = await findFreePort();
  const flags = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-ip', '127.0.0.1'];
  const server = await startRedis({ flags: [...flags, '--cluster-node-timeout', String(nodeTimeoutMs)] });
  const client = new Redis(server.url);
  // A test may kill it.
  client.on('error', () => undefined);
  return { server, client, port: Number(new URL(server.url).port), busPort };
}

async function meet(client: Redis, { port, busPort }: Node): Promise<void> {
  await client.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
}

async function findPrimary(primaries: readonly Node[], key: string): Promise<Node> {
  for (const node of primaries) {
    if (await node.client.exists(key).then(() => true, isElsewhere)) return node;
  }
  throw new Error(`no primary holds ${key}`);
}

function isElsewhere(error: Error): false {
  if (!error.message.startsWith('MOVED')) throw error;
  return false;
}

async function follow({ client }: Node, primary: Node): Promise<void> {
  const id = String(await primary.client.cluster('MYID'));
  await meet(client, primary);
  await waitFor(async () => String(await client.cluster('NODES')).includes(id));
  await client.call('CLUSTER', 'REPLICATE', id);
  await waitFor(async () => (await client.info('replication')).includes('master_link_status:up'));
}
