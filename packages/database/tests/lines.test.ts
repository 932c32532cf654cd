import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import { deliveryPageQuery } from '../src/deliveries.ts';
import {
  beginProbe,
  cancelDueDeliveries,
  claimDueDeliveries,
  closeBreaker,
  connectDatabase,
  type Database,
  endProbe,
  findHookStatus,
  listDueHooks,
  listOpenBreakers,
  newId,
  openBreaker,
  reserveRates,
  returnReservations,
} from '../src/index.ts';

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

async function createHook(): Promise<string> {
  const id = randomUUID();
  await database.pool.query(
    `INSERT INTO event_hooks (id, workspace, source, handler, config) VALUES ($1, 'default', 'crud', 'log', '{}')`,
    [id],
  );
  return id;
}

/** Waiting deliveries with their events, the oldest due `count` seconds ago and each a second later than the one before. */
async function fillLine(hookId: string, count: number): Promise<void> {
  await database.pool.query(
    `WITH made AS (
       INSERT INTO events (id, workspace, source, event, data) SELECT id, 'default', 'crud', 'consumers', '{}'
       FROM unnest($3::uuid[]) AS given (id) RETURNING id)
     INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, next_attempt_at)
     SELECT id, id, $1, 'default', 'crud', 'consumers', 'waiting', 'retry',
       now() - ($2 - row_number() OVER (ORDER BY id) + 1) * interval '1 s' FROM made`,
    [hookId, count, Array.from({ length: count }, newId)],
  );
}

const listAll = () => listDueHooks(database.pool, { after: null, hooks: 100, countUpTo: 10 });
const claim = async (hookId: string, most: number) =>
  (await claimDueDeliveries(database.pool, [{ hookId, most, leaseMs: 60_000 }]))?.deliveries ?? [];

test('hooks with due deliveries are listed in pages, counted up to a bound', async () => {
  const hooks = (await Promise.all([createHook(), createHook(), createHook()])).sort();
  for (const hook of hooks) await fillLine(hook, 12);
  const last = hooks[2] ?? '';
  await claim(last, 9);
  expect(await listAll()).toEqual([
    { hookId: hooks[0], due: 10 },
    { hookId: hooks[1], due: 10 },
    { hookId: last, due: 3 },
  ]);
  const second = await listDueHooks(database.pool, { after: hooks[0] ?? '', hooks: 1, countUpTo: 1 });
  expect(second).toEqual([{ hookId: hooks[1], due: 1 }]);
  await claim(last, 3);
  expect((await listAll()).map(({ hookId }) => hookId)).toEqual(hooks.slice(0, 2));
});

