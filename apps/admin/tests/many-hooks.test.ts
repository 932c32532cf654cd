import { hookPageQuery, newId } from '@eventhooks/database';
import { waitFor } from '../../../tests/support/index.ts';
import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
});
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const logHook = { source: 'crud', event: 'routes', handler: 'log' };

async function insertHooks(count: number, workspace = 'default'): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await admin.context.database.pool.query(
    `INSERT INTO event_hooks (id, workspace, source, handler, config) SELECT id, $2, 'crud', 'log', '{}' FROM unnest($1::uuid[]) AS id`,
    [ids, workspace],
  );
  return ids;
}

test('pages walk 1,000 hooks once each while others come and go', async () => {
  const staying = await insertHooks(1_000);
  const going = await insertHooks(50);
  const seen: string[] = [];
  let path: string | null = '/event-hooks?size=97';
  while (path !== null) {
    const { status, body }: { status: number; body: { data: { id: string }[]; next: string | null } } =
      await admin.call('GET', path);
    expect(status).toBe(200);
    seen.push(...body.data.map(({ id }) => id));
    path = body.next;
    await admin.call('PUT', `/event-hooks/${crypto.randomUUID()}`, { body: logHook });
    await admin.call('DELETE', `/event-hooks/${going.pop()}`);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(staying.filter((id) => !seen.includes(id))).toEqual([]);
});

test('a page costs one scan of one index', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'crowd' } });
  await insertHooks(5_000, 'crowd');
  await admin.context.database.pool.query('ANALYZE event_hooks');
  const query = hookPageQuery(admin.context.database.kysely, {
    workspace: 'default',
    size: 100,
    after: '00000000-0000-0000-0000-000000000000',
    tags: null,
  });
  const plan = (await query.explain('text')).map((row) => Object.values(row).join('')).join('\n');
  expect(plan.match(/Scan/g)).toHaveLength(1);
  expect(plan).toMatch(/Index Scan using event_hooks_page/);
  expect(plan).not.toMatch(/Sort/);
});

test('hooks are listed by tags: all of them with a comma, any of them with a slash', async () => {
  const names: Record<string, string> = {};
  for (const tags of [['red'], ['red', 'blue'], ['green']]) {
    const { body } = await admin.call('POST', '/event-hooks', { body: { ...logHook, tags } });
    names[body.id] = tags.join('+');
  }
  const listed = async (tags: string) =>
    (await admin.call('GET', `/event-hooks?tags=${encodeURIComponent(tags)}`)).body.data
      .map(({ id }: { id: string }) => names[id])
      .sort();
  expect(await listed('red,blue')).toEqual(['red+blue']);
  expect(await listed('blue/green')).toEqual(['green', 'red+blue']);
});

// A second is promised; the bound leaves room for a loaded machine, and is below the 5 s after which changes are looked for without notification.
test('what is changed on one admin is in force on another by notification', async () => {
  const other = await startTestAdmin(database);
  try {
    const within = { timeoutMs: 4_000 };
    await admin.call('POST', '/workspaces', { body: { name: 'shared' } });
    await waitFor(async () => (await other.call('GET', '/shared/event-hooks')).status === 200, within);
    await admin.call('PUT', '/shared/event-hooks/sources/orders/paid', { body: {} });
    const publish = () => other.call('POST', '/shared/events', { body: { source: 'orders', event: 'paid', data: {} } });
    await waitFor(async () => (await publish()).status === 202, within);
    const { body: made } = await admin.call('POST', '/tokens', { body: { role: 'viewer' } });
    const read = () => other.call('GET', '/event-hooks?size=1', { token: made.token });
    expect((await read()).status).toBe(200);
    await admin.call('DELETE', `/tokens/${made.id}`);
    await waitFor(async () => (await read()).status === 401, within);
    const { body: hook } = await admin.call('POST', '/event-hooks', { body: logHook });
    expect((await other.call('GET', `/event-hooks/${hook.id}`)).body).toEqual(hook);
  } finally {
    await other.stop();
  }
});
