import { randomUUID } from 'node:crypto';
import { type DeliveryRecord, deliveryIdOf, newId, recordDeliveries } from '@eventhooks/database';
import { createTestDatabase, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

/** A delivery as a worker would have recorded it, an hour before it is due. Returns its id. */
async function makeDelivery(status: string, hook = randomUUID()): Promise<string> {
  const { rows } = await admin.context.database.pool.query<{ id: string }>(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, next_attempt_at)
     SELECT id, id, $1, 'default', 'crud', 'consumers', $2, CASE WHEN $2 = 'waiting' THEN now() + interval '1 hour' END
     FROM (SELECT uuidv7() AS id) AS made RETURNING id`,
    [hook, status],
  );
  return rows[0]?.id ?? '';
}

/** An exhausted delivery with its attempt, as a worker records it. */
function recordOf(workspace: string, answer: string): DeliveryRecord {
  const [eventId, hookId] = [newId(), randomUUID()];
  const failure = { ok: false, errorCode: 'http_5xx', errorMessage: answer === 'open' ? 'a fault' : 'no ROOM' };
  const response = JSON.stringify({ status: 503, headers: {}, body: answer });
  return {
    ...{ id: deliveryIdOf(eventId, hookId), eventId, hookId, workspace, source: 'crud', event: 'consumers' },
    ...{
      status: 'exhausted',
      reason: null,
      errorCode: 'http_5xx',
      responseStatus: 503,
      attemptCount: 1,
      scheduleStep: 1,
    },
    ...{ suppressedCount: null, suppressedUntil: null, laneKey: null, nextAttemptInMs: null },
    attempt: { number: 1, startedAtMs: Date.now(), durationMs: 3, ...failure, request: '{"method":"POST"}', response },
  };
}

test('a waiting delivery is cancelled once, the audit log says by whom, and a retry brings it back', async () => {
  const id = await makeDelivery('waiting');
  const cancelled = await admin.call('POST', `/deliveries/${id}/cancel`);
  expect([cancelled.status, cancelled.body]).toMatchObject([
    200,
    { id, status: 'cancelled', reason: 'manual_cancel', next_attempt_at: null },
  ]);
  const again = await admin.call('POST', `/deliveries/${id}/cancel`);
  expect([again.status, again.body]).toEqual([409, { message: 'The delivery has ended: it is cancelled' }]);
  const { body: audit } = await admin.call('GET', '/audit?entity=deliveries');
  expect(audit.data[0]).toMatchObject({ entity_id: id, after: { status: 'cancelled', reason: 'manual_cancel' } });
  expect((await admin.call('POST', `/deliveries/${id}/retry`)).body).toMatchObject({ status: 'waiting' });
});

test('deliveries that ended are not cancelled, and those of others are not there', async () => {
  for (const status of ['succeeded', 'exhausted', 'suppressed']) {
    const id = await makeDelivery(status);
    const answer = await admin.call('POST', `/deliveries/${id}/cancel`);
    expect([answer.status, answer.body.message]).toEqual([409, `The delivery has ended: it is ${status}`]);
  }
  const waiting = await makeDelivery('waiting');
  await admin.call('POST', '/workspaces', { body: { name: 'other' } });
  expect((await admin.call('POST', `/other/deliveries/${waiting}/cancel`)).status).toBe(404);
  expect((await admin.call('POST', `/deliveries/${randomUUID()}/cancel`)).status).toBe(404);
  expect((await admin.call('GET', `/deliveries/${waiting}`)).body.status).toBe('waiting');
});

test('a browser at the root is sent to the dashboard, a script gets the 404 of the API', async () => {
  const ask = (accept: string, path = '/') => fetch(admin.url + path, { headers: { accept }, redirect: 'manual' });
  const browser = await ask('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
  expect([browser.status, browser.headers.get('location')]).toEqual([302, '/dashboard']);
  expect(await Promise.all(['*/*', 'application/json'].map(async (accept) => (await ask(accept)).status))).toEqual([
    404, 404,
  ]);
});

test('the system shows the days that have rows, and not those that are only prepared', async () => {
  await makeDelivery('succeeded');
  const capacity = await admin.call('GET', '/system/capacity');
  expect(capacity.status).toBe(200);
  expect(capacity.body.data.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['rate', 'partitions', 'transaction_ids']),
  );
  const { body } = await admin.call('GET', '/system');
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  const days = body.postgresql.days.map(({ day }: { day: string }) => day);
  expect(days.length).toBeGreaterThan(0);
  // Midnight may pass while this runs.
  expect([today, yesterday]).toEqual(expect.arrayContaining(days));
});

test('a mistyped method is refused with the one that was meant', async () => {
  const config = { url: 'https://example.com/', method: 'PSOT' };
  const hook = { source: 'crud', handler: 'webhook-custom', config };
  const refused = await admin.call('POST', '/event-hooks', { body: hook });
  expect([refused.status, refused.body.fields]).toEqual([
    400,
    { config: { method: "unknown method 'PSOT', did you mean 'POST'?" } },
  ]);
  const taken = await admin.call('POST', '/event-hooks', { body: { ...hook, config: { ...config, method: 'PURGE' } } });
  expect(taken.status).toBe(201);
});

describe('a search', () => {
  const hook = randomUUID();
  const eventIds: string[] = [];

  /** Six thousand deliveries and events, of which a few have something of their own. */
  beforeAll(async () => {
    const { pool } = admin.context.database;
    await admin.call('POST', '/workspaces', { body: { name: 'searched' } });
    const { body } = await admin.call('POST', '/searched/event-hooks', {
      body: {
        source: 'crud',
        handler: 'webhook',
        name: 'Billing Ledger',
        config: { url: 'https://ledger.example/in' },
      },
    });
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO events (id, workspace, source, event, data)
       SELECT uuidv7(), 'searched', 'crud', CASE WHEN n % 2 = 0 THEN 'routes' ELSE 'consumers' END,
         CASE n WHEN 7 THEN '{"entity":{"username":"Grace \\"H\\" 100%","n":7615917337495251231,"roles":["a","b"]}}'
           WHEN 4000 THEN '{"entity":{"username":"grace_hopper"}}' ELSE '{"entity":{"username":"ada","n":1}}' END
       FROM generate_series(1, 6000) AS n RETURNING id`,
    );
    eventIds.push(...rows.map(({ id }) => id));
    await pool.query(
      `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status)
       SELECT id, id, CASE WHEN id = $3 THEN $2::uuid ELSE $1::uuid END, 'searched', source, event, 'succeeded'
       FROM events WHERE workspace = 'searched' AND event <> 'event_hooks'`,
      [hook, body.id, eventIds[5_989]],
    );
    await pool.query(
      `INSERT INTO attempts (delivery_id, number, started_at, duration_ms, ok, response)
       VALUES ($1, 1, now(), 1, false, '{"status":500,"body":"the ledger is \\"locked\\""}')`,
      [eventIds[99]],
    );
    await pool.query(`INSERT INTO publisher_ids VALUES ('searched', 'crud', 'order-42', $1)`, [eventIds[41]]);
  }, 60_000);

  /** All pages of a search. */
  async function find(path: string): Promise<string[]> {
    const ids: string[] = [];
    for (let next: string | null = path; next !== null; ) {
      const { status, body } = await admin.call('GET', next);
      expect(status).toBe(200);
      ids.push(...body.data.map(({ id }: { id: string }) => id));
      next = body.next;
    }
    return ids;
  }
  const found = (query: string) => find(`/searched/deliveries?${query}`);

  test('finds a delivery by its id, its event, its hook, and the id that its publisher gave', async () => {
    const [id = ''] = eventIds.slice(41);
    for (const q of [id, id.toUpperCase(), 'order-42']) expect([q, await found(`q=${q}`)]).toEqual([q, [id]]);
    expect(await find('/searched/events?q=order-42')).toEqual([id]);
    expect(await found(`q=${hook}&size=1000`)).toHaveLength(5_999);
    expect(await find(`/deliveries?q=${id}`)).toEqual([]);
  });

  test("finds words in the event's data, the response, and the hook's name and URL", async () => {
    expect(await found('q=GRACE')).toEqual([eventIds[3_999], eventIds[6]]);
    expect(await found('q=grace+100%25')).toEqual([eventIds[6]]);
    expect(await found('q=grace_')).toEqual([eventIds[3_999]]);
    expect(await found(`q=${encodeURIComponent('"H"')}`)).toEqual([eventIds[6]]);
    expect(await found(`q=${encodeURIComponent('"locked"')}`)).toEqual([eventIds[99]]);
    expect(await found('q=billing+LEDGER')).toEqual([eventIds[5_989]]);
    expect(await found('q=ledger.example')).toEqual([eventIds[5_989]]);
    expect(await found('q=grace&event=routes')).toEqual([eventIds[3_999]]);
    expect(await find('/searched/events?q=grace')).toEqual([eventIds[3_999], eventIds[6]]);
  });

  test('finds words in responses and errors that were recorded together, case aside, on every page of the search', async () => {
    await admin.call('POST', '/workspaces', { body: { name: 'paged' } });
    const made = Array.from({ length: 12 }, (_, index) =>
      recordOf('paged', index % 4 === 0 ? 'Café "closed"' : 'open'),
    );
    for (const third of [0, 4, 8]) await recordDeliveries(admin.context.database.pool, made.slice(third, third + 4));
    const ids = made.filter((_, index) => index % 4 === 0).map(({ id }) => id);
    for (const q of ['"CLOSED" café', 'no room'])
      expect((await find(`/paged/deliveries?size=2&q=${encodeURIComponent(q)}`)).sort()).toEqual(ids.sort());
    expect(await find('/paged/deliveries?q=shut')).toEqual([]);
    const { body } = await admin.call('GET', `/paged/deliveries/${ids[0]}`);
    expect(body.attempts).toMatchObject([{ number: 1, response: { status: 503, body: 'Café "closed"' } }]);
  });

  test("finds a value at a path in the event's data", async () => {
    expect(await found('data=entity.username%3Dgrace_hopper')).toEqual([eventIds[3_999]]);
    expect(await found('data=entity.n%3D7615917337495251231')).toEqual([eventIds[6]]);
    expect(await found('data=entity.roles.1%3Db')).toEqual([eventIds[6]]);
    expect(await found('data=entity.roles%3Db')).toEqual([]);
    expect(await find('/searched/events?data=entity.roles.0%3Da')).toEqual([eventIds[6]]);
    expect((await admin.call('GET', '/deliveries?data=nothing')).status).toBe(400);
  });

  test('gives full pages where much fits, and misses and repeats nothing between them', async () => {
    const ids = await found('q=ada&size=700');
    expect(ids).toHaveLength(5_998);
    const others = eventIds.filter((_, index) => index !== 6 && index !== 3_999);
    expect(ids).toEqual(others.sort().reverse());
  });
});