test("a hook's due deliveries are claimed oldest first, by one of all who ask at once, until the lease ends", async () => {
  const hook = await createHook();
  await fillLine(hook, 6);
  const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM deliveries ORDER BY next_attempt_at');
  const order = rows.map(({ id }) => id);
  expect((await claim(hook, 2)).map(({ id }) => id)).toEqual(order.slice(0, 2).sort());
  const claims = await Promise.all(Array.from({ length: 4 }, () => claim(hook, 4)));
  expect(
    claims
      .flat()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(order.slice(2).sort());
  expect(await claim(hook, 4)).toEqual([]);
  await database.pool.query('UPDATE deliveries SET next_attempt_at = now()');
  expect(await claim(hook, 10)).toHaveLength(6);
});

test('a hook whose breaker is open is passed over, until its probe is due; one of all who ask gets the probe', async () => {
  const [held, other] = await Promise.all([createHook(), createHook()]);
  await fillLine(held, 3);
  await fillLine(other, 1);
  expect(await openBreaker(database.pool, held, 60_000)).toBe(true);
  expect(await openBreaker(database.pool, held, 60_000)).toBe(false);
  expect(await listOpenBreakers(database.pool)).toEqual([held]);
  expect((await listAll()).map(({ hookId }) => hookId)).toEqual([other]);
  expect(await beginProbe(database.pool, held, 60_000)).toBeNull();
  await database.pool.query('UPDATE hook_breakers SET probe_at = now()');
  expect((await listAll()).map(({ hookId }) => hookId).sort()).toEqual([held, other].sort());
  const probes = await Promise.all(Array.from({ length: 5 }, () => beginProbe(database.pool, held, 60_000)));
  expect(probes.filter((probe) => probe !== null)).toEqual([0]);
  expect(await findHookStatus(database.pool, 'default', held, 10)).toMatchObject({ probing: true });
  await endProbe(database.pool, held, { failedProbes: 1, probeInMs: 0 });
  expect(await findHookStatus(database.pool, 'default', held, 10)).toMatchObject({ probing: false, failed_probes: 1 });
  expect(await beginProbe(database.pool, held, 60_000)).toBe(1);
  expect(await closeBreaker(database.pool, held)).toBeInstanceOf(Date);
  expect(await closeBreaker(database.pool, held)).toBeNull();
});

test('a changed endpoint, a hook that is disabled or enabled, and a deleted hook have no open breaker', async () => {
  const changes = [
    `UPDATE event_hooks SET config = '{"url":"http://other"}'`,
    'UPDATE event_hooks SET enabled = false',
    'DELETE FROM event_hooks',
  ];
  for (const change of changes) {
    const hook = await createHook();
    await openBreaker(database.pool, hook, 60_000);
    await database.pool.query(`UPDATE event_hooks SET name = 'another'`);
    expect(await listOpenBreakers(database.pool)).toEqual([hook]);
    await database.pool.query(change);
    expect(await listOpenBreakers(database.pool)).toEqual([]);
    await database.pool.query('DELETE FROM event_hooks');
  }
  expect(await openBreaker(database.pool, randomUUID(), 60_000)).toBe(false);
});

test('due deliveries are cancelled only where the hook is deleted or disabled', async () => {
  const hook = await createHook();
  await fillLine(hook, 5);
  expect(await cancelDueDeliveries(database.pool, hook, 10)).toBe(0);
  await database.pool.query('UPDATE event_hooks SET enabled = false');
  expect(await cancelDueDeliveries(database.pool, hook, 3)).toBe(3);
  await database.pool.query('DELETE FROM event_hooks');
  expect(await cancelDueDeliveries(database.pool, hook, 3)).toBe(2);
  const { rows } = await database.pool.query('SELECT reason, count(*)::int FROM deliveries GROUP BY 1 ORDER BY 1');
  expect(rows).toEqual([
    { reason: 'hook_deleted', count: 2 },
    { reason: 'hook_disabled', count: 3 },
  ]);
});

test('whatever the length of the lines, listing and claiming read the index and not the lines', async () => {
  const hooks = await Promise.all(Array.from({ length: 5 }, createHook));
  for (const hook of hooks) await fillLine(hook, 4_000);
  await database.pool.query('ANALYZE deliveries');
  // Statistics are the connection's own until it tells them.
  await database.close();
  database = connectDatabase(testDatabase.url, { maxConnections: 1 });
  const before = await readBlocks();
  expect(await listAll()).toHaveLength(5);
  const listed = await readBlocks();
  expect(listed - before).toBeLessThan(1_000);
  expect(await claim(hooks[0] ?? '', 10)).toHaveLength(10);
  expect((await readBlocks()) - listed).toBeLessThan(1_000);
});

/** Blocks of the deliveries' tables that were read or found in memory so far; the tables have many more. */
async function readBlocks(): Promise<number> {
  await database.pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await database.pool.query<{ blocks: string }>(
    `SELECT sum(heap_blks_hit + heap_blks_read) AS blocks FROM pg_statio_user_tables WHERE relname LIKE 'deliveries%'`,
  );
  return Number(rows[0]?.blocks);
}

describe('slots of a rate limit', () => {
  const reserve = async (hookId: string, wanted: number, { horizonMs = 60_000, behindLine = false } = {}) => {
    const grants = await reserveRates(database.pool, [{ hookId, wanted, perSecond: 100 }], { horizonMs, behindLine });
    const grant = grants.get(hookId);
    if (!grant) throw new Error('no grant');
    return grant;
  };

  test('nobody gets a slot that another has, and they are as far apart as the rate says', async () => {
    const hook = await createHook();
    const askedAt = performance.now();
    const grants = await Promise.all(Array.from({ length: 10 }, () => reserve(hook, 50)));
    const elapsedMs = performance.now() - askedAt;
    expect(grants.every(({ granted }) => granted === 50)).toBe(true);
    // 500 slots of 10 ms each; each answer tells times from its own moment.
    const firsts = grants.map(({ firstInMs }) => firstInMs).sort((a, b) => a - b);
    for (const [index, first] of firsts.entries()) {
      expect(first).toBeLessThanOrEqual(index * 500);
      expect(first).toBeGreaterThanOrEqual(index * 500 - 100 - elapsedMs);
    }
  });

  test('no more are granted than lie within the horizon', async () => {
    const hook = await createHook();
    const { granted, firstInMs } = await reserve(hook, 1_000, { horizonMs: 2_000 });
    expect(firstInMs + granted * 10).toBeGreaterThan(2_000);
    expect(firstInMs + granted * 10).toBeLessThanOrEqual(2_010);
    expect((await reserve(hook, 1_000, { horizonMs: 0 })).granted).toBe(0);
  });

  test('who comes while others stand in line stands behind them, until the line has ended', async () => {
    const hook = await createHook();
    const first = await reserve(hook, 1_000, { horizonMs: 0, behindLine: true });
    expect(first.granted).toBeGreaterThan(0);
    expect(first.granted).toBeLessThan(50);
    const second = await reserve(hook, 10, { horizonMs: 0, behindLine: true });
    expect(second.granted).toBe(0);
    expect(second.lineInMs).toBeGreaterThan(5_000);
    await reserve(hook, 50);
    await returnReservations(database.pool, hook, 50, 100);
    await database.pool.query('UPDATE hook_rates SET next_slot = 0');
    expect((await reserve(hook, 1, { horizonMs: 0, behindLine: true })).granted).toBe(1);
  });

  test('a hook that is gone has no slots to be limited by', async () => {
    const requests = [{ hookId: randomUUID(), wanted: 1, perSecond: 1 }];
    expect(await reserveRates(database.pool, requests, { horizonMs: 0, behindLine: false })).toEqual(new Map());
  });
});

test('a page of deliveries, by whatever filter, is a scan of an index', async () => {
  const workspace = 'default';
  const hook = randomUUID();
  const { rows } = await database.pool.query<{ partition: string }>(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status)
     SELECT id, id, gen_random_uuid(), 'default', 'crud', 'consumers',
       CASE WHEN n % 100 = 0 THEN 'exhausted' ELSE 'succeeded' END
     FROM (SELECT uuidv7() AS id, n FROM generate_series(1, 5000) AS n) AS made
     RETURNING tableoid::regclass::text AS partition`,
  );
  await database.pool.query('ANALYZE deliveries');
  const filters = {
    'no filter': {},
    'a hook': { hook },
    'a hook and a status': { hook, status: 'exhausted' },
    'a status': { status: 'exhausted' },
    'a kind of failure': { errorCode: 'http_5xx' },
    'an event': { eventId: newId() },
    'what is older': { before: 'ffffffff-0000-0000-0000-000000000000' },
    'what is newer': { from: '019a0000-0000-7000-8000-000000000001' },
  };
  for (const [name, filter] of Object.entries(filters)) {
    const { text, values } = deliveryPageQuery({ workspace, ...filter }, 100);
    const plan = await database.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
    // The other days' partitions are empty: how these are read says nothing.
    const scans = plan.rows.map((row) => row['QUERY PLAN']).filter((line) => line.includes(`on ${rows[0]?.partition}`));
    expect({ name, scans }).toEqual({ name, scans: [expect.stringMatching(/Index Scan/)] });
  }
});
