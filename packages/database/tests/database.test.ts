import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { createTestDatabase, type TestDatabase, waitFor } from '../../../tests/support/index.ts';
import {
  claimDispatchBatches,
  commitEvents,
  connectDatabase,
  type Database,
  type DeliveryRecord,
  deliveryIdOf,
  dropExpiredPartitions,
  ensurePartitions,
  findRecorded,
  firstIdAt,
  migrateToLatest,
  type NewEvent,
  newId,
  recordDeliveries,
  takeDueBatches,
  timeOfId,
} from '../src/index.ts';

const dayMs = 86_400_000;
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

function newEvent(over: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newId(),
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    data: '{}',
    publisherId: null,
    ...over,
  };
}

const claim = async (id: string, leaseMs = 60_000) => (await claimDispatchBatches(database.pool, [id], leaseMs))[0];

function recordOf(eventId: string, over: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const hookId = randomUUID();
  return {
    id: deliveryIdOf(eventId, hookId),
    eventId,
    hookId,
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    status: 'waiting',
    reason: null,
    errorCode: null,
    responseStatus: null,
    attemptCount: 0,
    scheduleStep: 0,
    suppressedCount: null,
    suppressedUntil: null,
    laneKey: null,
    nextAttemptInMs: null,
    attempt: null,
    ...over,
  };
}

async function statusOf(id: string): Promise<string | undefined> {
  return (await database.pool.query('SELECT status FROM deliveries WHERE id = $1', [id])).rows[0]?.status;
}

test('many processes may migrate an empty database at once, and again', async () => {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client(testDatabase.url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(testDatabase.url);
  url.pathname = `/${name}`;
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrateToLatest(url.href, {})));
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  expect(await migrateToLatest(url.href, {})).toEqual([]);
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
});

test("a delivery's id is one for its event and hook, and of its event's time", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (hook, otherHook) => {
      const event = newId();
      const id = deliveryIdOf(event, hook);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(id).toBe(deliveryIdOf(event, hook));
      expect(timeOfId(id)).toBe(timeOfId(event));
      expect(id === deliveryIdOf(event, otherHook)).toBe(hook === otherHook);
      expect(firstIdAt(timeOfId(event)) <= event).toBe(true);
    }),
  );
});

test('partitions are made ahead, dropped when past, and kept while a delivery in them waits', async () => {
  const past = Date.now() - 20 * dayMs;
  await Promise.all([ensurePartitions(database.pool, past), ensurePartitions(database.pool, past)]);
  const oldEvent = `${firstIdAt(past).slice(0, 13)}-7000-8000-000000000000`;
  await recordDeliveries(database.pool, [recordOf(oldEvent, { nextAttemptInMs: 60_000 })]);
  const dropped = await dropExpiredPartitions(database.pool, Date.now() - 7 * dayMs);
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
  expect(dropped).toContain(dayOf(past - dayMs));
  expect(dropped).not.toContain(dayOf(past));
  await database.pool.query(`UPDATE deliveries SET status = 'exhausted', next_attempt_at = NULL`);
  expect(await dropExpiredPartitions(database.pool, Date.now() - 7 * dayMs)).toEqual([dayOf(past)]);
  // Today's and next week's are there.
  await commitEvents(database.pool, [newEvent()]);
  await commitEvents(database.pool, [
    newEvent({ id: `${firstIdAt(Date.now() + 6 * dayMs).slice(0, 13)}-7000-8000-000000000000` }),
  ]);
});

test('events of a batch that waits are kept, also when the batch was made a moment later, on the next day', async () => {
  const day = Math.floor(Date.now() / dayMs - 20) * dayMs;
  await ensurePartitions(database.pool, day);
  const event = newEvent({ id: `${firstIdAt(day + dayMs - 1).slice(0, 13)}-7000-8000-000000000000` });
  const batchId = `${firstIdAt(day + dayMs + 1).slice(0, 13)}-7000-8000-000000000000`;
  await commitEvents(database.pool, [event]);
  await database.pool.query('UPDATE dispatch_batches SET id = $1', [batchId]);
  await dropExpiredPartitions(database.pool, Date.now() - 7 * dayMs);
  expect((await claim(batchId, 0))?.events).toHaveLength(1);
  await recordDeliveries(database.pool, [], { batchIds: [batchId] });
  await dropExpiredPartitions(database.pool, Date.now() - 7 * dayMs);
  expect((await database.pool.query('SELECT FROM events')).rowCount).toBe(0);
});

