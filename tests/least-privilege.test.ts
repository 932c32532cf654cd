import { readFile } from 'node:fs/promises';
import { checkUsable, connectDatabase, migrateToLatest } from '@eventhooks/database';
import { migrateQueue, openQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';
import {
  type App,
  type Receiver,
  spawnApp,
  startPostgres,
  startReceiver,
  type TestPostgres,
  waitFor,
} from './support/index.ts';

const page = await readFile(new URL('../docs/postgresql.md', import.meta.url), 'utf8');
const [roles = '', defaults = '', queue = '', existing = ''] = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(
  ([, sql]) => sql,
);
const password = 'change this';

let postgres: TestPostgres;
let receiver: Receiver;

beforeAll(async () => {
  postgres = await startPostgres();
  // The server comes with a database of the name that the page uses.
  await execute(urlOf('postgres'), 'DROP DATABASE eventhooks');
  for (const statement of roles.split(';')) await execute(urlOf('postgres'), statement);
  await execute(urlOf('eventhooks', 'eventhooks_owner'), defaults);
  await migrateToLatest(urlOf('eventhooks', 'eventhooks_owner'), suppressionFunctions);
  await migrateQueue(urlOf('eventhooks', 'eventhooks_owner'));
  await asOwner(queue);
  receiver = await startReceiver();
}, 120_000);
afterAll(async () => {
  await receiver?.close();
  await postgres?.close();
});

function urlOf(database: string, role?: 'eventhooks_owner' | 'eventhooks_app'): string {
  const url = Object.assign(new URL(postgres.url), { pathname: database });
  if (role === undefined) return url.href;
  return Object.assign(url, { username: role, password: role === 'eventhooks_app' ? `${password}, too` : password })
    .href;
}

async function execute(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

const asOwner = (sql: string) => execute(urlOf('eventhooks', 'eventhooks_owner'), sql);

const spawn = (name: 'admin' | 'worker', readyTimeoutMs = 60_000): Promise<App> =>
  spawnApp(
    name,
    { DATABASE_URL: urlOf('eventhooks', 'eventhooks_app'), EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8' },
    { readyTimeoutMs },
  );

async function call(app: App, method: string, path: string, body?: unknown): Promise<number> {
  const response = await fetch(`${app.url}${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}

test('the grants of docs/postgresql.md are enough to publish, deliver, make partitions and drop them, and one that is missing is named', async () => {
  await asOwner(`SELECT drop_partitions(current_date + 6), make_partitions(current_date - 30)`);
  const [admin, worker] = await Promise.all([spawn('admin'), spawn('worker')]);
  const hook = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: receiver.url } };
  const event = { source: 'crud', event: 'consumers', data: { operation: 'create' }, id: 'first' };
  const writes = [
    ['POST', '/workspaces', { name: 'other' }, 201],
    ['POST', '/tokens', { name: 'ci', role: 'publisher' }, 201],
    ['PUT', '/event-hooks/sources/own/made', { description: 'x' }, 200],
    ['POST', '/event-hooks', { ...hook, on_change: true, snooze: 60, rate_limit: 100 }, 201],
    ['POST', '/event-hooks', hook, 201],
    ['POST', '/events', event, 202],
    ['POST', '/events', event, 200],
    ['DELETE', '/workspaces/other', undefined, 204],
  ] as const;
  for (const [method, path, body, status] of writes)
    expect([method, path, await call(admin, method, path, body)]).toEqual([method, path, status]);
  await waitFor(() => receiver.requests.length === 2, { timeoutMs: 30_000 });
  const days = async (): Promise<(number | null)[]> => {
    const { rows } = await asOwner(
      `SELECT to_date(right(relname, 8), 'YYYYMMDD') - current_date AS ahead FROM pg_class
       WHERE relkind = 'r' AND relname LIKE 'events\\_2%'`,
    );
    return rows.map(({ ahead }) => ahead);
  };
  await waitFor(async () => (await days()).includes(6) && !(await days()).includes(-30), { timeoutMs: 30_000 });
  for (const app of [admin, worker]) expect(app.logs()).not.toMatch(/permission denied|lacks/);

  const readiness = async (app: App) => (await fetch(`${app.url}/readyz`)).text();
  await asOwner('REVOKE INSERT ON events FROM eventhooks_app');
  for (const app of [admin, worker])
    await waitFor(async () => (await readiness(app)).includes('the role eventhooks_app lacks INSERT on events'));
  expect(await call(admin, 'GET', '/readyz')).toBe(503);
  expect(await call(admin, 'POST', '/events', { ...event, id: 'second' })).toBe(503);
  const late = await spawn('worker', 0);
  expect((await late.ended).code).toBe(1);
  expect(late.logs()).toMatch(/^DATABASE_URL: the role eventhooks_app lacks INSERT on events .*\n$/);

  await asOwner('GRANT INSERT ON events TO eventhooks_app');
  for (const app of [admin, worker]) await waitFor(async () => (await call(app, 'GET', '/readyz')) === 200);
  expect(await call(admin, 'POST', '/events', { ...event, id: 'second' })).toBe(202);
  for (const app of [admin, worker]) expect(await app.stop()).toEqual({ code: 0, signal: null });
}, 120_000);

test('the grants for an installation that exists give all rights that are checked', async () => {
  await execute(urlOf('postgres'), 'CREATE DATABASE older');
  await migrateToLatest(urlOf('older'), suppressionFunctions);
  await migrateQueue(urlOf('older'));
  const database = connectDatabase(urlOf('older', 'eventhooks_app'));
  await expect(checkUsable(database.pool)).rejects.toThrow(
    /^the role eventhooks_app lacks \w+ on \w+, .* and \d+ more/,
  );
  await execute(urlOf('older'), queue + existing);
  await checkUsable(database.pool);
  await database.close();
  const backend = { kind: 'postgres', url: urlOf('older', 'eventhooks_app'), shards: 1 } as const;
  const opened = await openQueue({ backend, onError: () => undefined });
  // The queue is given one second to answer, which a busy machine may miss.
  await waitFor(async () => {
    await opened.enqueueBatches([{ id: 'batch', events: 1 }]);
    return true;
  });
  await opened.close();
}, 60_000);
