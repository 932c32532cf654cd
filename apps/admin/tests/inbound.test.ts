import { gzipSync } from 'node:zlib';
import type { Verification } from '@eventhooks/contract';
import { signBody } from '@eventhooks/inbound';
import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
});
afterAll(async () => {
  await admin?.stop();
  await database?.drop();
});

const secret = 'a long random text';
const github: Verification = {
  scheme: 'hmac',
  header: 'x-hub-signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
  secrets: [secret],
};

async function send(path: string, body: string | Buffer, headers: Record<string, string> = {}, method = 'POST') {
  const response = await fetch(admin.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body }),
  });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers };
}

/** A request as GitHub makes it. */
function push(path: string, body: string | Buffer, delivery: string, more: Record<string, string> = {}) {
  const signature = signBody(github, Buffer.from(body), { nowMs: Date.now(), id: '' });
  return send(path, body, { 'x-github-event': 'push', 'x-github-delivery': delivery, ...signature, ...more });
}

async function create(body: object, path = '/inbound') {
  const created = await admin.call('POST', path, { body });
  expect(created.body).toMatchObject({ name: expect.any(String) });
  expect(created.status).toBe(201);
  return created.body;
}

async function rejectionsOf(name: string) {
  const { body } = await admin.call('GET', `/inbound/${name}/rejections`);
  return body.data;
}

test('an endpoint is made from a form, filled in by its preset, read, changed and deleted', async () => {
  const body = new URLSearchParams({ name: 'forge', preset: 'github', 'verify.secrets': secret, 'map.event': "'x'" });
  const created = await admin.call('POST', '/inbound', { body });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    path: '/in/forge',
    enabled: true,
    verify: { scheme: 'hmac', header: 'x-hub-signature-256', secrets: [secret] },
    map: { source: "'github'", event: "'x'" },
    respond: { challenge: 'ping' },
  });
  expect((await admin.call('POST', '/inbound', { body })).status).toBe(409);
  const rotated = await admin.call('PATCH', '/inbound/forge', { body: { verify: { secrets: ['new', secret] } } });
  expect(rotated.body).toMatchObject({ verify: { secrets: ['new', secret] }, map: { event: "'x'" } });
  const replaced = await admin.call('PUT', '/inbound/forge', {
    body: { verify: { scheme: 'none' }, preset: 'gitlab' },
  });
  expect(replaced.body).toMatchObject({ verify: { scheme: 'none' }, map: { source: "'gitlab'" }, id: created.body.id });
  expect((await admin.call('GET', '/inbound')).body.data).toHaveLength(1);
  await admin.call('PATCH', '/inbound/forge', { body: { tags: ['a', 'b'] } });
  const namesOf = async (tags: string) => (await admin.call('GET', `/inbound?tags=${tags}`)).body.data.length;
  expect(await Promise.all(['a,b', 'a/c', 'a,c', 'c'].map(namesOf))).toEqual([1, 1, 0, 0]);
  expect((await admin.call('DELETE', '/inbound/forge')).status).toBe(204);
  expect((await admin.call('GET', '/inbound/forge')).status).toBe(404);
  expect((await send('/in/forge', '{}')).status).toBe(404);
});

test('faults are told together, unknown fields by name', async () => {
  const unknown = await admin.call('POST', '/inbound', {
    body: { name: 'a/b', verfy: {}, verify: { scheme: 'rot13' } },
  });
  expect(unknown.status).toBe(400);
  expect(unknown.body.fields).toMatchObject({
    name: expect.any(String),
    verfy: 'unknown field',
    verify: { scheme: expect.any(String) },
  });
  const parts = await admin.call('POST', '/inbound', {
    body: { name: 'x', preset: 'github', map: { event: 'body.' } },
  });
  expect(parts.status).toBe(400);
  expect(parts.body.fields).toMatchObject({
    verify: { secrets: 'required field missing' },
    map: { event: expect.stringMatching(/^1:\d/) },
  });
});