test('a batch whose events are gone comes to its end', async () => {
  const { batchId } = await commitEvents(database.pool, [newEvent()]);
  await database.pool.query('DELETE FROM events');
  expect(await claim(batchId ?? '')).toMatchObject({ run: 1, events: [] });
});

test('dropping a partition gives up behind a long query, so that nobody waits for it, and is done when there is none', async () => {
  const past = Date.now() - 20 * dayMs;
  await ensurePartitions(database.pool, past);
  const reader = await database.pool.connect();
  await reader.query('BEGIN');
  await reader.query('SELECT count(*) FROM events');
  const cutoffMs = Date.now() - 7 * dayMs;
  const dropping = dropExpiredPartitions(database.pool, cutoffMs);
  const failure = expect(dropping).rejects.toThrow('lock timeout');
  await commitEvents(database.pool, [newEvent()]);
  await failure;
  await reader.query('COMMIT');
  reader.release();
  expect((await dropExpiredPartitions(database.pool, cutoffMs)).length).toBeGreaterThan(0);
});

test('a delivery that is retried by hand while its day is being dropped keeps the day', async () => {
  const past = Date.now() - 20 * dayMs;
  await ensurePartitions(database.pool, past);
  const record = recordOf(`${firstIdAt(past).slice(0, 13)}-7000-8000-000000000000`, { status: 'exhausted' });
  await recordDeliveries(database.pool, [record]);
  const retrying = await database.pool.connect();
  await retrying.query('BEGIN');
  await retrying.query(`UPDATE deliveries SET status = 'waiting', next_attempt_at = now() WHERE id = $1`, [record.id]);
  // Sees no waiting delivery yet, and then waits for the one who makes it.
  const dropping = dropExpiredPartitions(database.pool, Date.now() - 7 * dayMs);
  await waitFor(async () => {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return (await database.pool.query(waiting)).rowCount === 1;
  });
  await retrying.query('COMMIT');
  retrying.release();
  await dropping;
  expect(await statusOf(record.id)).toBe('waiting');
});

test('a batch belongs to one worker until its lease ends, then to the next, with its run counted', async () => {
  const events = [newEvent(), newEvent(), newEvent()];
  const { batchId } = await commitEvents(database.pool, events);
  const id = batchId ?? '';
  const claims = await Promise.all(Array.from({ length: 4 }, () => claim(id)));
  const held = claims.filter((claimed) => claimed !== undefined);
  expect(held).toMatchObject([{ run: 1 }]);
  expect(held[0]?.events.map((event) => event.id)).toEqual(events.map((event) => event.id));
  expect(await takeDueBatches(database.pool, 10, 0)).toEqual([]);
  await database.pool.query('UPDATE dispatch_batches SET claimed_until = now(), due_at = now()');
  expect(await takeDueBatches(database.pool, 10, 60_000)).toEqual([{ id, events: 3 }]);
  expect(await takeDueBatches(database.pool, 10, 60_000)).toEqual([]);
  expect(await claim(id)).toMatchObject({ run: 2 });
  await recordDeliveries(database.pool, [], { batchIds: [id] });
  expect(await claim(id)).toBeUndefined();
});

test('a record never goes back: what succeeded stays so, and a later attempt wins over a lease', async () => {
  const event = newEvent();
  const lease = recordOf(event.id, { nextAttemptInMs: 30_000, reason: 'in_flight' });
  const attempt = {
    number: 1,
    startedAtMs: Date.now(),
    durationMs: 5.4,
    ok: true,
    errorCode: null,
    errorMessage: null,
    request: '{}',
    response: null,
  };
  const success: DeliveryRecord = {
    ...lease,
    status: 'succeeded',
    reason: null,
    attemptCount: 1,
    laneKey: null,
    nextAttemptInMs: null,
    attempt,
  };
  await recordDeliveries(database.pool, [success]);
  await recordDeliveries(database.pool, [lease]);
  expect(await statusOf(success.id)).toBe('succeeded');
  const other = recordOf(event.id, { nextAttemptInMs: 30_000 });
  await recordDeliveries(database.pool, [other]);
  await recordDeliveries(database.pool, [{ ...other, status: 'exhausted', attemptCount: 1, nextAttemptInMs: null }]);
  expect(await statusOf(other.id)).toBe('exhausted');
  const unknown = randomUUID();
  expect(await findRecorded(database.pool, [other.id, unknown])).toEqual(new Set([other.id]));
});

