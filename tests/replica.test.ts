import { connectDatabase, type Database, migrateToLatest, openReads, type Reads } from '@eventhooks/database';
import { suppressionFunctions } from '@eventhooks/suppression';
import { redisUrl, spawnApp, startPostgres, type TestPostgres, uniquePrefix, waitFor } from './support/index.ts';

const patience = { timeoutMs: 60_000 };
const prefix = uniquePrefix();
let primary: TestPostgres;
let standby: TestPostgres;
let database: Database;

beforeAll(async () => {
  primary = await startPostgres();
  await migrateToLatest(primary.url, suppressionFunctions);
  standby = await primary.startStandby();
  database = connectDatabase(primary.url);
}, 120_000);
afterAll(async () => {
  await database.close();
  await standby.close();
  await primary.close();
});

const reasons: (string | null)[] = [];

function open(url: string | null, maxLagMs = 60_000): Reads {
  const onChange = (_isUsed: boolean, reason: string | null): void => void reasons.push(reason);
  return openReads({ primary: database, url, maxLagMs, applicationName: 'test', maxConnections: 2, onChange });
}

const isReadFromStandby = (reads: Reads): Promise<boolean> =>
  reads.run(
    async (pool) => (await pool.query<{ is: boolean }>('SELECT pg_is_in_recovery() AS is')).rows[0]?.is === true,
  );

const execute = async (url: string, text: string): Promise<void> => {
  const other = connectDatabase(url, { isReplica: true });
  await other.pool.query(text).finally(() => other.close());
};

test('reads go to the replica, to the primary while it is an hour behind, is silent or is gone, and back again by themselves', async () => {
  const reads = open(standby.url, 1_000);
  await waitFor(() => isReadFromStandby(reads), patience);

  await execute(standby.url, "ALTER SYSTEM SET recovery_min_apply_delay = '1h'");
  await execute(standby.url, 'SELECT pg_reload_conf()');
  await waitFor(async () => {
    await database.pool.query("SELECT pg_logical_emit_message(true, 'test', 'something to replay')");
    return !(await isReadFromStandby(reads));
  }, patience);
  expect(reasons.at(-1)).toBe('it lags by more than 1 s');
  await execute(standby.url, 'ALTER SYSTEM RESET recovery_min_apply_delay');
  await execute(standby.url, 'SELECT pg_reload_conf()');
  await waitFor(() => isReadFromStandby(reads), patience);

  await standby.pause();
  expect(await isReadFromStandby(reads)).toBe(false);
  await standby.resume();
  await waitFor(() => isReadFromStandby(reads), patience);

  await standby.stop();
  expect(await isReadFromStandby(reads)).toBe(false);
  await standby.start();
  await waitFor(() => isReadFromStandby(reads), patience);
  await expect(reads.run((pool) => pool.query('SELECT no_such_column'))).rejects.toThrow('no_such_column');
  await reads.close();
}, 240_000);

test('a server that is no replica, or not there, is not used, and without one the primary serves', async () => {
  const elsewhere = Object.assign(new URL(standby.url), { port: '1' }).href;
  for (const [url, reason] of [
    [primary.url, 'it is no streaming replica'],
    [elsewhere, 'ECONNREFUSED'],
  ] as const) {
    reasons.length = 0;
    const reads = open(url);
    await waitFor(() => reasons.length > 0, patience);
    expect(reasons[0]).toContain(reason);
    expect(await isReadFromStandby(reads)).toBe(false);
    await reads.close();
  }
  const reads = open(null);
  expect(await isReadFromStandby(reads)).toBe(false);
  expect(reads.usesReplica()).toBe(false);
  await reads.close();
}, 120_000);

test("an admin's lists are the replica's, what was just written is not in them yet, and one event is the primary's", async () => {
  const admin = await spawnApp('admin', {
    DATABASE_URL: primary.url,
    DATABASE_REPLICA_URL: standby.url,
    EVENTHOOKS_REPLICA_LAG: '1h',
    REDIS_URL: redisUrl(),
    EVENTHOOKS_QUEUE_PREFIX: `{${prefix}}`,
  });
  const read = async (path: string) => {
    const response = await fetch(`${admin.url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  await waitFor(() => admin.logs().includes('"is_used":true'), patience);
  await execute(standby.url, "ALTER SYSTEM SET recovery_min_apply_delay = '1h'");
  await execute(standby.url, 'SELECT pg_reload_conf()');
  const published = await fetch(`${admin.url}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source: 'crud', event: 'consumers', data: { n: 1 } }),
  });
  const { id } = (await published.json()) as { id: string };
  expect((await read('/events?event=consumers')).text).not.toContain(id);
  expect((await read(`/events/${id}`)).status).toBe(200);
  for (const path of ['/deliveries', '/deliveries/export', '/deliveries/count', '/stats?range=1h', `/events?q=${id}`])
    expect({ path, ...(await read(path)) }).toMatchObject({ path, status: 200 });
  await execute(standby.url, 'ALTER SYSTEM RESET recovery_min_apply_delay');
  await execute(standby.url, 'SELECT pg_reload_conf()');
  await waitFor(async () => (await read('/events?event=consumers')).text.includes(id), patience);
  expect(await admin.stop()).toMatchObject({ code: 0 });
}, 120_000);
