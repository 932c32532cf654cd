import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createTestDatabase, startRedis, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { connectRedis, type EventQueue, migrateQueue, openQueue, type QueueBackend } from '../src/index.ts';

const prefix = uniquePrefix();
const nothing = async () => undefined;

/** A store that refuses the statements of workers until it is repaired. */
interface FailingStore {
  backend: QueueBackend;
  mend(): Promise<unknown>;
  close(): Promise<unknown>;
}

const stores: Record<string, () => Promise<FailingStore>> = {
  'PostgreSQL that refuses statements': async () => {
    const database = await createTestDatabase();
    await migrateQueue(database.directUrl);
    const client = new pg.Client(database.directUrl);
    await client.connect();
    await client.query('ALTER TABLE eventhooks_queue.job RENAME TO job_away');
    return {
      backend: { kind: 'postgres', url: database.directUrl, shards: 1 },
      mend: () => client.query('ALTER TABLE eventhooks_queue.job_away RENAME TO job'),
      async close() {
        await client.end();
        await database.drop();
      },
    };
  },
  'Redis without the right to run scripts': async () => {
    const server = await startRedis();
    const admin = new Redis(server.url);
    await admin.acl('SETUSER', 'limited', 'on', '>secret', '~*', '&*', '+@all', '-@scripting');
    return {
      backend: { kind: 'redis', url: server.url.replace('//', '//limited:secret@'), prefix, shards: 1 },
      mend: () => admin.acl('SETUSER', 'limited', '+@scripting'),
      async close() {
        admin.disconnect();
        await server.close();
      },
    };
  },
};

describe.each(Object.entries(stores))('%s', (_, open) => {
  let store: FailingStore;
  let queue: EventQueue;
  let errors: string[];
  let running: { close(): Promise<void> } | undefined;

  beforeEach(async () => {
    errors = [];
    store = await open();
    queue = await openQueue({ backend: store.backend, onError: ({ message }) => void errors.push(message) });
  });
  afterEach(async () => {
    await running?.close();
    await queue.close();
    await store.close();
  });

  test('F43 workers pause between statements that fail, and work once the store is mended', async () => {
    const batches: string[] = [];
    const dispatch = async (job: { batchIds: string[] }) => void batches.push(...job.batchIds);
    running = queue.work({ dispatch, deliver: nothing, probe: nothing }, { dispatch: 4, delivery: 4, probe: 4 });
    await waitFor(() => errors.length > 0);
    await sleep(3_000);
    // Three workers with pauses from 100 ms on, and their checks for jobs of dead workers. Without pauses there are thousands.
    expect(errors.length).toBeLessThan(60);
    await store.mend();
    await waitFor(async () => {
      await queue.enqueueBatches([{ id: 'batch', events: 1 }]);
      return true;
    });
    await waitFor(() => batches.length > 0, { timeoutMs: 20_000 });
  }, 60_000);

  test('F43 a worker that pauses closes at once', async () => {
    running = queue.work(
      { dispatch: nothing, deliver: nothing, probe: nothing },
      { dispatch: 1, delivery: 1, probe: 1 },
    );
    await waitFor(() => errors.length > 15, { timeoutMs: 20_000 });
    const startedAt = performance.now();
    await running.close();
    running = undefined;
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  }, 60_000);
});

test('F43 a queue whose tables are missing, cannot be used or cannot be found is not opened, and the reason names the setting', async () => {
  await using database = await createTestDatabase();
  const open = (url: string) =>
    openQueue({ backend: { kind: 'postgres', url, shards: 1 }, onError: () => undefined }).then(
      () => 'opened',
      (error: Error) => error.message,
    );
  const client = new pg.Client(database.directUrl);
  await client.connect();
  const role = `role_${prefix.replaceAll('-', '_')}`;
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  const limited = Object.assign(new URL(database.directUrl), { username: role, password: 'secret' }).href;
  expect(await open(limited)).toMatch(/^DATABASE_URL: the role \w+ lacks USAGE on schema eventhooks_queue /);
  await client.query('DROP SCHEMA eventhooks_queue CASCADE');
  expect(await open(database.directUrl)).toMatch(/^DATABASE_URL: the queue has no tables .*npm run migrate/);
  await client.query(`DROP ROLE ${role}`);
  await client.end();
});

test('F46 a Redis that is full, or a replica, does not count as reachable', async () => {
  const server = await startRedis({ flags: ['--maxmemory', '100mb'] });
  const admin = new Redis(server.url);
  const queue = await openQueue({
    backend: { kind: 'redis', url: server.url, prefix, shards: 1 },
    onError: () => undefined,
  });
  const answers = () =>
    queue.ping().then(
      () => 'ok',
      (error: Error) => error.message,
    );
  await waitFor(async () => (await answers()) === 'ok');
  await admin.config('SET', 'maxmemory', '1');
  expect(await answers()).toMatch(/^OOM /);
  await admin.config('SET', 'maxmemory', '0');
  await waitFor(async () => (await answers()) === 'ok');
  await admin.replicaof('127.0.0.1', 1);
  await waitFor(async () => (await answers()).startsWith('READONLY '));
  await admin.replicaof('NO', 'ONE');
  await waitFor(async () => (await answers()) === 'ok');
  await queue.close();
  admin.disconnect();
  await server.close();
}, 60_000);

describe('a demoted Redis', () => {
  const script =
    "ERR Error running script (call to f_7b38): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica. ";
  const wordings = {
    plain: "READONLY You can't write against a read only replica.",
    'of a script in 6.2': script,
    'of a script in 7': "READONLY You can't write against a read only replica. script: 7b38, on @user_script:1.",
    'of a blocking command':
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    'of a replica without its primary':
      "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  };
  let server: Awaited<ReturnType<typeof startRedis>>;
  let redis: ReturnType<typeof connectRedis>;

  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(() => {
    redis = connectRedis(server.url, { failFast: false, onError: () => undefined, name: 'test' });
  });
  afterEach(() => {
    redis.disconnect();
  });
  afterAll(async () => {
    await server.close();
  });
  const connectionId = () => redis.client('ID');
  const answerWith = (message: string) =>
    expect(redis.eval('return redis.error_reply(ARGV[1])', 0, message)).rejects.toThrow(message.slice(0, 20));

  test.each(Object.entries(wordings))('F46 has us connect anew by its error %s', async (_, message) => {
    const before = await connectionId();
    await answerWith(message);
    await waitFor(async () => (await connectionId()) !== before);
  });

  test('F46 other errors leave the connection as it is', async () => {
    const before = await connectionId();
    await answerWith('ERR the word READONLY-ish or UNBLOCKED in a text');
    await answerWith('WRONGTYPE Operation against a key');
    expect(await connectionId()).toBe(before);
  });

  test('F46 a server that really turns into a replica is left, and found again when it is a primary', async () => {
    const admin = new Redis(server.url);
    const before = await connectionId();
    await admin.replicaof('127.0.0.1', '1');
    await expect(redis.set('key', 'value')).rejects.toThrow('READONLY');
    await waitFor(async () => (await connectionId()) !== before);
    await admin.replicaof('NO', 'ONE');
    await waitFor(async () => (await redis.set('key', 'value')) === 'OK');
    admin.disconnect();
  });
});
