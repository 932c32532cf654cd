import { newId } from '@eventhooks/database';
import { EVENT_ROUTES, ROUTES } from '../src/routes/index.ts';
import { ADMIN_TOKEN, createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
  for (const name of ['team-a', 'team-b']) {
    expect((await admin.call('POST', '/workspaces', { body: { name } })).status).toBe(201);
  }
});
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

async function makeToken(body: Record<string, unknown>, prefix = ''): Promise<{ id: string; token: string }> {
  const answer = await admin.call('POST', `${prefix}/tokens`, { body });
  expect(answer.status).toBe(201);
  return answer.body;
}

const logHook = { source: 'crud', event: 'routes', handler: 'log' };
const allRoutes = [...EVENT_ROUTES, ...ROUTES];
const someId = '01890000-0000-7000-8000-000000000000';

function pathOf(path: string, workspace = ''): string {
  const filled = path
    .replace('{id}', someId)
    .replace('{source}', 'orders')
    .replace('{event}', 'paid')
    .replace('{name}', 'team-b');
  return workspace + filled;
}

test.each(allRoutes.map((route) => [route.method.toUpperCase(), route.path]))(
  '%s %s asks for a token',
  async (method, path) => {
    for (const token of [null, 'wrong']) {
      const { status, body } = await admin.call(method, pathOf(path), { token });
      expect([status, body]).toEqual([401, { message: 'Invalid credentials. A valid token is required' }]);
    }
  },
);

test.each(allRoutes.map((route) => [route.method.toUpperCase(), route.path]))(
  '%s %s of a workspace is closed to the token of another',
  async (method, path) => {
    const { token } = await makeToken({ role: 'admin' }, '/team-a');
    for (const workspace of ['/team-b', '/no-such', '']) {
      const { status, body } = await admin.call(method, pathOf(path, workspace), { token });
      expect([status, body.message]).toEqual([403, 'The token does not open this workspace']);
    }
  },
);

test('a viewer may only GET, a publisher only publish', async () => {
  const viewer = await makeToken({ role: 'viewer' });
  const publisher = await makeToken({ role: 'publisher' });
  for (const { method, path } of allRoutes) {
    const isPublishing = method === 'post' && ['/events', '/events/check'].includes(path);
    const asViewer = await admin.call(method.toUpperCase(), pathOf(path), { token: viewer.token });
    const asPublisher = await admin.call(method.toUpperCase(), pathOf(path), { token: publisher.token });
    expect([method, path, asViewer.status === 403]).toEqual([method, path, method !== 'get']);
    expect([method, path, asPublisher.status === 403]).toEqual([method, path, !isPublishing]);
  }
});

test('two teams with the same hooks and events see nothing of each other', async () => {
  const teams = await Promise.all(
    ['team-a', 'team-b'].map(async (name) => ({ name, ...(await makeToken({ role: 'admin', name }, `/${name}`)) })),
  );
  const seen = [];
  for (const { name, token } of teams) {
    const as = { token };
    const put = await admin.call('PUT', `/${name}/event-hooks/sources/orders/paid`, {
      ...as,
      body: { fields: ['order'] },
    });
    expect(put.status).toBe(200);
    const hook = await admin.call('POST', `/${name}/event-hooks`, {
      ...as,
      body: { ...logHook, source: 'orders', event: 'paid' },
    });
    expect(hook.status).toBe(201);
    const published = await admin.call('POST', `/${name}/events`, {
      ...as,
      body: { source: 'orders', event: 'paid', data: { team: name }, id: 'the-same' },
    });
    expect([published.status, published.body.duplicate]).toEqual([202, undefined]);
    seen.push({ name, token, hook: hook.body.id, event: published.body.id });
  }
  for (const [index, { name, token, hook, event }] of seen.entries()) {
    const other = seen[1 - index];
    const as = { token };
    const hooks = await admin.call('GET', `/${name}/event-hooks`, as);
    expect(hooks.body.data.map(({ id }: { id: string }) => id)).toEqual([hook]);
    const events = await admin.call('GET', `/${name}/events?source=orders`, as);
    expect(events.body.data.map(({ id }: { id: string }) => id)).toEqual([event]);
    const tokens = await admin.call('GET', `/${name}/tokens`, as);
    expect(tokens.body.data.every(({ workspace }: { workspace: string }) => workspace === name)).toBe(true);
    const audit = await admin.call('GET', `/${name}/audit`, as);
    expect(audit.body.data.every(({ workspace }: { workspace: string }) => workspace === name)).toBe(true);
    // The ids of the other team, asked for in one's own workspace.
    expect((await admin.call('GET', `/${name}/event-hooks/${other?.hook}`, as)).status).toBe(404);
    expect((await admin.call('PATCH', `/${name}/event-hooks/${other?.hook}`, { ...as, body: {} })).status).toBe(404);
    expect((await admin.call('PUT', `/${name}/event-hooks/${other?.hook}`, { ...as, body: logHook })).status).toBe(409);
    expect((await admin.call('DELETE', `/${name}/event-hooks/${other?.hook}`, as)).status).toBe(204);
    expect((await admin.call('GET', `/${name}/event-hooks/${other?.hook}/ping`, as)).status).toBe(404);
    expect((await admin.call('POST', `/${name}/event-hooks/${other?.hook}/test`, { ...as, body: {} })).status).toBe(
      404,
    );
    expect((await admin.call('GET', `/${name}/events/${other?.event}`, as)).status).toBe(404);
  }
  for (const { name, token, hook } of seen) {
    expect((await admin.call('GET', `/${name}/event-hooks/${hook}`, { token })).status).toBe(200);
  }
  expect((await admin.call('GET', '/event-hooks/sources/orders')).status).toBe(404);
});

