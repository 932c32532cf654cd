import { ensureDashboard } from '../../../tests/support/dashboard.ts';
import { ADMIN_TOKEN, createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  await ensureDashboard();
  database = await createTestDatabase();
  admin = await startTestAdmin(database, {
    publicUrl: 'https://example.org/hooks/',
    trustedProxies: ['127.0.0.0/8', '::1'],
  });
  for (const event of ['consumers', 'routes']) {
    await admin.call('POST', '/event-hooks', { body: { source: 'crud', event, handler: 'log' } });
  }
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

/** A request as a proxy would pass it on, at paths that no document describes. */
async function ask(path: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(admin.url + path, { headers: { 'kong-admin-token': ADMIN_TOKEN, ...headers } });
  expect(response.status).toBe(200);
  return response.text();
}

test.each([
  ['takes the prefix off', '', {}, '/hooks'],
  ['hands the prefix on', '/hooks', {}, '/hooks'],
  ['names another one', '', { 'x-forwarded-prefix': '/other/place' }, '/other/place'],
])('F50 behind a proxy that %s, links lead back through it', async (_, before, headers, prefix) => {
  const page = JSON.parse(await ask(`${before}/event-hooks?size=1`, headers));
  expect(page.next).toMatch(`${prefix}/event-hooks?size=1&offset=`);
  const second = JSON.parse(await ask(page.next.slice(before === '' ? prefix.length : 0), headers));
  expect(second.data).toHaveLength(1);

  expect(JSON.parse(await ask(`${before}/openapi.json`, headers)).servers).toEqual([{ url: prefix }]);
  expect(await ask(`${before}/docs`, headers)).toContain(`src="${prefix}/docs/swagger-ui-bundle.js"`);
  expect(await ask(`${before}/dashboard/deliveries/1`, headers)).toContain(`<base href="${prefix}/dashboard/">`);
});

test('F50 a prefix that could break out of a page is not taken', async () => {
  for (const given of ['/"><script>', '//evil.example', 'relative', '/a b']) {
    expect(await ask('/docs', { 'x-forwarded-prefix': given })).toContain('src="/hooks/docs/swagger-ui-bundle.js"');
  }
});

test('the audit log and failed logins know the address that a trusted proxy names, and no other', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const made = await admin.call('POST', '/event-hooks', {
    body: { source: 'crud', event: 'plugins', handler: 'log' },
    headers,
  });
  const [entry] = (await admin.call('GET', `/audit?entity_id=${made.body.id}`)).body.data;
  expect(entry.address).toBe('203.0.113.7');

  const direct = await startTestAdmin(database);
  try {
    const other = await direct.call('POST', '/event-hooks', {
      body: { source: 'crud', event: 'services', handler: 'log' },
      headers: { ...headers, 'x-forwarded-prefix': '/evil' },
    });
    const [seen] = (await direct.call('GET', `/audit?entity_id=${other.body.id}`)).body.data;
    expect(seen.address).toMatch(/127\.0\.0\.1$/);
    const page = await direct.call('GET', '/event-hooks?size=1', { headers: { 'x-forwarded-prefix': '/evil' } });
    expect(page.body.next).toMatch(/^\/event-hooks/);
  } finally {
    await direct.stop();
  }
});