test('secrets are encrypted, and neither viewers nor the audit log get them', async () => {
  await create({ name: 'sealed', preset: 'stripe', verify: { secrets: ['whsec_topsecret'] } });
  const { body: token } = await admin.call('POST', '/tokens', { body: { role: 'viewer' } });
  const seen = await admin.call('GET', '/inbound/sealed', { token: token.token });
  expect(seen.body.verify.secrets).toEqual([null]);
  expect((await admin.call('POST', '/inbound', { token: token.token, body: { name: 'y' } })).status).toBe(403);
  const { rows } = await admin.context.database.pool.query(
    'SELECT inbound_endpoints::text AS row FROM inbound_endpoints',
  );
  const change = { verify: { secrets: ['whsec_topsecret', 'a topsecret more'] } };
  expect((await admin.call('PATCH', '/inbound/sealed', { body: change })).status).toBe(200);
  const audit = await admin.call('GET', '/audit?entity=inbound_endpoints');
  expect(audit.body.data[0]).toMatchObject({ action: 'update', after: { secrets_changed: ['verify.secrets'] } });
  expect(audit.body.data[1].after).not.toHaveProperty('secrets_changed');
  expect(JSON.stringify([seen.body, rows])).not.toContain('topsecret');
  expect(audit.text).toContain('inbound_endpoints');
  expect(audit.text).not.toContain('topsecret');
});

test('a request is committed once, however often it comes', async () => {
  await create({ name: 'github', preset: 'github', verify: { secrets: ['newer', secret] } });
  const body = '{"ref":"main","n":7615917337495251231}';
  const first = await push('/in/github', body, 'd-1');
  expect(first.status).toBe(202);
  const { id } = JSON.parse(first.text);
  const repeats = await Promise.all(Array.from({ length: 20 }, () => push('/in/github', body, 'd-1')));
  expect(repeats.map(({ status }) => status)).toEqual(repeats.map(() => 200));
  expect(JSON.parse(repeats[0]?.text ?? '')).toEqual({ id, duplicate: true });
  const event = await admin.call('GET', `/events/${id}`);
  expect(event.body).toMatchObject({ source: 'github', event: 'push', publisher_id: 'd-1' });
  expect(event.text).toContain('7615917337495251231');
  const entry = await admin.call('GET', '/event-hooks/sources/github/push');
  expect(entry.body.data.description).toBe('Commits, or a branch or tag, were pushed.');
  expect(await admin.context.metrics.registry.metrics()).toContain(
    'eventhooks_inbound_requests_total{endpoint="github",result="duplicate"} 20',
  );
});

test('the signature is that of the bytes as sent, compressed or not', async () => {
  await create({ name: 'packed', preset: 'github', verify: { secrets: [secret] } });
  const packed = gzipSync('{"ref":"packed"}');
  expect((await push('/in/packed', packed, 'd-2', { 'content-encoding': 'gzip' })).status).toBe(202);
  const signature = signBody(github, Buffer.from('{"ref":"packed"}'), { nowMs: Date.now(), id: '' });
  expect((await push('/in/packed', packed, 'd-3', { 'content-encoding': 'gzip', ...signature })).status).toBe(401);
});

test('what is refused stores nothing, tells its sender nothing, and its operator why', async () => {
  await create({ name: 'strict', preset: 'github', verify: { secrets: [secret] } });
  const refused: [Promise<{ status: number; text: string }>, number][] = [
    [send('/in/strict', '{}'), 401],
    [push('/in/strict', '{}', 'r-1', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }), 401],
    [push('/in/strict', '{"a":', 'r-2'), 400],
    [push('/in/strict', Buffer.from([0x7b, 0xff, 0x7d]), 'r-3'), 400],
    [push('/in/strict', `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`, 'r-4'), 413],
    [push('/in/strict', 'x', 'r-5', { 'content-type': 'image/png' }), 415],
    [push('/in/strict', '{"action":7}', 'r-6'), 422],
    [push('/in/strict', '{}', 'r-7', { 'content-encoding': 'rot13' }), 415],
    [send('/in/strictly', '{}'), 404],
    [send('/in/strict', '', {}, 'GET'), 405],
  ];
  for (const [answer, status] of refused) {
    const { status: given, text } = await answer;
    expect([given, text]).toEqual([status, expect.any(String)]);
    if (status === 401) expect(JSON.parse(text)).toEqual({ message: 'The request could not be verified' });
  }
  const rejections = await rejectionsOf('strict');
  expect(rejections.map((rejection: { status: number }) => rejection.status).sort()).toEqual([
    400, 400, 401, 401, 413, 415, 415, 422,
  ]);
  const text = JSON.stringify(rejections);
  expect(text).toContain('the header x-hub-signature-256 is missing');
  expect(text).toContain('fits none of the secrets');
  expect(text).toContain('event: 1:');
  expect(text).not.toContain('sha256=');
  const { rows } = await admin.context.database.pool.query("SELECT 1 FROM events WHERE publisher_id LIKE 'r-%'");
  expect(rows).toEqual([]);
});

