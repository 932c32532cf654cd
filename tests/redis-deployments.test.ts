import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { createCertificate } from '../packages/delivery/tests/support/certificates.ts';
import { countArrivals, type Installation, publishNumbered, startInstallation } from './installation.ts';
import {
  createTestDatabase,
  findFreePort,
  makeTemporaryDirectory,
  type Receiver,
  spawnApp,
  startReceiver,
  startRedis,
  startRedisCluster,
  type TestRedis,
  waitFor,
} from './support/index.ts';

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

/** Lost jobs are enqueued again from PostgreSQL after 30 s. */
const recoveryMs = 90_000;

async function createWebhook(installation: Installation, settings: object = {}): Promise<string> {
  const hook = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: receiver.url } };
  return installation.createHook({ ...hook, ...settings });
}

async function expectAllDelivered(installation: Installation, count: number): Promise<void> {
  await waitFor(() => countArrivals(receiver.requests).size === count, { timeoutMs: recoveryMs });
  await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length === 0, {
    timeoutMs: recoveryMs,
  });
}

test('a Cluster carries several shards and one suppression state; fewer shards later lose nothing', async () => {
  await using servers = await startRedisCluster();
  const redis = { url: servers.url, prefix: 'eh' };
  await using installation = await startInstallation({ workers: 2, redis, env: { EVENTHOOKS_QUEUE_SHARDS: '4' } });
  await createWebhook(installation);
  const snoozing = await installation.createHook({ source: 'crud', event: 'consumers', handler: 'log', snooze: 3_600 });
  await publishNumbered(installation, 1_000);
  await expectAllDelivered(installation, 1_000);
  expect(receiver.requests.length).toBe(1_000);
  const fired =
    "SELECT status = 'suppressed' AS suppressed, count(*)::int FROM deliveries WHERE hook_id = $1 GROUP BY 1";
  expect(await installation.query(`${fired} ORDER BY 1`, [snoozing])).toEqual([
    { suppressed: false, count: 1 },
    { suppressed: true, count: 999 },
  ]);

  const cluster = new Cluster(servers.addresses);
  const nodes = new Set<number>();
  for (const tag of ['{eh}', '{eh-1}', '{eh-2}', '{eh-3}']) {
    expect(Number(await cluster.get(`${tag}:dispatch:id`))).toBeGreaterThan(0);
    nodes.add(Math.floor((Number(await cluster.cluster('KEYSLOT', tag)) * 3) / 16_384));
  }
  cluster.disconnect();
  expect(nodes.size).toBeGreaterThan(1);

  await Promise.all(installation.workers.map((worker) => worker.stop()));
  await publishNumbered(installation, 500, 1_000);
  const fewer = await spawnApp('worker', { ...installation.env, EVENTHOOKS_QUEUE_SHARDS: '1' });
  await expectAllDelivered(installation, 1_500);
  expect(receiver.requests.length).toBe(1_500);
  await fewer.stop();
}, 240_000);

/** Kills the primary under two workers while events are published, until `isPromoted` and a while longer: each is delivered. */
async function failOver(url: string, primary: TestRedis, isPromoted: () => Promise<boolean>): Promise<void> {
  await using installation = await startInstallation({ workers: 2, redis: { url, prefix: '{eh}' } });
  await createWebhook(installation);
  receiver.answerWith(() => ({ delayMs: 5 }));
  await publishNumbered(installation, 1_000);
  await primary.stop('SIGKILL');
  let published = 1_000;
  await waitFor(
    async () => {
      await publishNumbered(installation, 100, published);
      published += 100;
      return isPromoted();
    },
    { timeoutMs: 60_000 },
  );
  await publishNumbered(installation, 500, published);
  await expectAllDelivered(installation, published + 500);
  for (const { url: address } of installation.workers) expect((await fetch(`${address}/readyz`)).status).toBe(200);
}

