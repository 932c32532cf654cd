import { setTimeout as sleep } from 'node:timers/promises';
import { newId, takeQuotas } from '@eventhooks/database';
import { waitFor } from '../../../tests/support/index.ts';
import { type Answer, createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;
let other: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  [admin, other] = await Promise.all([startTestAdmin(database), startTestAdmin(database)]);
});
afterAll(async () => {
  await Promise.all([admin?.stop(), other?.stop()]);
  await database?.drop();
});

const event = { source: 'crud', event: 'consumers', data: { n: 1 } };

async function createToken(rate_limit: unknown, path = '/tokens') {
  const { body } = await admin.call('POST', path, { body: { role: 'publisher', rate_limit } });
  return body as { id: string; token: string };
}

function publish(token: string, events: unknown = event, to = admin, path = '/events'): Promise<Answer> {
  return to.call('POST', path, { token, body: events });
}

async function countEvents(workspace: string): Promise<number> {
  const { rows } = await admin.context.database.pool.query<{ count: string }>(
    'SELECT count(*) FROM events WHERE workspace = $1',
    [workspace],
  );
  return Number(rows[0]?.count);
}

test('limits are given to tokens, workspaces and endpoints, printed as given, changed, lifted and recorded', async () => {
  const { id } = await createToken({ rate: 5, burst: 20 });
  expect((await admin.call('PATCH', `/tokens/${id}`, { body: { rate_limit: 7, name: 'shop' } })).body).toMatchObject({
    rate_limit: 7,
    name: 'shop',
  });
  const body = new URLSearchParams({ name: 'limited', 'rate_limit.rate': '5', 'rate_limit.burst': '9' });
  const created = await admin.call('POST', '/workspaces', { body });
  expect(created.body.rate_limit).toEqual({ rate: 5, burst: 9 });
  const lifted = await admin.call('PATCH', '/workspaces/limited', { body: { rate_limit: null } });
  expect(lifted.body.rate_limit).toBeNull();
  const endpoint = { name: 'hooks', preset: 'generic', verify: { secrets: ['s'] }, rate_limit: 50 };
  expect((await admin.call('POST', '/inbound', { body: endpoint })).body.rate_limit).toBe(50);
  const renamed = await admin.call('PATCH', '/inbound/hooks', { body: { tags: ['x'] } });
  expect(renamed.body.rate_limit).toBe(50);
  const audit = await admin.call('GET', `/audit?entity=tokens&entity_id=${id}`);
  expect(audit.body.data[0]).toMatchObject({ action: 'update', before: { name: null }, after: { rate_limit: 7 } });
  expect((await admin.call('PATCH', `/tokens/${newId()}`, { body: { rate_limit: 7 } })).status).toBe(404);
});

test('what is no limit is refused by its field', async () => {
  const refused = [0, 'many', 1.5, 100_001, { rate: 5, burst: 0 }, { burst: 5 }, { rate: 5, per: 'hour' }, [5]];
  for (const rate_limit of refused) {
    const { status, body } = await admin.call('POST', '/tokens', { body: { role: 'publisher', rate_limit } });
    expect([status, Object.keys(body.fields)]).toEqual([400, ['rate_limit']]);
  }
});

test('a token bound to a workspace cannot change how much that may publish', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'bound' } });
  const { body } = await admin.call('POST', '/bound/tokens', { body: { role: 'admin' } });
  const change = { token: body.token, body: { rate_limit: 100 } };
  expect((await admin.call('PATCH', '/bound/workspaces/bound', change)).status).toBe(403);
});

test('over its limit a token hears 429 and when to come again, and nothing is stored', async () => {
  const { token } = await createToken({ rate: 1, burst: 2 });
  const before = await countEvents('default');
  expect((await publish(token, Array(6).fill(event))).status).toBe(202);
  const refused = await publish(token, [event, event], other);
  expect(refused.status).toBe(429);
  expect(refused.body.message).toBe('The token may publish 1 events per second, and 2 at once');
  expect((await publish(token)).status).toBe(429);
  expect(await countEvents('default')).toBe(before + 6);
  expect(await admin.context.metrics.registry.metrics()).toContain('eventhooks_rate_limited_total{by="token"} 1');
  await sleep(Number(refused.headers.get('retry-after')) * 1_000);
  expect((await publish(token, [event, event], other)).status).toBe(202);
});

test('a request with more events than a burst passes after a rest, and those after it wait for it', async () => {
  const { token } = await createToken(5);
  expect((await publish(token, Array(50).fill(event))).status).toBe(202);
  const refused = await publish(token);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(7);
});

test('a limit that was raised holds at once, whatever the lower one left behind', async () => {
  const { id, token } = await createToken({ rate: 1, burst: 1 });
  expect((await publish(token, Array(100).fill(event))).status).toBe(202);
  expect((await publish(token)).status).toBe(429);
  const { body } = await admin.call('PATCH', `/tokens/${id}`, {
    body: { rate_limit: { rate: 10_000, burst: 10_000 } },
  });
  expect(body.rate_limit).toEqual({ rate: 10_000, burst: 10_000 });
  await waitFor(async () => (await publish(token)).status === 202, { timeoutMs: 10_000 });
});