test('what a mapping gives is no event where it names nothing, or what nobody may publish', async () => {
  const map = { source: "'open'", event: 'body.e', id: 'body.id', split: 'body.items' };
  await create({ name: 'open', verify: { scheme: 'none' }, map: { ...map, split: null } });
  await create({ name: 'own', verify: { scheme: 'none' }, map: { source: "'eventhooks'", event: "'hook-disabled'" } });
  await create({ name: 'lists', verify: { scheme: 'none' }, map: { ...map, event: "'e'", id: null } });
  const refused: [string, string, string][] = [
    ['/in/open', '{"e":"","id":"n-1"}', 'event: gives no text'],
    ['/in/open', '{"e":null,"id":"n-2"}', 'event: gives no text'],
    ['/in/open', '{"e":["x"],"id":"n-3"}', 'event: gives no text'],
    ['/in/open', '{"id":"n-4"}', 'event: 1:5: field not found: e'],
    ['/in/open', '[]', 'event: 1:5: field not found: e'],
    ['/in/open', '', 'event: 1:5: field not found: e'],
    ['/in/open', '{"e":"a\\u0000b","id":"n-5"}', 'printable characters'],
    ['/in/own', '{"id":"n-6"}', 'published by the dispatcher only'],
    ['/in/lists', '{}', 'split: 1:5: field not found: items'],
    ['/in/lists', JSON.stringify({ items: Array(1_001).fill(1) }), 'at most 1000'],
  ];
  for (const [path, body, reason] of refused) {
    const { status, text } = await send(path, body);
    expect([body.slice(0, 40), status, text]).toEqual([body.slice(0, 40), 422, expect.stringContaining(reason)]);
  }
  expect(await send('/in/lists', '{"items":[]}')).toMatchObject({ status: 200, text: '{"data":[]}' });
  const { rows } = await admin.context.database.pool.query(
    "SELECT 1 FROM events WHERE source IN ('open', 'eventhooks')",
  );
  expect(rows).toEqual([]);
});

test('only the path itself leads to an endpoint, and only UTF-8 is read', async () => {
  await create({ name: 'Exact', verify: { scheme: 'none' }, map: { source: "'exact'", event: "'e'" } });
  const near = [
    '/in/exact',
    '/in/Exac',
    '/in/Exactly',
    '/in/Exact/x',
    '/in/Exact%2f',
    '/IN/Exact',
    '/in',
    '/nobody/in/Exact',
  ];
  const statuses = await Promise.all(near.map(async (path) => (await send(path, '{}')).status));
  expect(statuses).toEqual(near.map(() => 404));
  expect((await send('/in/Exact/', '{"n":1}')).status).toBe(202);
  const latin = { 'content-type': 'application/json; charset=iso-8859-1' };
  expect((await send('/in/Exact', Buffer.from('{"n":"caf\xe9"}', 'latin1'), latin)).status).toBe(400);
  expect((await send('/in/Exact', Buffer.from('{"n":2}', 'utf16le'))).status).toBe(400);
});

test('a group of alerts is split, and a larger group repeats nothing', async () => {
  await create({ name: 'alerts', preset: 'alertmanager', verify: { secrets: [secret] } });
  const alert = (fingerprint: string) => ({ status: 'firing', startsAt: '2026-01-05T10:00:00Z', fingerprint });
  const post = (alerts: object[]) =>
    send('/in/alerts', JSON.stringify({ version: '4', alerts }), { authorization: `Bearer ${secret}` });
  const first = await post([alert('a')]);
  expect(first.status).toBe(202);
  const larger = await post([alert('a'), alert('b')]);
  expect(larger.status).toBe(202);
  expect(JSON.parse(larger.text).data).toEqual([
    { ...JSON.parse(first.text).data[0], duplicate: true },
    { id: expect.any(String) },
  ]);
  expect((await post([alert('b'), alert('a')])).status).toBe(200);
});

