import { ensureDashboard } from '../../../tests/support/dashboard.ts';
import { ADMIN_TOKEN, createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  await ensureDashboard();
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
});
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const session = (method: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${admin.url}/dashboard/session`, { method, headers });

const listHooks = (headers: Record<string, string>, method = 'GET'): Promise<Response> =>
  fetch(`${admin.url}/event-hooks`, { method, headers });

test('signing in puts the token into a cookie that scripts and other sites do not get', async () => {
  const answer = await session('POST', { 'kong-admin-token': ADMIN_TOKEN });
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { name: 'bootstrap', role: 'admin', workspace: null, is_token_required: true },
  ]);
  const cookie = answer.headers.get('set-cookie') ?? '';
  expect(cookie).toBe(`eventhooks_session=${ADMIN_TOKEN}; Path=/; HttpOnly; SameSite=Strict`);
  const secure = await session('POST', { 'kong-admin-token': ADMIN_TOKEN, 'x-forwarded-proto': 'https' });
  expect(secure.headers.get('set-cookie')).toContain('; Secure');
});

test('a wrong token signs nobody in', async () => {
  const answer = await session('POST', { 'kong-admin-token': 'not-the-token-at-all' });
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
  expect((await session('POST')).status).toBe(401);
  expect((await session('GET')).status).toBe(204);
  expect((await session('GET', { cookie: 'eventhooks_session=not-the-token-at-all' })).status).toBe(401);
});

test('the cookie opens the API to our own page only', async () => {
  const cookie = `other=1; eventhooks_session=${ADMIN_TOKEN}`;
  const own = new URL(admin.url).host;
  const statusOf = async (headers: Record<string, string>, method?: string) =>
    (await listHooks({ cookie, ...headers }, method)).status;
  expect(await statusOf({ 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(await statusOf({ origin: `http://${own}` })).toBe(200);
  expect(await statusOf({ origin: `http://${own}` }, 'POST')).toBe(400);
  for (const site of ['same-site', 'cross-site', 'none']) expect(await statusOf({ 'sec-fetch-site': site })).toBe(401);
  for (const origin of ['http://127.0.0.1:1', 'https://example.com', 'null'])
    expect(await statusOf({ origin })).toBe(401);
  expect(await statusOf({}, 'POST')).toBe(401);
});

test('a token of one workspace learns which', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'team-a' } });
  const { body } = await admin.call('POST', '/team-a/tokens', { body: { role: 'viewer' } });
  const answer = await session('GET', { cookie: `eventhooks_session=${body.token}` });
  expect(await answer.json()).toMatchObject({ role: 'viewer', workspace: 'team-a' });
});

test('signing out takes the cookie away, whoever asks', async () => {
  const answer = await session('DELETE');
  expect(answer.status).toBe(204);
  expect(answer.headers.get('set-cookie')).toMatch(/^eventhooks_session=; .*Expires=Thu, 01 Jan 1970/);
});

test('where no token is needed, this machine is let in at once', async () => {
  const open = await startTestAdmin(database, { adminToken: null });
  try {
    const answer = await fetch(`${open.url}/dashboard/session`);
    expect(await answer.json()).toMatchObject({ name: 'anonymous', role: 'admin', is_token_required: false });
    const rebound = await fetch(`${open.url}/dashboard/session`, { headers: { origin: 'https://example.com' } });
    expect(rebound.status).toBe(403);
  } finally {
    await open.stop();
  }
});

test('the page comes with a policy that lets nothing in from elsewhere', async () => {
  for (const path of ['/dashboard', '/dashboard/', '/dashboard/deliveries/1']) {
    const answer = await fetch(admin.url + path);
    const [policy, page] = [answer.headers.get('content-security-policy') ?? '', await answer.text()];
    expect(answer.status).toBe(200);
    const nonce = /name="csp-nonce" content="([^"]+)"/.exec(page)?.[1] ?? 'none';
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toMatch(/^default-src 'none';script-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  }
});

test('assets come compressed where the browser takes that, and may be kept for ever', async () => {
  const page = await (await fetch(`${admin.url}/dashboard`)).text();
  const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? 'none';
  const sizes: number[] = [];
  for (const encoding of ['identity', 'gzip', 'br']) {
    const answer = await fetch(`${admin.url}/dashboard${script}`, { headers: { 'accept-encoding': encoding } });
    expect([answer.status, answer.headers.get('content-encoding') ?? 'identity']).toEqual([200, encoding]);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    sizes.push(Number(answer.headers.get('content-length')));
  }
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect((await fetch(`${admin.url}/dashboard/assets/..%2findex.html`)).status).toBe(404);
  expect((await fetch(`${admin.url}/dashboard/assets/none.js`)).status).toBe(404);
});