test('a viewer reads secrets as null', async () => {
  const { token } = await makeToken({ role: 'viewer' });
  const config = {
    url: 'http://127.0.0.1:8080/',
    secret: 'shh',
    headers: { authorization: 'Bearer x', 'x-team': 'a' },
  };
  const made = await admin.call('POST', '/event-hooks', { body: { ...logHook, handler: 'webhook', config } });
  expect(made.body.config).toMatchObject(config);
  const { body } = await admin.call('GET', `/event-hooks/${made.body.id}`, { token });
  expect(body.config).toMatchObject({ secret: null, headers: { authorization: null, 'x-team': null } });
  const listed = await admin.call('GET', '/event-hooks?size=1000', { token });
  expect(JSON.stringify(listed.body)).not.toContain('shh');
});

test('a token works by both headers until it is deleted or expires, and is kept as a hash only', async () => {
  const made = await makeToken({ role: 'viewer', name: 'short-lived' });
  const bearer = { token: null, headers: { authorization: `Bearer ${made.token}` } };
  expect((await admin.call('GET', '/event-hooks', bearer)).status).toBe(200);
  expect((await admin.call('GET', '/event-hooks', { token: made.token })).status).toBe(200);
  const listed = (await admin.call('GET', '/tokens?size=1000')).body.data;
  expect(listed.find(({ id }: { id: string }) => id === made.id)).toMatchObject({
    name: 'short-lived',
    role: 'viewer',
  });
  expect(JSON.stringify(listed)).not.toContain(made.token);
  const kept = await admin.context.database.pool.query('SELECT * FROM tokens t WHERE t::text LIKE $1', [
    `%${made.token}%`,
  ]);
  expect(kept.rows).toEqual([]);
  expect((await admin.call('DELETE', `/tokens/${made.id}`)).status).toBe(204);
  expect((await admin.call('GET', '/event-hooks', bearer)).status).toBe(401);

  const expired = await makeToken({ role: 'viewer', expires_at: 1 });
  expect((await admin.call('GET', '/event-hooks', { token: expired.token })).status).toBe(401);
});

test("a workspace's token makes no token for another, and no workspace", async () => {
  const { token } = await makeToken({ role: 'admin' }, '/team-a');
  expect(
    (await admin.call('POST', '/team-a/tokens', { token, body: { role: 'admin', workspace: 'team-b' } })).status,
  ).toBe(403);
  const own = await admin.call('POST', '/team-a/tokens', { token, body: { role: 'admin' } });
  expect(own.body.workspace).toBe('team-a');
  expect((await admin.call('POST', '/team-a/workspaces', { token, body: { name: 'mine' } })).status).toBe(403);
  expect((await admin.call('DELETE', '/team-a/workspaces/team-b', { token })).status).toBe(403);
  expect((await admin.call('GET', '/team-a/workspaces', { token })).body.data).toHaveLength(1);
  expect((await admin.call('GET', '/team-a/workspaces/team-b', { token })).status).toBe(404);
});