test('a workspace limits all of its tokens together, and what it refuses costs the token nothing', async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'noisy', rate_limit: { rate: 1, burst: 4 } } });
  const [first, second] = [await createToken(100, '/noisy/tokens'), await createToken({ rate: 1, burst: 4 })];
  await other.context.catalogue.refresh();
  const publishTo = (token: string, count: number, to = admin) =>
    publish(token, Array(count).fill(event), to, '/noisy/events');
  expect((await publishTo(first.token, 30)).status).toBe(202);
  const refused = await publishTo(second.token, 4, other);
  expect([refused.status, refused.body.message]).toEqual([429, expect.stringContaining('The workspace may publish 1')]);
  expect((await publish(second.token, Array(4).fill(event))).status).toBe(202);
});

test('an inbound endpoint counts the events of a split request, of verified requests alone', async () => {
  const map = { source: "'limited'", event: "'item'", id: 'item', split: 'body' };
  const verify = { scheme: 'token', secrets: ['right'] };
  await admin.call('POST', '/inbound', { body: { name: 'split', verify, map, rate_limit: { rate: 1, burst: 5 } } });
  const send = async (items: string[], secret = 'right') => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
    const { url } = admin;
    const response = await fetch(`${url}/in/split`, { method: 'POST', headers, body: JSON.stringify(items) });
    await response.arrayBuffer();
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  };
  for (let count = 0; count < 10; count += 1) expect((await send(['x'], 'wrong')).status).toBe(401);
  const items = Array.from({ length: 30 }, (_, index) => `a${index}`);
  expect((await send(items)).status).toBe(202);
  expect(await send(['e', 'f', 'g', 'h'])).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^2\d$/) });
  const { body } = await admin.call('GET', '/inbound/split/rejections');
  expect(body.data[0]).toMatchObject({ status: 429, reason: expect.stringContaining('The endpoint may publish 1') });
  const { rows } = await admin.context.database.pool.query("SELECT 1 FROM events WHERE publisher_id = 'e'");
  expect(rows).toEqual([]);
  expect(await admin.context.metrics.registry.metrics()).toContain('{endpoint="split",result="limited"} 1');
});

test('over two admins a limit is kept within a tenth', async () => {
  // The burst is ten seconds' worth, so that a slow machine loses nothing of it.
  const [perSecond, burst, perRequest] = [100, 1_000, 50];
  const { token } = await createToken({ rate: perSecond, burst });
  const batch = Array(perRequest).fill(event);
  let passed = 0;
  const send = async (to: TestAdmin): Promise<boolean> => {
    const { status } = await publish(token, batch, to);
    if (status === 202) passed += perRequest;
    return status === 202;
  };
  const begunAt = performance.now();
  await send(admin);
  const madeAt = performance.now();
  let refusedAt = 0;
  const flood = async (to: TestAdmin): Promise<void> => {
    while (refusedAt < madeAt + 4_000) {
      const sentAt = performance.now();
      if (!(await send(to))) {
        refusedAt = Math.max(refusedAt, sentAt);
        await sleep(20);
      }
    }
  };
  await Promise.all([admin, other, admin, other].map(flood));
  const within = (fromMs: number, untilMs: number) => burst + (perSecond * (untilMs - fromMs)) / 1_000;
  expect(passed).toBeGreaterThan(within(madeAt, refusedAt) * 0.9);
  expect(passed).toBeLessThan(within(begunAt, performance.now()) * 1.1);
});

test('when PostgreSQL cannot say, requests pass: whether events can be taken is for the commit to say', async () => {
  const { token } = await createToken(1);
  const { pool } = admin.context.database;
  await pool.query('ALTER FUNCTION take_quotas RENAME TO take_quotas_away');
  try {
    expect((await publish(token)).status).toBe(202);
    expect((await publish(token)).status).toBe(202);
  } finally {
    await pool.query('ALTER FUNCTION take_quotas_away RENAME TO take_quotas');
  }
});

test('quotas at rest are forgotten, and requests of one statement follow each other', async () => {
  const { pool } = admin.context.database;
  const [a, b] = [newId(), newId()].map((id) => ({ id, rate: 10, burst: 2 }));
  if (a === undefined || b === undefined) throw new Error('two quotas');
  await pool.query(`INSERT INTO publish_quotas VALUES (gen_random_uuid(), 0)`);
  const refusals = await takeQuotas(pool, [
    { quotas: [b, a], events: 2 },
    { quotas: [a], events: 1 },
    { quotas: [b], events: 1 },
  ]);
  expect(refusals).toEqual([
    null,
    { waitMs: expect.closeTo(100, -2), by: a },
    { waitMs: expect.closeTo(100, -2), by: b },
  ]);
  expect((await pool.query('SELECT 1 FROM publish_quotas WHERE full_at = 0')).rows).toEqual([]);
});
