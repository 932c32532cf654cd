import { createKeyring, findHook, insertHook } from '@eventhooks/database';
import { createCertificate } from '../../../packages/delivery/tests/support/certificates.ts';
import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

const hookBody = {
  source: 'crud',
  event: 'consumers',
  handler: 'webhook',
  config: { url: 'http://127.0.0.1:8080/', secret: 'first', headers: { 'x-team': 'billing' } },
};

let database: TestDatabase;
let admin: TestAdmin;
let keyless: TestAdmin;
let viewer: string;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
  keyless = await startTestAdmin(database, { secretKeys: [] });
  viewer = (await admin.call('POST', '/tokens', { body: { role: 'viewer' } })).body.token;
});
afterAll(async () => {
  await admin.stop();
  await keyless.stop();
  await database.drop();
});

async function createHook(
  changes: Record<string, unknown> = {},
  config: Record<string, unknown> = {},
): Promise<string> {
  const body = { ...hookBody, ...changes, config: { ...hookBody.config, ...config } };
  const { status, body: hook } = await admin.call('POST', '/event-hooks', { body });
  expect([status, hook]).toEqual([201, expect.anything()]);
  return hook.id;
}

async function secretsOf(id: string, options = {}): Promise<{ secret: string | null; ends_at: number | null }[]> {
  return (await admin.call('GET', `/event-hooks/${id}/secrets`, options)).body.data;
}