describe('in bulk', () => {
  /** Deliveries of a hook of their own, so that other tests' are not counted. */
  async function makeDeliveries(status: string, count: number): Promise<string> {
    const hook = randomUUID();
    await admin.context.database.pool.query(
      `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, next_attempt_at)
       SELECT id, id, $1, 'default', 'crud', 'consumers', $2, CASE WHEN $2 = 'waiting' THEN now() + interval '1 hour' END
       FROM (SELECT uuidv7() AS id FROM generate_series(1, $3)) AS made`,
      [hook, status, count],
    );
    return hook;
  }
  const countOf = async (query: string) => (await admin.call('GET', `/deliveries/count?${query}`)).body;

  test('all that a filter lets through are retried step by step, and counted before', async () => {
    const hook = await makeDeliveries('exhausted', 1_100);
    expect(await countOf(`hook=${hook}&status=exhausted`)).toEqual({ count: 1_100, is_exact: true });
    const done: number[] = [];
    for (let offset: string | null = null, isFirst = true; isFirst || offset !== null; isFirst = false) {
      const { status, body } = await admin.call('POST', '/deliveries/bulk', {
        body: { action: 'retry', filter: { hook, status: 'exhausted' }, offset },
      });
      expect(status).toBe(200);
      done.push(body.done);
      offset = body.offset;
    }
    expect(done).toEqual([500, 500, 100]);
    expect(await countOf(`hook=${hook}&status=waiting`)).toEqual({ count: 1_100, is_exact: true });
    const { body: audit } = await admin.call('GET', '/audit?entity=deliveries&size=1');
    expect(audit.data[0].after).toMatchObject({ action: 'retry', count: 100, filter: { hook } });
  });

  test('a retry by filter names what it changed, so that it alone is taken back', async () => {
    const hook = await makeDeliveries('exhausted', 3);
    // Its retry passes over what waits already, and so does taking it back.
    await admin.context.database.pool.query(
      `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, next_attempt_at)
       SELECT id, id, $1, 'default', 'crud', 'consumers', 'waiting', 'paused', 'infinity' FROM (SELECT uuidv7() AS id) AS made`,
      [hook],
    );
    const { body } = await admin.call('POST', '/deliveries/bulk', { body: { action: 'retry', filter: { hook } } });
    expect(body).toMatchObject({ done: 3, looked_at: 4 });
    const back = await admin.call('POST', '/deliveries/bulk', { body: { action: 'cancel', ids: body.ids } });
    expect(back.body).toMatchObject({ done: 3, looked_at: 3 });
    expect(await countOf(`hook=${hook}&status=waiting`)).toMatchObject({ count: 1 });
  });

  test('named ones are cancelled, those that ended and those of others are passed over', async () => {
    const waiting = await makeDeliveries('waiting', 3);
    const ended = await makeDeliveries('succeeded', 2);
    const idsOf = async (hook: string): Promise<string[]> =>
      (await admin.call('GET', `/deliveries?hook=${hook}`)).body.data.map(({ id }: { id: string }) => id);
    const ids = [...(await idsOf(waiting)), ...(await idsOf(ended))];
    const elsewhere = await admin.call('POST', '/other/deliveries/bulk', { body: { action: 'cancel', ids } });
    expect(elsewhere.body).toEqual({ done: 0, ids: [], looked_at: 5, offset: null });
    const { body } = await admin.call('POST', '/deliveries/bulk', { body: { action: 'cancel', ids } });
    expect({ ...body, ids: body.ids.sort() }).toEqual({
      done: 3,
      ids: (await idsOf(waiting)).sort(),
      looked_at: 5,
      offset: null,
    });
    expect(await countOf(`hook=${waiting}&status=cancelled`)).toMatchObject({ count: 3 });
    expect(await countOf(`hook=${ended}&status=succeeded`)).toMatchObject({ count: 2 });
    for (const body of [{ action: 'cancel' }, { action: 'forget', ids }, { action: 'retry', ids: [] }]) {
      expect((await admin.call('POST', '/deliveries/bulk', { body })).status).toBe(400);
    }
  });
});