test('when Sentinel fails over, events accepted before, during and after it are delivered', async () => {
  const primary = await startRedis();
  const port = new URL(primary.url).port;
  const replica = await startRedis({ flags: ['--replicaof', '127.0.0.1', port] });
  const sentinel = await startRedis({
    flags: ['--sentinel'],
    config: [
      `sentinel monitor events 127.0.0.1 ${port} 1`,
      'sentinel down-after-milliseconds events 1000',
      'sentinel failover-timeout events 10000',
    ].join('\n'),
  });
  const watch = new Redis(sentinel.url);
  await waitFor(async () => JSON.stringify(await watch.call('SENTINEL', 'REPLICAS', 'events')).includes('"slave"'));
  const unused = await findFreePort();
  const promoted = JSON.stringify(new URL(replica.url).port);
  await failOver(`redis+sentinel://127.0.0.1:${unused},${new URL(sentinel.url).host}/events`, primary, async () =>
    JSON.stringify(await watch.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'events')).includes(promoted),
  );
  watch.disconnect();
  await Promise.all([sentinel, replica, primary].map((server) => server.close()));
}, 240_000);

test('when a primary of a Cluster dies, events accepted before, during and after its replacement are delivered', async () => {
  await using servers = await startRedisCluster();
  const { primary, replica } = await servers.addReplica('{eh}');
  const watch = new Redis(replica.url);
  await failOver(servers.url, primary, async () => (await watch.info('replication')).includes('role:master'));
  watch.disconnect();
}, 240_000);

test('TLS with a private authority, a client certificate and an ACL user that may use its prefix only', async () => {
  const authority = createCertificate({ names: ['authority'], issuer: 'itself', authority: true });
  const server = createCertificate({ names: ['localhost', '127.0.0.1'], issuer: authority });
  const client = createCertificate({ names: ['client'], issuer: authority });
  const directory = await makeTemporaryDirectory();
  const files = {
    ca: authority.cert,
    cert: server.cert,
    key: server.key,
    'client-cert': client.cert,
    'client-key': client.key,
  };
  const pathOf = (name: keyof typeof files) => join(directory, `${name}.pem`);
  for (const name of Object.keys(files) as (keyof typeof files)[]) await writeFile(pathOf(name), files[name]);
  const tlsPort = await findFreePort();
  const tlsFlags = [
    '--tls-port',
    String(tlsPort),
    '--tls-ca-cert-file',
    pathOf('ca'),
    '--tls-cert-file',
    pathOf('cert'),
    '--tls-key-file',
    pathOf('key'),
  ];
  const redis = await startRedis({ flags: tlsFlags });
  const operator = new Redis(redis.url);
  await operator.call('ACL', 'SETUSER', 'eventhooks', 'on', '>a secret@', '~{eh}*', '+@all', '-@dangerous', '+info');
  await operator.call('ACL', 'SETUSER', 'default', '-@all', '+ping', '+acl');

  const base = `rediss://eventhooks:a%20secret%40@localhost:${tlsPort}?ca=${pathOf('ca')}`;
  const url = `${base}&cert=${pathOf('client-cert')}&key=${pathOf('client-key')}`;
  {
    await using installation = await startInstallation({ workers: 1, redis: { url, prefix: '{eh}' } });
    await createWebhook(installation, { on_change: true });
    await publishNumbered(installation, 100);
    await expectAllDelivered(installation, 100);
    // This is sooner than the scheduler's 30 s, so every command in use was allowed.
    expect(installation.workers[0]?.logs()).not.toMatch(/NOPERM|queue\.failed|suppression\.failed/);
    expect(installation.admin.logs()).not.toMatch(/NOPERM|enqueue_failed/);
  }
  const log = (await operator.call('ACL', 'LOG')) as unknown[];
  expect(log).toEqual([]);
  operator.disconnect();
  await redis.close();
}, 120_000);

test('a certificate file that is missing stops the start, and is named', async () => {
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, REDIS_URL: 'rediss://:hunter2@127.0.0.1?ca=/nowhere/ca.pem' };
  const app = await spawnApp('worker', env, { readyTimeoutMs: 0 });
  expect((await app.ended).code).toBe(1);
  expect(app.logs()).toContain('/nowhere/ca.pem');
  expect(app.logs()).not.toContain('hunter2');
}, 60_000);
