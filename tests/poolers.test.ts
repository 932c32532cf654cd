import {
  type Change,
  connectDatabase,
  createChangeListener,
  explainStartFault,
  insertWorkspace,
  migrateToLatest,
  newId,
} from '@eventhooks/database';
import { openQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import { type Installation, startInstallation } from './installation.ts';
import {
  createTestDatabase,
  type Receiver,
  redisUrl,
  startReceiver,
  type TestDatabase,
  uniquePrefix,
  waitFor,
} from './support/index.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from './support/pgbouncer.ts';
import { startTransactionPooler, type TransactionPooler } from './support/transaction-pooler.ts';

const prefix = uniquePrefix();
let database: TestDatabase;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
});
afterAll(async () => {
  await receiver.close();
});

function openPostgresQueue(url: string) {
  const backend = { kind: 'postgres', url, shards: 1 } as const;
  return openQueue({ backend, onError: () => undefined }).catch((error: Error) => {
    throw explainStartFault(error) ?? error;
  });
}

/** An admin and a worker, started by `env`, announce hooks, deliver, and lead. Returns what they logged. */
async function expectService(env: Record<string, string>, path: string): Promise<string> {
  const redis = { url: redisUrl(), prefix: `{${prefix}${path.replace('/', '-')}}` };
  await using installation: Installation = await startInstallation({ workers: 1, redis, database, env });
  const hook = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: receiver.url + path } };
  await installation.createHook(hook);
  const event = { source: 'crud', event: 'consumers', data: { operation: 'create' }, id: 'own' };
  for (const status of [202, 200]) expect((await installation.call('POST', '/events', event)).status).toBe(status);
  await waitFor(() => receiver.requests.some(({ url }) => url === path), { timeoutMs: 30_000 });
  const [worker] = installation.workers;
  const isLeading = async () =>
    (await (await fetch(`${worker?.url}/metrics`)).text()).includes('eventhooks_scheduler_active 1');
  await waitFor(isLeading, { timeoutMs: 30_000 });
  const logs = [installation.admin, ...installation.workers].map((app) => app.logs()).join('');
  for (const app of [installation.admin, ...installation.workers])
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  return logs;
}

describe('a pooler that hands out any session', () => {
  let pooler: TransactionPooler;

  beforeEach(async () => {
    pooler = await startTransactionPooler(database.directUrl, 3);
  });
  afterEach(async () => {
    await pooler.close();
  });

  test('a change is found by the version within seconds; at once where there is a direct URL', async () => {
    const polling: string[] = [];
    const polled = await createChangeListener(pooler.url, { onPolling: () => polling.push('once') });
    const direct = await createChangeListener(pooler.url, {
      directUrl: database.directUrl,
      onPolling: () => polling.push('never'),
    });
    const heard: Record<'polled' | 'direct', Change[]> = { polled: [], direct: [] };
    polled.subscribe((change) => heard.polled.push(change));
    direct.subscribe((change) => heard.direct.push(change));
    const connected = connectDatabase(pooler.url);
    await insertWorkspace(connected.kysely, { name: 'found', id: newId(), comment: null });
    await waitFor(() => heard.polled.some(({ kind }) => kind === 'missed'));
    expect(heard.polled.some(({ kind }) => kind === 'workspace')).toBe(false);
    await waitFor(() => heard.direct.length > 0);
    expect(heard.direct).toEqual([{ kind: 'workspace', name: 'found', version: expect.any(BigInt) }]);
    expect(polling).toEqual(['once']);
    await Promise.all([polled.close(), direct.close(), connected.close()]);
  });

  test('a direct URL that leads to it, and a queue in PostgreSQL, are refused by one line', async () => {
    await expect(createChangeListener(database.url, { directUrl: pooler.url })).rejects.toThrow(
      /^DATABASE_DIRECT_URL: it leads to a pooler that keeps no session/,
    );
    await expect(openPostgresQueue(pooler.url)).rejects.toThrow(
      /^DATABASE_URL: it leads to a pooler, .*Set REDIS_URL, or DATABASE_DIRECT_URL$/,
    );
  }, 60_000);

  test('F44 migrations run through it', async () => {
    const client = connectDatabase(database.url);
    await client.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await client.close();
    expect(await migrateToLatest(pooler.url, suppressionFunctions)).toContain('0022-leader-lease');
    expect(await migrateToLatest(pooler.url, suppressionFunctions)).toEqual([]);
  }, 60_000);
});

// Without PgBouncer they are skipped; CONTRIBUTING.md says which.
(hasPgBouncer() ? describe : describe.skip)('PgBouncer', () => {
  let pooler: PgBouncer;

  afterEach(async () => {
    await pooler.close();
  });

  /** Whether changes are heard through it, not looked for. Migrations run in either case. */
  async function isHeardThrough(settings: Record<string, string>): Promise<boolean> {
    pooler = await startPgBouncer(database.directUrl, settings);
    expect(await migrateToLatest(pooler.url, suppressionFunctions)).toEqual([]);
    let isPolling = false;
    const onPolling = (): void => {
      isPolling = true;
    };
    await (await createChangeListener(pooler.url, { onPolling })).close();
    await expect(openPostgresQueue(pooler.url)).rejects.toThrow(/^DATABASE_URL: it leads to a pooler, /);
    return !isPolling;
  }

  test('F44 in transaction mode serves; each process says once what is slower', async () => {
    expect(await isHeardThrough({ pool_mode: 'transaction' })).toBe(false);
    const logs = await expectService({ DATABASE_URL: pooler.url }, '/bouncer');
    expect(logs.match(/DATABASE_URL leads to a pooler.* looked for once per second/g)).toHaveLength(2);
    expect(logs.trim().split('\n')).toHaveLength(2);
  }, 120_000);

  test('F44 in transaction mode is known where sessions take turns', async () => {
    expect(await isHeardThrough({ pool_mode: 'transaction', server_round_robin: '1', min_pool_size: '5' })).toBe(false);
  }, 60_000);

  test('F44 in session mode lets changes be heard', async () => {
    expect(await isHeardThrough({ pool_mode: 'session', default_pool_size: '50' })).toBe(true);
  }, 60_000);

  test('F44 in statement mode, which takes no transactions, is refused by one line', async () => {
    pooler = await startPgBouncer(database.url, { pool_mode: 'statement' });
    const reason = /^DATABASE_URL: transaction blocks not allowed in statement pooling mode$/;
    await expect(migrateToLatest(pooler.url, suppressionFunctions)).rejects.toThrow(reason);
    await expect(createChangeListener(pooler.url)).rejects.toThrow(reason);
  }, 60_000);
});