test('workspaces are listed in pages, in the order of their names', async () => {
  const names: string[] = [];
  let path: string | null = '/workspaces?size=1';
  while (path !== null) {
    const { body } = await admin.call('GET', path);
    names.push(...body.data.map(({ name }: { name: string }) => name));
    path = body.next;
  }
  expect(names).toEqual((await admin.call('GET', '/workspaces')).body.data.map(({ name }: { name: string }) => name));
  expect(names.length).toBeGreaterThan(1);
  expect((await admin.call('GET', '/workspaces?size=0')).status).toBe(400);
});

test('a workspace that holds hooks stays; an empty one goes with its tokens', async () => {
  expect((await admin.call('POST', '/workspaces', { body: { name: 'brief' } })).status).toBe(201);
  expect((await admin.call('POST', '/workspaces', { body: { name: 'brief' } })).status).toBe(409);
  expect((await admin.call('POST', '/workspaces', { body: { name: 'events' } })).status).toBe(400);
  const { token } = await makeToken({ role: 'viewer' }, '/brief');
  const { body: hook } = await admin.call('POST', '/brief/event-hooks', { body: logHook });
  expect((await admin.call('DELETE', '/workspaces/brief')).status).toBe(409);
  await admin.call('DELETE', `/brief/event-hooks/${hook.id}`);
  expect((await admin.call('DELETE', '/workspaces/brief')).status).toBe(204);
  expect((await admin.call('GET', '/brief/event-hooks')).status).toBe(404);
  expect((await admin.call('GET', '/brief/event-hooks', { token })).status).toBe(401);
});

test('the audit log tells who changed what, without secrets', async () => {
  const made = await makeToken({ role: 'admin', name: 'ann' });
  const config = { url: 'http://127.0.0.1:8080/', secret: 'shh' };
  const hook = await admin.call('POST', '/event-hooks', {
    token: made.token,
    headers: { 'x-request-id': 'my-request' },
    body: { ...logHook, handler: 'webhook', config },
  });
  expect(hook.headers.get('x-request-id')).toBe('my-request');
  await admin.call('PATCH', `/event-hooks/${hook.body.id}`, { body: { snooze: 9 } });
  const secrets = { secret: 'shh, new', headers: { authorization: 'shh', accept: 'x/y' } };
  await admin.call('PATCH', `/event-hooks/${hook.body.id}`, { body: { config: secrets } });
  await admin.call('POST', `/event-hooks/${hook.body.id}/rotate-secret`, { body: {} });
  await admin.call('DELETE', `/event-hooks/${hook.body.id}`);
  const { body } = await admin.call('GET', `/audit?entity_id=${hook.body.id}`);
  expect(body.data).toMatchObject([
    { action: 'delete', actor: 'bootstrap', entity: 'event_hooks', before: { snooze: 9 }, after: null },
    { action: 'update', after: { secrets_changed: ['config.secret'] } },
    { action: 'update', after: { secrets_changed: ['config.secret', 'config.headers.authorization'] } },
    { action: 'update', actor: 'bootstrap', before: { snooze: null }, after: { snooze: 9 } },
    { action: 'create', actor: `ann (${made.id})`, request_id: 'my-request', before: null, workspace: 'default' },
  ]);
  expect(body.data[3].after).not.toHaveProperty('secrets_changed');
  expect(JSON.stringify(body)).not.toMatch(/shh|whsec_/);
});