test('challenges are answered', async () => {
  await create({ name: 'events', preset: 'cloudevents', verify: { secrets: [secret] } });
  const handshake = await send('/in/events', '', { 'webhook-request-origin': 'events.example.com' }, 'OPTIONS');
  expect(handshake.headers.get('webhook-allowed-origin')).toBe('events.example.com');
  const respond = { challenge: 'hub.challenge', verify_token: 'shared' };
  await create({ name: 'hub', verify: { scheme: 'none' }, map: { source: "'hub'", event: "'x'" }, respond });
  expect(await send('/in/hub?hub.challenge=42&hub.verify_token=shared', '', {}, 'GET')).toMatchObject({
    status: 200,
    text: '42',
  });
  expect((await send('/in/hub?hub.challenge=42&hub.verify_token=other', '', {}, 'GET')).status).toBe(401);
  expect(await rejectionsOf('hub')).toMatchObject([
    { status: 401, reason: expect.stringContaining('hub.verify_token') },
  ]);
  expect((await send('/in/hub?hub.verify_token=shared', '', {}, 'GET')).status).toBe(405);
});

test('an endpoint adds at most 1,000 names, and a request beyond that is refused as a whole', async () => {
  await create({ name: 'many', verify: { scheme: 'none' }, map: { source: "'many'", event: 'item.e', split: 'body' } });
  const names = (from: number, count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, index) => ({ e: `e${from + index}` })));
  expect((await send('/in/many', names(0, 1_000))).status).toBe(202);
  const beyond = await send('/in/many', names(999, 2));
  expect(beyond.status).toBe(422);
  expect(beyond.text).toContain('more than 1000 sources and events');
  expect((await send('/in/many', names(1, 2))).status).toBe(202);
  // They leave the workspace its own events.
  expect((await admin.call('PUT', '/event-hooks/sources/own/one', { body: {} })).status).toBe(200);
});

test("hooks on what a preset's sender is known to send can be made before its first request", async () => {
  const hook = { handler: 'log', source: 'slack', event: 'app_mention', config: {} };
  const own = { map: { source: "'forge'" }, verify: { scheme: 'none' } };
  await create({ name: 'own-names', preset: 'slack', ...own });
  expect((await admin.call('POST', '/event-hooks', { body: hook })).status).toBe(400);
  await create({ name: 'slack', preset: 'slack', verify: { secrets: [secret] } });
  expect((await admin.call('POST', '/event-hooks', { body: hook })).status).toBe(201);
  const { body } = await admin.call('GET', '/event-hooks/sources/slack');
  expect(body.data.app_mention.description).toContain('The app was mentioned');
  expect((await admin.call('DELETE', '/event-hooks/sources/slack/message')).status).toBe(204);
  await admin.call('PATCH', '/inbound/slack', { body: { tags: ['forge'] } });
  expect(Object.keys((await admin.call('GET', '/event-hooks/sources/slack')).body.data)).not.toContain('message');
});

test('a workspace has endpoints of its own, and is deleted with them', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'team-i' } });
  const created = await create({ name: 'github', preset: 'github', verify: { secrets: [secret] } }, '/team-i/inbound');
  expect(created.path).toBe('/team-i/in/github');
  expect((await push('/team-i/in/github', '{}', 'w-1')).status).toBe(202);
  expect((await admin.call('GET', '/team-i/events')).body.data).toHaveLength(1);
  await admin.call('PATCH', '/team-i/inbound/github', { body: { enabled: false } });
  expect((await push('/team-i/in/github', '{}', 'w-2')).status).toBe(404);
  expect((await admin.call('DELETE', '/workspaces/team-i')).status).toBe(204);
  expect((await push('/team-i/in/github', '{}', 'w-3')).status).toBe(404);
});

test('failed verifications of an address are limited, verified requests from there are not', async () => {
  await create({ name: 'flooded', preset: 'github', verify: { secrets: [secret] } });
  // The limit begins anew every 30 s, so that a slow machine may need more of them.
  const flood = () => Promise.all(Array.from({ length: 20 }, () => send('/in/flooded', '{}')));
  let statuses: number[] = [];
  for (let sent = 0; !statuses.includes(429) && sent < 50; sent += 1)
    statuses = (await flood()).map(({ status }) => status);
  expect(statuses).toContain(429);
  expect((await push('/in/flooded', '{"ref":"flooded"}', 'f-1')).status).toBe(202);
});
