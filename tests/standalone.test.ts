import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, spawnApp, startReceiver, waitFor } from './support/index.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'eventhooks-standalone-'));
});
afterEach(async () => {
  // An app that is told to stop while it starts does not wait for its PostgreSQL, which ends a moment later.
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
});

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

test('npm start needs nothing, delivers, tells a second start who is there, and finds its data again', async () => {
  const receiver = await startReceiver();
  const env = { EVENTHOOKS_DATA_DIR: dataDir };
  const first = await spawnApp('standalone', env, { readyTimeoutMs: 90_000 });
  // The admin is ready a moment before the worker, and the banner comes last.
  await waitFor(() => /curl .*\/event-hooks/.test(first.logs()));
  await post(`${first.url}/event-hooks`, {
    source: 'crud',
    event: 'routes',
    handler: 'webhook',
    config: { url: receiver.url, secret: 'kept by the key file' },
  });
  expect((await post(`${first.url}/events`, { source: 'crud', event: 'routes', data: { a: 1 } })).status).toBe(202);
  const [request] = await receiver.waitForRequests(1);
  expect(request?.body.toString()).toBe('{"a":1,"event":"routes","source":"crud"}');

  const second = await spawnApp('standalone', env, { readyTimeoutMs: 0 });
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.logs()).toContain(`pid ${first.pid} (${first.url})`);

  first.kill('SIGINT');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  // With a new key in front, secrets under the file's key are read, and encrypted anew.
  const newKey = Buffer.alloc(32, 'new').toString('base64');
  const again = await spawnApp('standalone', { ...env, EVENTHOOKS_SECRET_KEYS: newKey });
  expect(again.logs()).toContain('The secrets of 1 hooks are encrypted anew');
  const { data } = (await (await fetch(`${again.url}/event-hooks`)).json()) as {
    data: { event: string; config: { secret: string } }[];
  };
  expect(data.map(({ event, config }) => [event, config.secret])).toEqual([['routes', 'kept by the key file']]);
  expect((await stat(join(dataDir, 'secret-keys'))).mode & 0o777).toBe(0o600);
  expect((await again.stop()).code).toBe(0);
  await receiver.close();
}, 180_000);

test('after kill -9 the next start takes over the database that was left running', async () => {
  const env = { EVENTHOOKS_DATA_DIR: dataDir };
  const killed = await spawnApp('standalone', env, { readyTimeoutMs: 90_000 });
  await post(`${killed.url}/event-hooks`, { source: 'crud', event: 'routes', handler: 'log' });
  killed.kill('SIGKILL');
  await killed.ended;
  const next = await spawnApp('standalone', env);
  const { data } = (await (await fetch(`${next.url}/event-hooks`)).json()) as { data: unknown[] };
  expect(data).toHaveLength(1);
  expect((await next.stop()).code).toBe(0);
}, 180_000);

test('a port in use is told with the variable that changes it', async () => {
  const blocker = createServer().listen(await findFreePort(), '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  const app = await spawnApp(
    'standalone',
    { EVENTHOOKS_DATA_DIR: dataDir, EVENTHOOKS_ADMIN_PORT: String(port) },
    { readyTimeoutMs: 0 },
  );
  expect((await app.ended).code).toBe(1);
  expect(app.logs()).toMatch(/Port \d+ on 127\.0\.0\.1 is in use.*EVENTHOOKS_ADMIN_PORT/);
  blocker.close();
}, 120_000);

test('a malformed environment is told whole, and nothing starts', async () => {
  const app = await spawnApp(
    'standalone',
    {
      EVENTHOOKS_DATA_DIR: dataDir,
      EVENTHOOKS_DELIVERY_TIMEOUT: 'soon',
      EVENTHOOKS_RETENTOIN: '3d',
      REDIS_URL: 'http://x',
    },
    { readyTimeoutMs: 0 },
  );
  expect((await app.ended).code).toBe(1);
  for (const name of ['EVENTHOOKS_DELIVERY_TIMEOUT', 'EVENTHOOKS_RETENTOIN', 'REDIS_URL'])
    expect(app.logs()).toContain(name);
}, 60_000);

test('an address that others reach without a token is refused before a database is made', async () => {
  const env = { EVENTHOOKS_DATA_DIR: dataDir, EVENTHOOKS_ADMIN_HOST: '0.0.0.0' };
  const app = await spawnApp('standalone', env, { readyTimeoutMs: 0 });
  expect(await app.ended).toEqual({ code: 1, signal: null });
  expect(app.logs()).toContain('EVENTHOOKS_ADMIN_TOKEN is not set');
  expect(await readdir(dataDir)).toEqual([]);
});
