import { BUILTIN_SOURCES, type Hook, validateHook } from '@eventhooks/contract';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import {
  connectDatabase,
  createKeyring,
  type Database,
  findHook,
  insertHook,
  loadHooks,
  newId,
  readConfigurationVersion,
  rotateKeys,
  updateHook,
  updateSecrets,
} from '../src/index.ts';

const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const keyring = createKeyring([oldKey]);
const both = createKeyring([newKey, oldKey]);

let testDatabase: TestDatabase;
let database: Database;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = connectDatabase(testDatabase.url);
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

function makeHook(config: Record<string, unknown> = {}): Hook {
  const body = {
    source: 'crud',
    handler: 'webhook',
    config: {
      url: 'http://127.0.0.1:9999/',
      secret: 'plain-secret',
      headers: { 'X-Api.Key': 'plain-header', 'content-type': 'application/json', 'x-b': 'plain-b' },
      ...config,
    },
  };
  const result = validateHook(body, {
    mode: 'create',
    workspace: 'default',
    newId: newId(),
    now: 1_700_000_000,
    catalogue: BUILTIN_SOURCES,
    sslVerifyDefault: false,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return { ...result.hook, old_secrets: [{ secret: 'plain-old', ends_at: 1_900_000_000 }] };
}

async function storedText(): Promise<string> {
  const { rows } = await database.pool.query('SELECT event_hooks::text AS row FROM event_hooks');
  return rows.map(({ row }) => row).join();
}

test('a hook is read as it was written, and no secret of it is in its row', async () => {
  const hook = makeHook();
  await insertHook(database.kysely, keyring, hook);
  expect(await findHook(database.kysely, keyring, 'default', hook.id)).toEqual(hook);
  const [loaded] = await loadHooks(database.kysely, keyring);
  expect(loaded).toMatchObject(hook);
  expect(await storedText()).not.toContain('plain');
  expect(await storedText()).toContain('application/json');
});

test('with another key a hook is read without its secrets, and says which they are', async () => {
  const hook = makeHook();
  await insertHook(database.kysely, keyring, hook);
  const seen = await findHook(database.kysely, createKeyring([newKey]), 'default', hook.id);
  expect(seen?.unreadable).toEqual(['config.secret', 'config.headers.X-Api.Key', 'config.headers.x-b', 'old_secrets']);
  expect(seen?.config).toMatchObject({
    secret: null,
    headers: { 'X-Api.Key': '', 'content-type': 'application/json' },
  });
  expect(JSON.stringify(seen)).not.toContain('plain');
});

test("another hook's sealed secret does not open", async () => {
  const [one, other] = [makeHook(), makeHook({ secret: 'plain-other' })];
  await insertHook(database.kysely, keyring, one);
  await insertHook(database.kysely, keyring, other);
  await database.pool.query(
    'UPDATE event_hooks SET sealed = (SELECT sealed FROM event_hooks WHERE id = $1) WHERE id = $2',
    [other.id, one.id],
  );
  expect((await findHook(database.kysely, keyring, 'default', one.id))?.unreadable).toContain('config.secret');
});

test('new secrets are announced, and are no new revision', async () => {
  const hook = makeHook();
  await insertHook(database.kysely, keyring, hook);
  const [before] = await loadHooks(database.kysely, keyring);
  const version = await readConfigurationVersion(database.pool);
  await updateSecrets(database.kysely, keyring, { ...hook, old_secrets: [] });
  const [after] = await loadHooks(database.kysely, keyring);
  expect(after).toMatchObject({ old_secrets: [], revision: before?.revision });
  expect(await readConfigurationVersion(database.pool)).toBe(version + 1n);
  await updateHook(database.kysely, keyring, hook, { ...hook, snooze: 7 });
  expect(await readConfigurationVersion(database.pool)).toBe(version + 2n);
});

test('keys are rotated page by page, while hooks are written, and again without any effect', async () => {
  const hooks = Array.from({ length: 450 }, () => makeHook());
  for (const hook of hooks) await insertHook(database.kysely, keyring, hook);
  const pages: number[] = [];
  const changes = (async () => {
    for (const hook of hooks.slice(0, 50)) {
      await updateHook(database.kysely, both, hook, { ...hook, name: 'changed' });
    }
  })();
  const rotation = await rotateKeys(database.kysely, both, ({ hooks: count }) => pages.push(count));
  await changes;
  expect(pages).toEqual([200, 400, 450]);
  expect(rotation).toMatchObject({ hooks: 450, unreadable: [] });
  expect(rotation.rotated).toBeGreaterThanOrEqual(400);
  const read = await loadHooks(database.kysely, createKeyring([newKey]));
  expect(read.flatMap(({ unreadable }) => unreadable)).toEqual([]);
  expect(read.every(({ config }) => 'secret' in config && config.secret === 'plain-secret')).toBe(true);
  expect(read.filter(({ name }) => name === 'changed')).toHaveLength(50);
  expect(await rotateKeys(database.kysely, both, () => {})).toMatchObject({ hooks: 450, rotated: 0 });
}, 60_000);

test('what no key opens is left as it is and named', async () => {
  const [known, lost] = [makeHook(), makeHook()];
  await insertHook(database.kysely, keyring, known);
  await insertHook(database.kysely, createKeyring([Buffer.alloc(32, 3)]), lost);
  const before = await storedText();
  expect(await rotateKeys(database.kysely, both, () => {})).toEqual({ hooks: 2, rotated: 1, unreadable: [lost.id] });
  const sealedOfLost = before.slice(before.indexOf(lost.id)).match(/v1\.[^"]+/)?.[0] ?? 'missing';
  expect(await storedText()).toContain(sealedOfLost);
});
