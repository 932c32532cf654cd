import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { readSettings } from '@eventhooks/config';
import { connectDatabase, migrateToLatest } from '@eventhooks/database';
import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';
import { createCertificate } from '../packages/delivery/tests/support/certificates.ts';
import {
  type App,
  makeTemporaryDirectory,
  redisUrl,
  spawnApp,
  startPostgres,
  uniquePrefix,
  waitFor,
} from './support/index.ts';

const prefix = uniquePrefix();
let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  postgres = await startPostgres();
  await migrateToLatest(postgres.url, suppressionFunctions);
}, 120_000);
afterAll(async () => {
  await postgres.close();
});

async function execute(...statements: string[]): Promise<void> {
  const client = new pg.Client(postgres.url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

type UrlPart = 'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search';

function urlWith(change: Readonly<Partial<Record<UrlPart, string>>>): string {
  return Object.assign(new URL(postgres.url), change).href;
}

/** The statement that has PostgreSQL write a file beside its data. */
function writeToServer(text: string, file: string): string {
  return `COPY (SELECT '${Buffer.from(text).toString('base64')}') TO PROGRAM 'umask 077; base64 -d > ${file}'`;
}

/** With Redis, so that nothing but the start itself waits for PostgreSQL. */
const environment = (databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl(),
  EVENTHOOKS_QUEUE_PREFIX: `{${prefix}}`,
});

function spawn(name: 'admin' | 'worker' | 'standalone', databaseUrl: string): Promise<App> {
  return spawnApp(name, environment(databaseUrl), { readyTimeoutMs: 0 });
}

async function expectEndByOneLine(app: App, reason: RegExp): Promise<void> {
  expect((await app.ended).code).toBe(1);
  expect(app.logs()).toMatch(/^DATABASE_URL: .*\n$/);
  expect(app.logs()).toMatch(reason);
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape, and fail where it is another one
async function readReadiness(app: App): Promise<{ status: number; body: any }> {
  const response = await waitFor(() => fetch(`${app.url}/readyz`));
  return { status: response.status, body: await response.json() };
}

async function expectQuickEnd(app: App): Promise<void> {
  const stoppedAt = performance.now();
  expect((await app.stop()).signal).toBeNull();
  expect(performance.now() - stoppedAt).toBeLessThan(10_000);
}

/** Takes connections and never answers. */
async function startSilentServer(): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test.each(['admin', 'worker', 'standalone'] as const)(
  'F41 a wrong password ends the start of %s by one line that names the setting',
  async (name) => {
    await expectEndByOneLine(await spawn(name, urlWith({ password: 'wrong' })), /password authentication failed/);
  },
  60_000,
);

test.each([
  { what: 'a missing password', change: { password: '' }, reason: /password/ },
  { what: 'a missing database', change: { pathname: '/nowhere' }, reason: /database "nowhere" does not exist/ },
  { what: 'a missing role', change: { username: 'nobody' }, reason: /nobody/ },
])(
  'F41 $what ends the start by one line that names the setting',
  async ({ change, reason }) => {
    await expectEndByOneLine(await spawn('worker', urlWith(change)), reason);
  },
  60_000,
);

describe.each(['admin', 'worker'] as const)('%s', (name) => {
  test('a schema that was not migrated ends the start by one line that says what to run', async () => {
    await execute('CREATE SCHEMA IF NOT EXISTS empty');
    const app = await spawn(name, urlWith({ search: '?options=-csearch_path%3Dempty' }));
    expect((await app.ended).code).toBe(1);
    expect(app.logs()).toMatch(/^DATABASE_URL: .*npm run migrate\n$/);
  }, 60_000);

  test('F41 SIGTERM ends a process that waits for PostgreSQL, which is alive but not ready, and says once why', async () => {
    const app = await spawn(name, urlWith({ port: '1' }));
    await waitFor(() => app.logs().includes('ECONNREFUSED'));
    const waitedUntil = Date.now() + 3_000;
    await waitFor(() => Date.now() > waitedUntil);
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect(await readReadiness(app)).toEqual({
      status: 503,
      body: {
        status: 'starting',
        checks: { database: { status: 'failed', error: expect.stringContaining('ECONNREFUSED') } },
      },
    });
    expect((await fetch(`${app.url}/event-hooks`)).status).toBe(503);
    await expectQuickEnd(app);
    expect(app.logs().match(/ECONNREFUSED/g)).toHaveLength(1);
  }, 60_000);

  test('a process whose PostgreSQL or Redis takes connections and never answers is alive, not ready, and ends by SIGTERM', async () => {
    const silent = await startSilentServer();
    const waiting = await spawn(name, urlWith({ port: String(silent.port) }));
    const cut = await spawnApp(
      name,
      { ...environment(postgres.url), REDIS_URL: `redis://127.0.0.1:${silent.port}` },
      { readyTimeoutMs: 0 },
    );
    await waitFor(async () => (await readReadiness(cut)).body.checks?.queue?.status === 'failed');
    // An admin accepts events without the queue.
    expect((await readReadiness(cut)).status).toBe(name === 'admin' ? 200 : 503);
    expect(await readReadiness(waiting)).toMatchObject({ status: 503, body: { status: 'starting' } });
    for (const app of [waiting, cut]) {
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
      await expectQuickEnd(app);
    }
    await silent.close();
  }, 60_000);
});

test('F40 a self-signed certificate is taken with sslmode=require, and ends the start where it is to be verified', async () => {
  const { cert, key } = createCertificate({ names: ['localhost'], issuer: 'itself', authority: true });
  await execute(
    writeToServer(cert, 'server.crt'),
    writeToServer(key, 'server.key'),
    'ALTER SYSTEM SET ssl = on',
    'SELECT pg_reload_conf()',
  );
  const caFile = join(await makeTemporaryDirectory(), 'ca.pem');
  await writeFile(caFile, cert);
  const encrypted = (search: string, hostname = 'localhost'): Promise<App> =>
    spawn('worker', urlWith({ hostname, search }));

  for (const query of ['?sslmode=require', `?sslmode=verify-ca&sslrootcert=${caFile}`]) {
    const app = await encrypted(query, '127.0.0.1');
    await waitFor(() => app.logs().includes('worker.started'));
    const client = new pg.Client(postgres.url);
    await client.connect();
    const { rows } = await client.query(
      `SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'eventhooks%'`,
    );
    await client.end();
    expect(rows).toEqual([{ ssl: true }]);
    expect(await app.stop()).toEqual({ code: 0, signal: null });
  }
  const verified = await encrypted(`?sslmode=verify-full&sslrootcert=${caFile}`);
  await waitFor(() => verified.logs().includes('worker.started'));
  expect(await verified.stop()).toEqual({ code: 0, signal: null });

  for (const [query, host] of [
    ['?sslmode=verify-full', 'localhost'],
    [`?sslmode=verify-full&sslrootcert=${caFile}`, '127.0.0.1'],
  ] as const) {
    const app = await encrypted(query, host);
    expect((await app.ended).code).toBe(1);
    expect(app.logs()).toMatch(/^DATABASE_URL: .*certificate.*\n$/);
  }
}, 120_000);

test('a password and certificates that are replaced in their files are used by new connections, without a restart', async () => {
  const directory = await makeTemporaryDirectory();
  const [passwordFile, caFile] = [join(directory, 'password'), join(directory, 'ca.pem')];
  const useCertificate = async (): Promise<string> => {
    const { cert, key } = createCertificate({ names: ['localhost'], issuer: 'itself', authority: true });
    await execute(writeToServer(cert, 'server.crt'), writeToServer(key, 'server.key'));
    await execute('ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()');
    return cert;
  };
  await execute(`CREATE ROLE rotated LOGIN PASSWORD 'first'`);
  await writeFile(passwordFile, 'first\n');
  await writeFile(caFile, await useCertificate());
  const search = `?sslmode=verify-full&sslrootcert=${caFile}&password_file=${passwordFile}`;
  const url = urlWith({ username: 'rotated', password: '', hostname: 'localhost', search });
  const { pool, close } = connectDatabase(url, { maxConnections: 1 });
  const ask = () => pool.query('SELECT pg_backend_pid() AS pid');
  await waitFor(ask, { timeoutMs: 30_000 });

  const renewed = await useCertificate();
  await execute(`ALTER ROLE rotated PASSWORD 'second'`, `SELECT pg_terminate_backend(${(await ask()).rows[0]?.pid})`);
  const failures = new Set<string>();
  const isServed = () =>
    ask().then(
      () => true,
      ({ message }: Error) => void failures.add(message),
    );
  await waitFor(async () => (await isServed()) !== true && [...failures].some((one) => one.includes('certificate')));
  await writeFile(caFile, renewed);
  await waitFor(async () => (await isServed()) !== true && [...failures].some((one) => one.includes('password')));
  await writeFile(passwordFile, 'second');
  await waitFor(isServed);
  await close();
}, 120_000);

test.each([
  { variable: 'DATABASE_PASSWORD_FILE', value: '/nowhere/password', reason: /no such file.*\/nowhere\/password/ },
  { variable: 'DATABASE_PASSWORD_FILE', value: '/dev/null', reason: /the file \/dev\/null is empty/ },
  { variable: 'DATABASE_DIRECT_URL', value: 'postgres://a,b:x/y', reason: /expected hosts as host:port/ },
  { variable: 'DATABASE_DIRECT_URL', value: 'postgres://a/b?sslmod=require', reason: /unknown parameter sslmod/ },
])('$variable=$value ends the start by one line', ({ variable, value, reason }) => {
  const env = { DATABASE_URL: 'postgres://ada@db.example/x', [variable]: value };
  const read = (): unknown => readSettings(env);
  expect(read).toThrow(new RegExp(`^The environment is not usable:\\n {2}${variable}: .*$`));
  expect(read).toThrow(reason);
});

test('a direct URL that is refused ends the start by one line that names it', async () => {
  const env = { ...environment(postgres.url), DATABASE_DIRECT_URL: urlWith({ password: 'wrong' }) };
  const app = await spawnApp('worker', env, { readyTimeoutMs: 0 });
  expect((await app.ended).code).toBe(1);
  expect(app.logs()).toMatch(/^DATABASE_DIRECT_URL: password authentication failed.*\n$/);
}, 60_000);

test('F45 while PostgreSQL is read-only, writes are answered by 503 and no process is ready; both recover by themselves', async () => {
  const env = environment(postgres.url);
  const apps = [await spawnApp('admin', env), await spawnApp('worker', env)];
  const [admin] = apps;
  const post = (path: string, body: unknown) =>
    fetch(`${admin?.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const event = { source: 'crud', event: 'consumers', data: { operation: 'create' } };
  const hook = { source: 'crud', event: 'consumers', handler: 'log' };
  const statusOf = async (app: App) => (await fetch(`${app.url}/readyz`)).status;
  const setReadOnly = (on: boolean) =>
    execute(
      'SET default_transaction_read_only = off',
      `ALTER SYSTEM SET default_transaction_read_only = ${on}`,
      'SELECT pg_reload_conf()',
    );
  await setReadOnly(true);
  for (const app of apps) await waitFor(async () => (await statusOf(app)) === 503);
  for (const [path, body] of [
    ['/events', event],
    ['/event-hooks', hook],
    ['/workspaces', { name: 'other' }],
    ['/tokens', { name: 'ci', role: 'publisher' }],
  ] as const) {
    expect((await post(path, body)).status).toBe(503);
  }
  await setReadOnly(false);
  for (const app of apps) await waitFor(async () => (await statusOf(app)) === 200, { timeoutMs: 20_000 });
  expect((await post('/events', event)).status).toBe(202);
  for (const app of apps) expect(await app.stop()).toEqual({ code: 0, signal: null });
}, 120_000);
