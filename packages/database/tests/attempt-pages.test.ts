import { randomUUID } from 'node:crypto';
import { Migrator } from 'kysely/migration';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import {
  cancelDelivery,
  connectDatabase,
  type Database,
  type DeliveryRecord,
  deliveryIdOf,
  dropExpiredPartitions,
  ensurePartitions,
  findAttemptsOf,
  findDelivery,
  findLastDurations,
  firstIdAt,
  listDeliveries,
  migrateToLatest,
  newId,
  recordDeliveries,
} from '../src/index.ts';
import { migrations } from '../src/migrate.ts';

const dayMs = 86_400_000;
let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connectDatabase(testDatabase.url);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
afterEach(async () => {
  await database.pool.query('TRUNCATE deliveries, attempts, attempt_pages');
});

interface Outcome {
  ok?: boolean;
  number?: number;
  startedAtMs?: number;
}

const started = Date.UTC(2026, 10, 26, 5, 0, 0, 123);

function recordOf(
  eventId: string,
  { ok = true, number = 1, startedAtMs = started + number }: Outcome = {},
): DeliveryRecord {
  const hookId = '019a0000-0000-7000-8000-000000000001';
  return {
    id: deliveryIdOf(eventId, hookId),
    eventId,
    hookId,
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    status: ok ? 'succeeded' : 'waiting',
    reason: ok ? null : 'retry',
    errorCode: ok ? null : 'http_5xx',
    responseStatus: ok ? 200 : 500,
    attemptCount: number,
    scheduleStep: 0,
    suppressedCount: null,
    suppressedUntil: null,
    laneKey: null,
    nextAttemptInMs: ok ? null : 60_000,
    attempt: {
      number,
      startedAtMs,
      durationMs: 10 * number + 0.4,
      ok,
      errorCode: ok ? null : 'http_5xx',
      errorMessage: ok ? null : 'the answer was 500\nno more',
      request: `{"method":"POST","headers":{"webhook-id":"${eventId}"},"body":"{\\"n\\":7615917337495251231}"}`,
      response: ok ? '{"status":200,"body":"ø"}' : null,
    },
  };
}

const eventsOf = (count: number, atMs = Date.now()) =>
  Array.from({ length: count }, () => firstIdAt(atMs).slice(0, 13) + newId().slice(13));

async function count(table: 'attempts' | 'attempt_pages'): Promise<number> {
  return (await database.pool.query(`SELECT FROM ${table}`)).rowCount ?? 0;
}

async function attemptsOf(id: string) {
  return (await findDelivery(database.pool, 'default', id))?.attempts;
}

test('attempts that are recorded together are one row, and are read as those that are recorded alone', async () => {
  const records = eventsOf(60).map((id, index) => recordOf(id, { ok: index % 3 !== 0 }));
  await recordDeliveries(database.pool, records);
  expect([await count('attempts'), await count('attempt_pages')]).toEqual([0, 1]);
  const together = await Promise.all(records.map(({ id }) => findDelivery(database.pool, 'default', id)));
  await database.pool.query('TRUNCATE deliveries, attempts, attempt_pages');
  for (const record of records) await recordDeliveries(database.pool, [record]);
  expect([await count('attempts'), await count('attempt_pages')]).toEqual([60, 0]);
  const alone = await Promise.all(records.map(({ id }) => findDelivery(database.pool, 'default', id)));
  const untimed = (of: typeof alone) =>
    of.map((delivery) => ({ ...delivery, updated_at: null, next_attempt_at: null }));
  expect(untimed(together)).toEqual(untimed(alone));
  expect(together[0]?.attempts).toMatchObject([
    { number: 1, error_message: 'the answer was 500\nno more', duration_ms: 10 },
  ]);
});