test('F53 a lease that is recorded late does not hold up a delivery that waits for another reason', async () => {
  const read = async (id: string) => {
    const query = 'SELECT reason, next_attempt_at <= now() AS is_due FROM deliveries WHERE id = $1';
    return (await database.pool.query(query, [id])).rows[0];
  };
  for (const reason of ['no_slot', 'breaker_open', 'rate_limited', 'paused'] as const) {
    const putOff = recordOf(newEvent().id, { reason, nextAttemptInMs: 0 });
    await recordDeliveries(database.pool, [putOff]);
    await recordDeliveries(database.pool, [{ ...putOff, reason: 'in_flight', nextAttemptInMs: 30_000 }]);
    expect(await read(putOff.id)).toEqual({ reason, is_due: true });
  }
  // A worker that stops gives its own leases back.
  const lease = recordOf(newEvent().id, { reason: 'in_flight', nextAttemptInMs: 30_000 });
  await recordDeliveries(database.pool, [lease]);
  expect(await read(lease.id)).toEqual({ reason: 'in_flight', is_due: false });
  await recordDeliveries(database.pool, [{ ...lease, nextAttemptInMs: 0 }]);
  expect(await read(lease.id)).toEqual({ reason: 'in_flight', is_due: true });
});

test("events with a publisher's id known already are told as duplicates, and make no batch of their own", async () => {
  const first = newEvent({ publisherId: 'a' });
  expect(await commitEvents(database.pool, [first])).toMatchObject({ receipts: [{ id: first.id, duplicate: false }] });
  const again = await commitEvents(database.pool, [newEvent({ publisherId: 'a' })]);
  expect(again).toEqual({ batchId: null, receipts: [{ id: first.id, duplicate: true }] });
  const elsewhere = newEvent({ publisherId: 'a', source: 'other' });
  const mixed = await commitEvents(database.pool, [newEvent({ publisherId: 'a' }), elsewhere, newEvent()]);
  expect(mixed.receipts.map(({ duplicate }) => duplicate)).toEqual([true, false, false]);
});

function urlWith(...settings: readonly string[]): string {
  const options = settings.map((setting) => `-c ${setting}`).join(' ');
  return Object.assign(new URL(testDatabase.directUrl), { search: `?options=${encodeURIComponent(options)}` }).href;
}

test('settings of a role or a URL change neither the times that are read nor how statements see those of others', async () => {
  const settings = ['datestyle=SQL,DMY', 'timezone=Pacific/Auckland', 'default_transaction_isolation=serializable'];
  const errors: string[] = [];
  const other = connectDatabase(urlWith(...settings, 'idle_session_timeout=300'), {
    maxConnections: 1,
    onError: ({ message }) => void errors.push(message),
  });
  const text = `SELECT timestamptz '2026-01-31T12:00:00.5Z' AS at, current_setting('transaction_isolation') AS isolation`;
  const read = async () => (await other.pool.query(text)).rows;
  const expected = [{ at: new Date('2026-01-31T12:00:00.5Z'), isolation: 'read committed' }];
  expect(await read()).toEqual(expected);
  const idleUntil = Date.now() + 1_000;
  await waitFor(() => Date.now() > idleUntil);
  expect(await read()).toEqual(expected);
  expect(errors).toEqual([]);
  await other.close();
});

test('a migration is refused by a database that takes no writes or cannot hold all text, in one line that says so', async () => {
  await expect(migrateToLatest(urlWith('default_transaction_read_only=on'), {})).rejects.toThrow(
    /^DATABASE_URL: the server takes no writes/,
  );
  const name = `latin_${randomUUID().replaceAll('-', '')}`;
  await database.pool.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
  const latin = Object.assign(new URL(testDatabase.url), { pathname: name }).href;
  await expect(migrateToLatest(latin, {})).rejects.toThrow(/^DATABASE_URL: the database's encoding is LATIN1/);
  await database.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
});
