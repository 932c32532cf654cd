import { randomUUID } from 'node:crypto';
import { ADMIN_TOKEN, createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;
const hook = randomUUID();
const count = 2_500;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
  await admin.context.database.pool.query(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status)
     SELECT id, id, $1, 'default', 'crud', 'consumers', CASE WHEN n % 10 = 0 THEN 'exhausted' ELSE 'succeeded' END
     FROM (SELECT uuidv7() AS id, n FROM generate_series(1, $2) AS n) AS made`,
    [hook, count],
  );
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test('an export is every delivery that the filters let through, a line each, newest first', async () => {
  const { status, headers, body } = await admin.call('GET', '/deliveries/export');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/x-ndjson/);
  const ids = rowsOf(body).map(({ id }) => id);
  expect(new Set(ids).size).toBe(count);
  expect(ids).toEqual(ids.toSorted().reverse());
  const { body: page } = await admin.call('GET', '/deliveries?size=1000');
  expect(rowsOf(body).slice(0, 1_000)).toEqual(page.data);
  const exhausted = rowsOf((await admin.call('GET', `/deliveries/export?status=exhausted&hook=${hook}`)).body);
  expect(exhausted).toHaveLength(count / 10);
  expect((await admin.call('GET', `/deliveries/export?hook=${randomUUID()}`)).body).toBe('');
});

test('what is wrong with a filter is told before anything is sent, and other workspaces are left out', async () => {
  expect((await admin.call('GET', '/deliveries/export?status=lost')).status).toBe(400);
  expect((await admin.call('GET', '/deliveries/export?since=yesterday')).status).toBe(400);
  expect((await admin.call('GET', '/deliveries/export', { token: 'wrong' })).status).toBe(401);
  await admin.call('POST', '/workspaces', { body: { name: 'other' } });
  expect((await admin.call('GET', '/other/deliveries/export')).body).toBe('');
});

test('a reader that goes away leaves nothing behind', async () => {
  const pool = admin.context.database.pool;
  const response = await fetch(`${admin.url}/deliveries/export`, {
    headers: { 'kong-admin-token': ADMIN_TOKEN },
  });
  const reader = response.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await reader?.cancel();
  expect((await admin.call('GET', '/deliveries?size=1')).status).toBe(200);
  expect(pool.waitingCount).toBe(0);
});
