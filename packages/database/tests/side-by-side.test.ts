import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';
import { createTestDatabase, type TestDatabase, waitFor } from '../../../tests/support/index.ts';
import {
  type Change,
  type ChangeListener,
  connectDatabase,
  createChangeListener,
  type Database,
  insertWorkspace,
  migrateToLatest,
  newId,
  runAsLeader,
} from '../src/index.ts';

/** Named as people name schemas, so that an identifier has to be quoted. */
const schemas = ['tenant_b', 'Tenant-C'] as const;
let testDatabase: TestDatabase;

function urlOf(schema: string): string {
  const url = new URL(testDatabase.directUrl);
  if (schema !== 'public') url.searchParams.set('options', `-csearch_path="${schema}"`);
  return url.href;
}

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  const client = new pg.Client(testDatabase.directUrl);
  await client.connect();
  for (const schema of schemas) await client.query(`CREATE SCHEMA ${client.escapeIdentifier(schema)}`);
  await client.end();
});
afterEach(async () => {
  await testDatabase.drop();
});

async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = connectDatabase(url);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

test('F47 installations in the schemas of one database are migrated apart, at once and again', async () => {
  const applied = await Promise.all(schemas.map((schema) => migrateToLatest(urlOf(schema), suppressionFunctions)));
  for (const names of applied) expect(names).toEqual(applied[0]);
  expect(applied[0]).toContain('0001-initial');
  expect(applied[0]).toContain('claim_firings()');
  for (const schema of schemas) expect(await migrateToLatest(urlOf(schema), suppressionFunctions)).toEqual([]);
  const rows = await withDatabase(urlOf('tenant_b'), async ({ pool, kysely }) => {
    await insertWorkspace(kysely, { name: 'of-b', id: newId(), comment: null });
    return (await pool.query(`SELECT name FROM "Tenant-C".workspaces UNION SELECT name FROM public.workspaces`)).rows;
  });
  expect(rows).toEqual([{ name: 'default' }]);
});

test('F47 a change is announced to the listeners of its own schema only', async () => {
  const names = ['public', ...schemas];
  for (const schema of schemas) await migrateToLatest(urlOf(schema), suppressionFunctions);
  const listeners: ChangeListener[] = [];
  const heard = new Map<string, Change[]>();
  for (const name of names) {
    const listener = await createChangeListener(urlOf(name));
    const changes: Change[] = [];
    heard.set(name, changes);
    listener.subscribe((change) => void changes.push(change));
    listeners.push(listener);
  }
  for (const name of names) {
    await withDatabase(urlOf(name), ({ kysely }) =>
      insertWorkspace(kysely, { name: `of@${name}`, id: newId(), comment: null }),
    );
  }
  await waitFor(() => names.every((name) => (heard.get(name)?.length ?? 0) > 0));
  for (const name of names) {
    expect(heard.get(name)).toEqual([{ kind: 'workspace', name: `of@${name}`, version: expect.any(BigInt) }]);
  }
  for (const listener of listeners) await listener.close();
});

test('F47 every schema has a leader of its own, and one at a time', async () => {
  for (const schema of schemas) await migrateToLatest(urlOf(schema), suppressionFunctions);
  const names = ['public', 'public', 'tenant_b', 'tenant_b', 'Tenant-C'];
  const leading: string[] = [];
  const databases = names.map((name) => connectDatabase(urlOf(name), { maxConnections: 1 }));
  const candidacies = databases.map(({ pool }, index) =>
    runAsLeader({ pool, onError: () => undefined }, async ({ signal }) => {
      const name = names[index] ?? '';
      leading.push(name);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      leading.splice(leading.indexOf(name), 1);
    }),
  );
  await waitFor(() => leading.length === 3);
  expect([...leading].sort()).toEqual(['Tenant-C', 'public', 'tenant_b']);
  // The office passes on.
  await candidacies[0]?.close();
  await waitFor(() => leading.length === 3 && leading.includes('public'));
  for (const candidacy of candidacies) await candidacy.close();
  expect(leading).toEqual([]);
  for (const one of databases) await one.close();
});

test('a worker of the release before hears of changes in schema public, and its migrate shares the lock', async () => {
  const client = new pg.Client(testDatabase.directUrl);
  await client.connect();
  const payloads: (string | undefined)[] = [];
  client.on('notification', ({ payload }) => payloads.push(payload));
  await client.query('LISTEN eventhooks_changes');
  await client.query('SELECT pg_advisory_lock(7306411954)');
  await withDatabase(testDatabase.directUrl, ({ kysely }) =>
    insertWorkspace(kysely, { name: 'new', id: newId(), comment: null }),
  );
  await waitFor(() => payloads.length === 1);
  expect(payloads[0]).toMatch(/^workspace:new@\d+$/);
  const migrating = migrateToLatest(testDatabase.directUrl, suppressionFunctions);
  await waitFor(async () => {
    const { rows } = await client.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'eventhooks-migrate' AND datname = current_database()
       AND wait_event = 'advisory'`,
    );
    return rows.length === 1;
  });
  await client.end();
  expect(await migrating).toEqual([]);
});

test('a search path that names no schema fails the migration by one line', async () => {
  const url = new URL(testDatabase.directUrl);
  url.searchParams.set('options', '-csearch_path=nowhere');
  await expect(migrateToLatest(url.href, {})).rejects.toThrow(
    /DATABASE_URL: none of the schemas in search_path exists/,
  );
});
