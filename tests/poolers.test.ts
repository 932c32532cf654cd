import { createChangeListener, explainStartFault, migrateToLatest } from '@eventhooks/database';
import { openQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import {
  type AppName,
  createTestDatabase,
  redisUrl,
  spawnApp,
  type TestDatabase,
  uniquePrefix,
  waitFor,
} from './support/index.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from './support/pgbouncer.ts';
import { startTransactionPooler } from './support/transaction-pooler.ts';

const prefix = uniquePrefix();
let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
});

const start = (name: AppName, url: string) =>
  spawnApp(
    name,
    { DATABASE_URL: url, REDIS_URL: redisUrl(), EVENTHOOKS_QUEUE_PREFIX: `{${prefix}}` },
    { readyTimeoutMs: 0 },
  );

const reason = /^DATABASE_URL: a pooler hands one session's statements to several .*pool_mode = session/;

async function expectRefused(url: string): Promise<void> {
  await expect(migrateToLatest(url, suppressionFunctions)).rejects.toThrow(reason);
  await expect(createChangeListener(url)).rejects.toThrow(reason);
}

test('F44 a pooler that hands out any session ends the start of each process by one line that says what to do', async () => {
  const pooler = await startTransactionPooler(database.url, 3);
  const apps = await Promise.all((['admin', 'worker', 'standalone'] as const).map((name) => start(name, pooler.url)));
  for (const app of apps) {
    expect((await app.ended).code).toBe(1);
    expect(app.logs()).toMatch(reason);
    expect(app.logs()).toMatch(/^.*\n$/);
  }
  await expectRefused(pooler.url);
  await pooler.close();
}, 60_000);

test('F44 a pooler with a single session for all is known, too', async () => {
  const pooler = await startTransactionPooler(database.url, 1);
  await expectRefused(pooler.url);
  await pooler.close();
}, 60_000);

// Without PgBouncer they are skipped; CONTRIBUTING.md says which.
(hasPgBouncer() ? describe : describe.skip)('PgBouncer', () => {
  let pooler: PgBouncer;

  afterEach(async () => {
    await pooler.close();
  });

  test.each<Record<string, string>>([
    { pool_mode: 'transaction' },
    { pool_mode: 'statement' },
    { pool_mode: 'transaction', server_round_robin: '1', min_pool_size: '2' },
    { pool_mode: 'transaction', server_round_robin: '1', min_pool_size: '5' },
  ])(
    'F44 with %j is refused',
    async (settings) => {
      pooler = await startPgBouncer(database.url, settings);
      await expectRefused(pooler.url);
    },
    60_000,
  );

  test('F44 in session mode migrates, and has a scheduler', async () => {
    pooler = await startPgBouncer(database.url, { pool_mode: 'session', default_pool_size: '50' });
    expect(await migrateToLatest(pooler.url, suppressionFunctions)).toEqual([]);
    const worker = await start('worker', pooler.url);
    await waitFor(() => worker.logs().includes('scheduler.elected'), { timeoutMs: 40_000 });
    expect((await worker.stop()).signal).toBeNull();
  }, 60_000);

  test.each<Record<string, string>>([{}, { ignore_startup_parameters: 'options' }])(
    'F44 in session mode with %j is refused by a queue in PostgreSQL, whose parameters it does not pass on',
    async (settings) => {
      pooler = await startPgBouncer(database.url, { pool_mode: 'session', ...settings });
      const opening = openQueue({
        backend: { kind: 'postgres', url: pooler.url, shards: 1 },
        onError: () => undefined,
      }).catch((error: Error) => {
        throw explainStartFault(error) ?? error;
      });
      await expect(opening).rejects.toThrow(/^DATABASE_URL: a pooler .*Connect to PostgreSQL itself/);
    },
    60_000,
  );
});
