import { connectDatabase, migrateToLatest } from '@eventhooks/database';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';
import { startTcpProxy, type TcpProxy } from './faults/tcp-proxy.ts';
import {
  type App,
  type Receiver,
  redisUrl,
  spawnApp,
  startPostgres,
  startReceiver,
  type TestPostgres,
  uniquePrefix,
  waitFor,
} from './support/index.ts';

const prefix = uniquePrefix();
const recoveryMs = 60_000;
const queues = ['redis', 'postgres'] as const;

/** An admin and a worker on a database of their own. */
interface Deployment {
  queue: (typeof queues)[number];
  admin: App;
  worker: App;
}

let primary: TestPostgres;
let standby: TestPostgres;
let proxy: TcpProxy;
let receiver: Receiver;
let deployments: Deployment[];

const databaseOf = (url: string, queue: string): string =>
  Object.assign(new URL(url), { pathname: `queue_in_${queue}` }).href;

async function execute(url: string, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client(url);
  await client.connect();
  const results: pg.QueryResult[] = [];
  for (const statement of statements) results.push(await client.query(statement));
  await client.end();
  return results;
}

async function deploy(queue: Deployment['queue']): Promise<Deployment> {
  const env = {
    DATABASE_URL: databaseOf(proxy.url, queue),
    EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8',
    ...(queue === 'redis' && { REDIS_URL: redisUrl(), EVENTHOOKS_QUEUE_PREFIX: `{${prefix}}` }),
  };
  const [admin, worker] = await Promise.all([spawnApp('admin', env), spawnApp('worker', env)]);
  return { queue, admin, worker };
}

beforeAll(async () => {
  primary = await startPostgres();
  for (const queue of queues) {
    await execute(primary.url, `CREATE DATABASE queue_in_${queue}`);
    await migrateToLatest(databaseOf(primary.url, queue), suppressionFunctions);
  }
  await migrateQueue(databaseOf(primary.url, 'postgres'));
  standby = await primary.startStandby();
  proxy = await startTcpProxy(primary.url);
  receiver = await startReceiver();
  deployments = await Promise.all(queues.map(deploy));
}, 120_000);
afterAll(async () => {
  for (const { admin, worker } of deployments ?? []) await Promise.all([admin.stop(), worker.stop()]);
  await receiver?.close();
  await proxy?.close();
  await standby?.close();
  await primary?.close();
});

const post = (admin: App, path: string, body: unknown): Promise<Response> =>
  fetch(`${admin.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const hook = (path: string) => ({
  source: 'crud',
  event: 'consumers',
  handler: 'webhook',
  config: { url: receiver.url + path },
});
const event = { source: 'crud', event: 'consumers', data: { operation: 'create' } };
const isReady = async (app: App): Promise<boolean> => (await fetch(`${app.url}/readyz`)).ok;

/** Hooks are announced, matched and delivered, and the scheduler leads: all connections are on a server that takes writes. */
async function expectService({ queue, admin, worker }: Deployment, step: string): Promise<void> {
  const path = `/${queue}/${step}`;
  await waitFor(async () => (await post(admin, '/event-hooks', hook(path))).status === 201, { timeoutMs: recoveryMs });
  await waitFor(async () => (await post(admin, '/events', event)).status === 202, { timeoutMs: recoveryMs });
  await waitFor(() => receiver.requests.some(({ url }) => url === path), { timeoutMs: recoveryMs });
  await waitFor(async () => (await isReady(admin)) && (await isReady(worker)), { timeoutMs: recoveryMs });
  await waitFor(
    async () => (await (await fetch(`${worker.url}/metrics`)).text()).includes('eventhooks_scheduler_active 1'),
    { timeoutMs: recoveryMs },
  );
}

/** Publishes and writes until `end`, and returns the statuses of all answers. */
async function collectStatuses(end: Promise<unknown>): Promise<Set<number>> {
  const statuses = new Set<number>();
  let isRunning = true;
  const stop = (): void => {
    isRunning = false;
  };
  end.then(stop, stop);
  while (isRunning) {
    for (const { admin } of deployments) {
      statuses.add((await post(admin, '/events', event)).status);
      statuses.add((await fetch(`${admin.url}/event-hooks`)).status);
    }
  }
  return statuses;
}

test('F45 a dead primary and a standby that is promoted in its place: not ready, 503, and all recover by themselves', async () => {
  await Promise.all(deployments.map((deployment) => expectService(deployment, 'before')));
  // New connections lead to the standby while old ones stay with the primary, as after a change of a name.
  proxy.moveTo(standby.url);
  const [{ port: primaryPort }, { port: standbyPort }] = [new URL(primary.url), new URL(standby.url)];
  const { pool, close } = connectDatabase(
    databaseOf(primary.url, 'redis').replace(`:${primaryPort}/`, `:${standbyPort},127.0.0.1:${primaryPort}/`),
    { maxConnections: 1 },
  );
  const portOf = async () => (await pool.query<{ port: string }>('SHOW port')).rows[0]?.port;
  expect(await portOf()).toBe(primaryPort);
  const failOver = async (): Promise<void> => {
    await primary.crash();
    for (const { admin, worker } of deployments)
      for (const app of [admin, worker]) await waitFor(async () => !(await isReady(app)), { timeoutMs: recoveryMs });
    for (const { admin } of deployments) {
      expect((await post(admin, '/events', event)).status).toBe(503);
      expect((await post(admin, '/event-hooks', hook('/never'))).status).toBe(503);
    }
    await execute(standby.url, 'SELECT pg_promote()');
    await Promise.all(deployments.map((deployment) => expectService(deployment, 'promoted')));
  };
  const failingOver = failOver();
  const statuses = await collectStatuses(failingOver);
  await failingOver;
  expect([...statuses].sort()).toEqual([200, 202, 503]);
  await waitFor(async () => (await portOf()) === standbyPort, { timeoutMs: recoveryMs });
  await close();
}, 180_000);

test('F45 a primary that turns read-only while its address moves to a promoted standby: connections to it are left', async () => {
  const next = await standby.startStandby();
  await execute(standby.url, 'ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()');
  // Otherwise what is accepted meanwhile is written to the old primary alone, and lost.
  await waitFor(async () => {
    const [result] = await execute(standby.url, 'SHOW default_transaction_read_only');
    return result?.rows[0]?.default_transaction_read_only === 'on';
  });
  await execute(next.url, 'SELECT pg_promote()');
  proxy.moveTo(next.url);
  await Promise.all(deployments.map((deployment) => expectService(deployment, 'moved')));
  await Promise.all(deployments.map(({ admin, worker }) => Promise.all([admin.stop(), worker.stop()])));
  await next.close();
}, 180_000);