test('the audit log tells who retried a delivery by hand, and who began and cancelled a replay', async () => {
  const made = await makeToken({ role: 'admin', name: 'bob' });
  const as = { token: made.token };
  const hook = await admin.call('POST', '/event-hooks', { body: logHook });
  await admin.context.database.pool.query(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status)
     VALUES ($1, $1, $2, 'default', 'crud', 'routes', 'exhausted')`,
    [newId(), hook.body.id],
  );
  const replay = await admin.call('POST', `/event-hooks/${hook.body.id}/replay`, { ...as, body: {} });
  expect((await admin.call('DELETE', `/replays/${replay.body.id}`, as)).status).toBe(204);
  const [delivery] = (await admin.call('GET', `/deliveries?hook=${hook.body.id}`)).body.data;
  expect((await admin.call('POST', `/deliveries/${delivery.id}/retry`, as)).status).toBe(202);
  expect((await admin.call('POST', `/deliveries/${newId()}/retry`, as)).status).toBe(404);

  const auditOf = async (id: string) => (await admin.call('GET', `/audit?entity_id=${id}`)).body.data;
  const by = { actor: `bob (${made.id})`, workspace: 'default' };
  const before = { hook_id: hook.body.id, status: 'exhausted', reason: null };
  const after = { hook_id: hook.body.id, status: 'waiting', reason: 'manual_retry' };
  expect(await auditOf(delivery.id)).toMatchObject([{ ...by, action: 'update', entity: 'deliveries', before, after }]);
  expect(await auditOf(replay.body.id)).toMatchObject([
    { ...by, action: 'update', entity: 'replays', before: { status: 'running' }, after: { status: 'cancelled' } },
    { ...by, action: 'create', entity: 'replays', before: null, after: { hook_id: hook.body.id } },
  ]);
});

test('A3 wrong tokens from an address are told to wait after a while, and right ones work all the same', async () => {
  const other = await startTestAdmin(database);
  try {
    const { token } = await makeToken({ role: 'viewer' });
    let refused = await other.call('GET', '/event-hooks', { token: 'guess' });
    for (let tries = 0; tries < 100 && refused.status === 401; tries += 1) {
      refused = await other.call('GET', '/event-hooks', { token: `guess-${tries}` });
    }
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // One that this admin has never seen, and the one that it was started with, while wrong ones come in.
    const guesses = Array.from({ length: 200 }, (_, index) =>
      other.call('GET', '/event-hooks', { token: `flood-${index}` }),
    );
    expect((await other.call('GET', '/event-hooks', { token })).status).toBe(200);
    expect((await other.call('GET', '/event-hooks', { token: ADMIN_TOKEN })).status).toBe(200);
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([429]));
  } finally {
    await other.stop();
  }
});

test('without any token, only callers of this machine are answered', async () => {
  const open = await startTestAdmin(database, { adminToken: null });
  try {
    const status = async (headers: Record<string, string>) =>
      (await open.call('GET', '/event-hooks', { token: null, headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: open.url })).toBe(200);
    expect((await open.call('GET', '/event-hooks', { token: 'wrong' })).status).toBe(401);
  } finally {
    await open.stop();
  }
});

test('A9 without any token, what a browser asks for on behalf of a foreign page is refused', async () => {
  const open = await startTestAdmin(database, { adminToken: null, corsOrigins: ['https://app.example'] });
  try {
    const status = async (headers: Record<string, string>) =>
      (await open.call('GET', '/event-hooks', { token: null, headers })).status;
    // An image, a form, a frame: no Origin, but the browser says where the page is from.
    for (const site of ['cross-site', 'same-site']) expect(await status({ 'sec-fetch-site': site })).toBe(403);
    for (const site of ['same-origin', 'none']) expect(await status({ 'sec-fetch-site': site })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site', origin: 'https://app.example' })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(403);
  } finally {
    await open.stop();
  }
});

test('other origins are answered only when they are listed', async () => {
  const listed = await startTestAdmin(database, { corsOrigins: ['https://app.example'] });
  try {
    const preflight = { 'access-control-request-method': 'PATCH' };
    const allowed = await listed.call('OPTIONS', '/event-hooks', {
      token: null,
      headers: { ...preflight, origin: 'https://app.example' },
    });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    const other = await listed.call('OPTIONS', '/event-hooks', {
      token: null,
      headers: { ...preflight, origin: 'https://evil.example' },
    });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const none = await admin.call('GET', '/event-hooks', { headers: { origin: 'https://app.example' } });
    expect(none.headers.get('access-control-allow-origin')).toBeNull();
  } finally {
    await listed.stop();
  }
});

test('browsers are told to keep to https for this host alone, not for its neighbours', async () => {
  const { headers } = await admin.call('GET', '/event-hooks');
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
});