test('a delivery has attempts in several pages and rows, which are read in order, and lists have the duration of the last', async () => {
  const events = eventsOf(5);
  for (const number of [1, 2])
    await recordDeliveries(
      database.pool,
      events.map((id) => recordOf(id, { ok: false, number })),
    );
  const [first] = events.map((id) => recordOf(id, { number: 3 }));
  if (first) await recordDeliveries(database.pool, [first]);
  expect([await count('attempts'), await count('attempt_pages')]).toEqual([1, 2]);
  expect((await attemptsOf(first?.id ?? ''))?.map(({ number, ok }) => [number, ok])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  const listed = await listDeliveries(database.pool, { workspace: 'default' }, 10);
  const durations = await findLastDurations(database.pool, listed);
  expect(listed.map(({ id }) => durations.get(id)).sort()).toEqual([20, 20, 20, 20, 30]);
});

test('a write that is repeated adds nothing', async () => {
  const records = eventsOf(5).map((id, index) => recordOf(id, { ok: index > 2 }));
  for (let time = 0; time < 3; time += 1) await recordDeliveries(database.pool, records);
  expect([await count('attempts'), await count('attempt_pages')]).toEqual([0, 1]);
  for (const { id } of records) expect(await attemptsOf(id)).toHaveLength(1);
});

test('an attempt is kept whose delivery was cancelled meanwhile, and of two under one number the one that began first', async () => {
  const events = eventsOf(5);
  const leases = events.map((id) => ({
    ...recordOf(id, { ok: false, number: 0 }),
    reason: 'in_flight',
    attempt: null,
  }));
  await recordDeliveries(database.pool, leases);
  const [cancelled = '', twice = ''] = leases.map(({ id }) => id);
  await cancelDelivery(database.kysely, 'default', cancelled);
  await recordDeliveries(
    database.pool,
    events.map((id) => recordOf(id)),
  );
  expect(await findDelivery(database.pool, 'default', cancelled)).toMatchObject({
    status: 'cancelled',
    attempts: [{ number: 1, ok: true }],
  });
  // The other worker began before, and recorded later.
  await recordDeliveries(
    database.pool,
    events.map((id) => recordOf(id, { startedAtMs: started - 5_000 })),
  );
  expect(await attemptsOf(twice)).toMatchObject([{ number: 1, started_at: new Date(started - 5_000) }]);
});

test('where failures alone are kept, a success is shown without request and response', async () => {
  const events = eventsOf(6);
  const records = events.map((id, index) => recordOf(id, { ok: index > 0 }));
  await recordDeliveries(database.pool, records, { keep: 'failures' });
  await recordDeliveries(database.pool, [recordOf(events[0] ?? '', { number: 2 })], { keep: 'failures' });
  expect([await count('attempts'), await count('attempt_pages')]).toEqual([1, 0]);
  const [failed, succeeded] = await Promise.all(
    records.slice(0, 2).map(({ id }) => findDelivery(database.pool, 'default', id)),
  );
  expect(failed).toMatchObject({
    status: 'succeeded',
    attempt_count: 2,
    attempts: [
      { number: 1, ok: false },
      { number: 2, ok: true },
    ],
  });
  const shown = { number: 1, ok: true, duration_ms: 10, started_at: expect.any(Date), request: null, response: null };
  expect(succeeded).toMatchObject({ status: 'succeeded', response_status: 200, attempt_count: 1, attempts: [shown] });
});

test('a page belongs to the day of its deliveries, and goes with them', async () => {
  const midnight = Math.floor(Date.now() / dayMs - 20) * dayMs;
  await ensurePartitions(database.pool, midnight);
  const events = [...eventsOf(4, midnight - 1), ...eventsOf(4, midnight)];
  await recordDeliveries(
    database.pool,
    events.map((id) => recordOf(id)),
  );
  expect(await count('attempt_pages')).toBe(2);
  await dropExpiredPartitions(database.pool, midnight);
  expect(await count('attempt_pages')).toBe(1);
  const [left] = events.slice(4).map((id) => recordOf(id));
  expect(await attemptsOf(left?.id ?? '')).toHaveLength(1);
  await dropExpiredPartitions(database.pool, Date.now() - 7 * dayMs);
  expect(await count('attempt_pages')).toBe(0);
});

describe('an installation of the release before', () => {
  const name = `before_${randomUUID().replaceAll('-', '')}`;
  let url: URL;
  let before: Database;

  beforeAll(async () => {
    await database.pool.query(`CREATE DATABASE ${name}`);
    url = new URL(testDatabase.url);
    url.pathname = `/${name}`;
    before = connectDatabase(url.href);
    const migrator = new Migrator({ db: before.kysely, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateTo('0018-order');
    if (error) throw error;
  }, 60_000);
  afterAll(async () => {
    await before.close();
    await database.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  /** The statement by which its workers record, as far as it matters here. */
  async function recordAsBefore(records: readonly DeliveryRecord[]): Promise<void> {
    const column = <T>(pick: (record: DeliveryRecord) => T): T[] => records.map(pick);
    await before.pool.query(
      `WITH recorded AS (
         INSERT INTO attempts (delivery_id, number, started_at, duration_ms, ok, error_code, error_message, request, response)
         SELECT id, number, to_timestamp(started / 1000), duration, ok, code, message, request, response
         FROM unnest($1::uuid[], $2::smallint[], $3::float8[], $4::int[], $5::bool[], $6::text[], $7::text[], $8::text[], $9::text[])
           AS given (id, number, started, duration, ok, code, message, request, response) ON CONFLICT DO NOTHING)
       INSERT INTO deliveries AS known (id, event_id, hook_id, workspace, source, event, status, attempt_count, next_attempt_at)
       SELECT id, event_id, hook_id, 'default', 'crud', 'consumers', status, number, CASE WHEN status = 'waiting' THEN now() END
       FROM unnest($1::uuid[], $10::uuid[], $11::uuid[], $12::text[], $2::smallint[]) AS given (id, event_id, hook_id, status, number)
       ON CONFLICT (id) DO UPDATE SET status = excluded.status, attempt_count = excluded.attempt_count,
         next_attempt_at = excluded.next_attempt_at, updated_at = now()
       WHERE known.status = 'waiting' AND known.attempt_count <= excluded.attempt_count`,
      [
        column((r) => r.id),
        column((r) => r.attempt?.number),
        column((r) => r.attempt?.startedAtMs),
        column((r) => Math.round(r.attempt?.durationMs ?? 0)),
        column((r) => r.attempt?.ok),
        column((r) => r.attempt?.errorCode),
        column((r) => r.attempt?.errorMessage),
        column((r) => r.attempt?.request),
        column((r) => r.attempt?.response),
        column((r) => r.eventId),
        column((r) => r.hookId),
        column((r) => r.status),
      ],
    );
  }

  test('keeps its attempts, and goes on with workers of both releases', async () => {
    const past = Date.now() - 3 * dayMs;
    const { rows } = await before.pool.query<{ made: string }>(
      `SELECT format('CREATE TABLE %1$s_%2$s PARTITION OF %1$s FOR VALUES FROM (%3$L) TO (%4$L)', name, to_char(to_timestamp($1), 'YYYYMMDD'),
         $2::uuid, $3::uuid) AS made FROM unnest(ARRAY['events', 'deliveries', 'attempts']) AS name`,
      [past / 1000, firstIdAt(Math.floor(past / dayMs) * dayMs), firstIdAt(Math.floor(past / dayMs + 1) * dayMs)],
    );
    for (const { made } of rows) await before.pool.query(made);
    const records = eventsOf(2_000, past).map((id, index) => recordOf(id, { ok: index % 4 > 0 }));
    await recordAsBefore(records);
    const written = await before.pool.query('SELECT * FROM attempts ORDER BY delivery_id');
    await migrateToLatest(url.href, {});

    const ids = records.map(({ id }) => id);
    const byId = (a: { delivery_id: string }, b: { delivery_id: string }) => (a.delivery_id < b.delivery_id ? -1 : 1);
    expect((await findAttemptsOf(before.pool, ids)).sort(byId)).toEqual(written.rows);
    // Second attempts by a worker of this release, third ones by one of the release before.
    const failed = records.filter(({ status }) => status === 'waiting').map(({ eventId }) => eventId);
    await recordDeliveries(
      before.pool,
      failed.map((id) => recordOf(id, { ok: false, number: 2 })),
    );
    await recordAsBefore(failed.slice(0, 10).map((id) => recordOf(id, { number: 3 })));
    expect((await before.pool.query('SELECT FROM attempt_pages')).rowCount).toBe(1);
    const numbers = async (eventId: string | undefined) =>
      (await findDelivery(before.pool, 'default', recordOf(eventId ?? '').id))?.attempts.map(({ number }) => number);
    expect(await numbers(failed[0])).toEqual([1, 2, 3]);
    expect(await numbers(failed[10])).toEqual([1, 2]);
    const listed = await listDeliveries(before.pool, { workspace: 'default' }, 2_000);
    const durations = [...(await findLastDurations(before.pool, listed)).values()];
    expect([10, 20, 30].map((ms) => durations.filter((duration) => duration === ms).length)).toEqual([1_500, 490, 10]);
  });
});