describe('rotating a secret', () => {
  test('answers the hook with a new secret, and lists when the old one ends', async () => {
    const id = await createHook();
    const now = Math.floor(Date.now() / 1000);
    const rotated = await admin.call('POST', `/event-hooks/${id}/rotate-secret`);
    expect([rotated.status, rotated.body.id]).toEqual([200, id]);
    expect(rotated.body.config.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const [current, old] = await secretsOf(id);
    expect(current).toEqual({ secret: rotated.body.config.secret, ends_at: null });
    expect(old?.secret).toBe('first');
    expect(old?.ends_at).toBeGreaterThanOrEqual(now + 86_400);
    expect(old?.ends_at).toBeLessThan(now + 86_400 + 600);
    expect(await secretsOf(id, { token: viewer })).toEqual([
      { secret: null, ends_at: null },
      { secret: null, ends_at: old?.ends_at },
    ]);
  });

  test('takes a secret and a grace period; a shorter one shortens those before, and 0 ends them at once', async () => {
    const id = await createHook();
    const path = `/event-hooks/${id}/rotate-secret`;
    const second = await admin.call('POST', path, { body: { secret: 'second', grace_period: 3_600 } });
    expect(second.body.config.secret).toBe('second');
    await admin.call('POST', path, { body: new URLSearchParams({ secret: 'third', grace_period: '60' }) });
    const listed = await secretsOf(id);
    expect(listed.map(({ secret }) => secret)).toEqual(['third', 'second', 'first']);
    expect(listed[2]?.ends_at).toBe(listed[1]?.ends_at);
    await admin.call('POST', path, { body: { grace_period: 0 } });
    expect(await secretsOf(id)).toHaveLength(1);
  });

  test('a secret that comes back is no old one any more', async () => {
    const id = await createHook();
    await admin.call('POST', `/event-hooks/${id}/rotate-secret`, { body: { secret: 'second' } });
    await admin.call('POST', `/event-hooks/${id}/rotate-secret`, { body: { secret: 'first' } });
    expect((await secretsOf(id)).map(({ secret }) => secret)).toEqual(['first', 'second']);
  });

  test('at most four older secrets sign at a time', async () => {
    const id = await createHook();
    const path = `/event-hooks/${id}/rotate-secret`;
    for (let count = 0; count < 4; count += 1) expect((await admin.call('POST', path)).status).toBe(200);
    const refused = await admin.call('POST', path);
    expect([refused.status, refused.body.message]).toEqual([409, expect.stringContaining('"grace_period": 0')]);
    expect((await admin.call('POST', path, { body: { grace_period: 0 } })).status).toBe(200);
  });

  test('a hook without a secret gets one, and has no old one', async () => {
    const id = await createHook({}, { secret: null });
    expect((await admin.call('POST', `/event-hooks/${id}/rotate-secret`)).status).toBe(200);
    expect(await secretsOf(id)).toEqual([{ secret: expect.stringMatching(/^whsec_/), ends_at: null }]);
  });

  test('writing the secret by PATCH or PUT ends all older ones; writing something else does not', async () => {
    const id = await createHook();
    await admin.call('POST', `/event-hooks/${id}/rotate-secret`, { body: { secret: 'second' } });
    await admin.call('PATCH', `/event-hooks/${id}`, {
      body: { snooze: 9, config: { url: 'http://127.0.0.1:8080/b' } },
    });
    expect(await secretsOf(id)).toHaveLength(2);
    await admin.call('PATCH', `/event-hooks/${id}`, { body: { config: { secret: 'third' } } });
    expect((await secretsOf(id)).map(({ secret }) => secret)).toEqual(['third']);
  });

  test.each([
    ['an empty secret', { secret: '' }, 'secret: length must be at least 1'],
    ['the current secret', { secret: 'first' }, 'secret: is the current secret already'],
    ['a negative grace period', { grace_period: -1 }, 'grace_period: value must be at least 0'],
    ['a grace period beyond 30 days', { grace_period: 2_592_001 }, 'grace_period: value must be at most 2592000'],
    ['an unknown field', { grace: 1 }, 'grace: unknown field'],
  ])('%s is refused', async (_what, body, message) => {
    const id = await createHook();
    const refused = await admin.call('POST', `/event-hooks/${id}/rotate-secret`, { body });
    expect([refused.status, refused.body.message]).toEqual([400, `schema violation (${message})`]);
    expect(await secretsOf(id)).toHaveLength(1);
  });

  test('what has no secret, is not there, or is not permitted is refused', async () => {
    const { body: log } = await admin.call('POST', '/event-hooks', { body: { source: 'crud', handler: 'log' } });
    expect((await admin.call('POST', `/event-hooks/${log.id}/rotate-secret`)).body.message).toBe(
      "handler 'log' has no secret",
    );
    expect(await secretsOf(log.id)).toEqual([]);
    const nobody = '/event-hooks/00000000-0000-0000-0000-000000000000';
    expect((await admin.call('POST', `${nobody}/rotate-secret`)).status).toBe(404);
    expect((await admin.call('GET', `${nobody}/secrets`)).status).toBe(404);
    const id = await createHook();
    expect((await admin.call('POST', `/event-hooks/${id}/rotate-secret`, { token: viewer })).status).toBe(403);
  });

  test('the audit log tells of it without any secret', async () => {
    const id = await createHook();
    await admin.call('POST', `/event-hooks/${id}/rotate-secret`, { body: { secret: 'second', grace_period: 60 } });
    const { body } = await admin.call('GET', `/audit?entity_id=${id}`);
    const [entry] = body.data;
    expect(entry).toMatchObject({
      action: 'update',
      before: { config: { secret: null, headers: { 'x-team': null } }, old_secrets: [] },
      after: { config: { secret: null }, old_secrets: [{ ends_at: expect.any(Number) }] },
    });
    expect(JSON.stringify(body)).not.toMatch(/"(first|second|billing)"/);
  });
});

describe('without keys', () => {
  test('a secret, a header value or a client key is refused, each on its field, and nothing is stored', async () => {
    const refused = await keyless.call('POST', '/event-hooks', { body: hookBody });
    const reason = 'cannot be stored: EVENTHOOKS_SECRET_KEYS is not set, so it could not be encrypted';
    expect([refused.status, refused.body.fields]).toEqual([
      400,
      { config: { secret: reason, headers: { 'x-team': reason } } },
    ]);
  });

  test('hooks without them, and with harmless headers, are served', async () => {
    const config = { url: 'http://127.0.0.1:8080/', headers: { 'Content-Type': 'text/plain' } };
    const made = await keyless.call('POST', '/event-hooks', { body: { ...hookBody, config } });
    expect(made.status).toBe(201);
    expect((await keyless.call('POST', `/event-hooks/${made.body.id}/rotate-secret`)).status).toBe(400);
  });
});

describe('secrets that no key opens', () => {
  test('are named on the hook; a PATCH must give them anew, a rotation waits for the key, a PUT replaces them', async () => {
    const id = await createHook();
    const path = `/event-hooks/${id}`;
    const seen = await keyless.call('GET', path);
    expect(seen.body).toMatchObject({
      config: { secret: null },
      unreadable: ['config.secret', 'config.headers.x-team'],
    });
    const lost = await startTestAdmin(database, { secretKeys: [Buffer.alloc(32, 9)] });
    expect((await lost.call('GET', '/event-hooks?size=1000')).status).toBe(200);
    const patched = await lost.call('PATCH', path, { body: { snooze: 5 } });
    expect([patched.status, Object.keys(patched.body.fields.config)]).toEqual([400, ['headers', 'secret']]);
    expect((await lost.call('POST', `${path}/rotate-secret`)).status).toBe(409);
    // Nothing of this has lost what the right key opens.
    expect((await admin.call('GET', path)).body.config).toMatchObject({
      secret: 'first',
      headers: { 'x-team': 'billing' },
    });
    const config = { secret: 'anew', headers: {} };
    expect((await lost.call('PATCH', path, { body: { snooze: 5, config } })).status).toBe(200);
    expect((await lost.call('GET', path)).body).not.toHaveProperty('unreadable');
    expect((await admin.call('GET', path)).body.unreadable).toEqual(['config.secret']);
    expect((await admin.call('PUT', path, { body: hookBody })).status).toBe(200);
    expect((await admin.call('GET', path)).body.config.secret).toBe('first');
    await lost.stop();
  });

  test('do not stand in the way of a deletion', async () => {
    const id = await createHook();
    expect((await keyless.call('DELETE', `/event-hooks/${id}`)).status).toBe(204);
    expect((await admin.call('GET', `/event-hooks/${id}`)).status).toBe(404);
  });
});

describe('TLS of a hook', () => {
  const authority = createCertificate({ names: ['CA'], issuer: 'itself', authority: true });
  const client = createCertificate({ names: ['eventhooks'], issuer: authority });
  const own = { ca: authority.cert, client_cert: client.cert + authority.cert, client_key: client.key };

  test('certificate, key and authorities are kept; the key is a secret', async () => {
    const id = await createHook({}, own);
    expect((await admin.call('GET', `/event-hooks/${id}`)).body.config).toMatchObject(own);
    const asViewer = await admin.call('GET', `/event-hooks/${id}`, { token: viewer });
    expect(asViewer.body.config).toMatchObject({ ...own, client_key: null });
    const { rows } = await admin.context.database.pool.query('SELECT event_hooks::text AS row FROM event_hooks');
    expect(JSON.stringify(rows)).not.toContain(client.key.split('\n')[5]);
    expect((await admin.call('PATCH', `/event-hooks/${id}`, { body: { config: { client_key: null } } })).status).toBe(
      400,
    );
    const none = { client_cert: null, client_key: null };
    expect((await admin.call('PATCH', `/event-hooks/${id}`, { body: { config: none } })).status).toBe(200);
  });

  test('a hook that has none is printed without them', async () => {
    const id = await createHook();
    const printed = (await admin.call('GET', `/event-hooks/${id}`)).body.config;
    expect(Object.keys(printed)).toEqual(['headers', 'secret', 'ssl_verify', 'url']);
  });

  test.each([
    ['a certificate that is none', { client_cert: 'rubbish', client_key: client.key }, 'client_cert'],
    ['a key that is none', { client_cert: client.cert, client_key: 'rubbish' }, 'client_key'],
    ['a key of another certificate', { client_cert: client.cert, client_key: authority.key }, 'client_key'],
    ['a certificate without its key', { client_cert: client.cert }, 'client_key'],
    ['a key without its certificate', { client_key: client.key }, 'client_cert'],
    ['authorities that are none', { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, 'ca'],
    ['more than 64 KiB', { ca: authority.cert + ' '.repeat(65_536) }, 'ca'],
  ])('%s is refused on its field', async (_what, config, field) => {
    const body = { ...hookBody, config: { ...hookBody.config, ...config } };
    const refused = await admin.call('POST', '/event-hooks', { body });
    expect([refused.status, Object.keys(refused.body.fields?.config ?? {})]).toEqual([400, [field]]);
    expect(JSON.stringify(refused.body)).not.toContain('PRIVATE KEY');
  });
});

test('redaction rules are kept and checked', async () => {
  const redact = ['$.body.entity.email', '$.headers.x-customer', '$..password'];
  const id = await createHook({ redact });
  expect((await admin.call('GET', `/event-hooks/${id}`)).body.redact).toEqual(redact);
  const refused = await admin.call('PATCH', `/event-hooks/${id}`, { body: { redact: ['$.body', 'password'] } });
  expect(refused.body.fields).toEqual({ redact: [null, expect.stringContaining("'$.body.entity.email'")] });
  const many = Array.from({ length: 21 }, () => '$.body');
  expect((await admin.call('PATCH', `/event-hooks/${id}`, { body: { redact: many } })).status).toBe(400);
});

test('a hook that another key sealed is told apart from one without secrets', async () => {
  const stranger = createKeyring([Buffer.alloc(32, 8)]);
  const id = await createHook();
  const { database: db, keyring } = admin.context;
  const hook = await findHook(db.kysely, keyring, 'default', id);
  if (hook === null) throw new Error('missing');
  await admin.call('DELETE', `/event-hooks/${id}`);
  await insertHook(db.kysely, stranger, hook);
  expect((await admin.call('GET', `/event-hooks/${id}`)).body.unreadable).toHaveLength(2);
});
