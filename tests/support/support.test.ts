import { Redis } from 'ioredis';
import pg from 'pg';
import {
  createTestDatabase,
  redisUrl,
  startPostgres,
  startReceiver,
  startRedis,
  uniquePrefix,
  waitFor,
} from './index.ts';

const prefix = uniquePrefix();

test('a test database is migrated, its own, and gone after its use', async () => {
  const database = await createTestDatabase();
  const other = await createTestDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query('CREATE TABLE only_here (i int)');
  await client.end();
  const otherClient = new pg.Client(other.url);
  await otherClient.connect();
  const { rows } = await otherClient.query(`SELECT to_regclass('only_here') AS table, to_regclass('events') AS events`);
  expect(rows).toEqual([{ table: null, events: 'events' }]);
  await otherClient.end();
  await Promise.all([database.drop(), other.drop()]);
  await expect(new pg.Client(database.directUrl).connect()).rejects.toThrow('does not exist');
});

test('the shared Redis answers', async () => {
  const redis = new Redis(redisUrl());
  await redis.set(`${prefix}:a`, '1');
  expect(await redis.get(`${prefix}:a`)).toBe('1');
  redis.disconnect();
});

test('a receiver records requests byte by byte and answers as told', async () => {
  const receiver = await startReceiver((_request, index) => (index === 0 ? { status: 500, body: 'no' } : {}));
  const body = Buffer.from([0, 255, 10]);
  const first = await fetch(`${receiver.url}/a?b=c`, { method: 'PUT', body, headers: { 'X-Name': 'v' } });
  expect([first.status, await first.text()]).toEqual([500, 'no']);
  expect((await fetch(receiver.url)).status).toBe(200);
  const [request] = await receiver.waitForRequests(2);
  expect(request).toMatchObject({ method: 'PUT', url: '/a?b=c', body, headers: { 'x-name': 'v' } });
  receiver.answerWith(() => 'cut');
  await expect(fetch(receiver.url)).rejects.toThrow();
  await receiver.close();
});

test('a private Redis comes back at the same address, with its data where it is told to keep them', async () => {
  const server = await startRedis({ flags: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  const redis = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => {});
  await redis.set('a', '1');
  await server.stop('SIGKILL');
  await server.start();
  expect(await redis.get('a')).toBe('1');
  await server.flushAll();
  expect(await redis.get('a')).toBeNull();
  redis.disconnect();
  await server.close();
});

test('a private PostgreSQL survives a crash, can be paused, and comes back at the same address', async () => {
  const server = await startPostgres();
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  await query('CREATE TABLE kept AS SELECT 1 AS i');
  await server.crash();
  await expect(query('SELECT 1')).rejects.toThrow();
  await server.start();
  expect(await query('SELECT * FROM kept')).toEqual([{ i: 1 }]);
  await server.pause();
  await expect(query('SELECT 1')).rejects.toThrow('timeout');
  await server.resume();
  await waitFor(() => query('SELECT 1'), { what: 'the resumed server' });
  await server.close();
});
