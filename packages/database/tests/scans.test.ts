import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import {
  cancelDueDeliveries,
  claimDispatchBatches,
  claimDueDeliveries,
  connectDatabase,
  type Database,
  deleteExpiredPublisherIds,
  dropExpiredPartitions,
  findRecorded,
  laneKeyOf,
  listDueHooks,
  mayAnythingBeDue,
  recordDeliveries,
  releaseBatch,
  releaseHeldKeys,
  returnDueBatches,
  takeDueBatches,
} from '../src/index.ts';

const hooks = Array.from({ length: 5 }, () => randomUUID());
const [hookId = ''] = hooks;
let testDatabase: TestDatabase;
let database: Database;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  // One session, so that what it read can be counted. It is a worker's: its statements keep their plans.
  database = connectDatabase(testDatabase.directUrl, { maxConnections: 1, prefersIndexes: true });
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

/**
 * 20,000 events, each with a delivery and a publisher's id; 1,000 deliveries wait, 100 of them are due; 4,000 batches
 * wait.
 */
async function fill(): Promise<void> {
  const { pool } = database;
  await pool.query(`INSERT INTO events (id, workspace, source, event, data)
    SELECT uuidv7(), 'default', 'crud', 'consumers', '{}' FROM generate_series(1, 20000)`);
  await pool.query(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, next_attempt_at)
    SELECT id, id, ($1::uuid[])[n % 5 + 1], 'default', 'crud', 'consumers',
      CASE WHEN n % 20 = 0 THEN 'waiting' ELSE 'succeeded' END,
      CASE WHEN n % 200 = 0 THEN now() WHEN n % 20 = 0 THEN now() + interval '1 hour' END
    FROM (SELECT id, row_number() OVER () AS n FROM events) AS numbered`,
    [hooks],
  );
  await pool.query(`INSERT INTO publisher_ids SELECT 'default', 'crud', id, id FROM events`);
  await pool.query(`INSERT INTO dispatch_batches (id, event_ids, due_at)
    SELECT uuidv7(), array_agg(id), now() - interval '1 minute' FROM
      (SELECT id, (row_number() OVER (ORDER BY id)) / 5 AS page FROM events) AS paged GROUP BY page`);
}

/** Runs the statements of an event's path once: claims of a batch and of due deliveries, and records of their ends. */
async function dispatchOne(): Promise<{ events: number; deliveries: number }> {
  const { pool } = database;
  const [first] = await takeDueBatches(pool, 1, 30_000);
  const batches = await claimDispatchBatches(pool, [first?.id ?? randomUUID()], 30_000);
  const claimed = await claimDueDeliveries(pool, [{ hookId, most: 5, leaseMs: 30_000 }]);
  const ids = claimed?.deliveries.map(({ id }) => id) ?? [randomUUID()];
  await findRecorded(pool, ids);
  await recordDeliveries(pool, [], { batchIds: batches.map(({ id }) => id) });
  return { events: batches[0]?.events.length ?? 0, deliveries: claimed?.deliveries.length ?? 0 };
}

/** A first row may be looked for where it is most likely found at once. */
const firstRows = 10;

/** Rows that were read by scans of whole tables, or `by` index, by table. */
async function countScanned(work: () => Promise<unknown>, by = 'seq_tup_read'): Promise<Record<string, number>> {
  const read = async () => {
    await database.pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await database.pool.query<{ table: string; rows: string }>(
      `SELECT relname AS table, ${by} AS rows FROM pg_stat_user_tables
       WHERE relname ~ '^(events|deliveries|attempts|dispatch_batches|publisher_ids)'`,
    );
    return new Map(rows.map((row) => [row.table, Number(row.rows)]));
  };
  const before = await read();
  await work();
  const scanned: Record<string, number> = {};
  for (const [table, rows] of await read()) {
    const more = rows - (before.get(table) ?? 0);
    if (more > firstRows) scanned[table] = more;
  }
  return scanned;
}

test('a scan of a whole table would be seen', async () => {
  await fill();
  const scanned = await countScanned(() => database.pool.query(`SELECT count(*) FROM deliveries WHERE reason = 'x'`));
  expect(Object.values(scanned)).toEqual([20_000]);
});

test("neither the scheduler's rounds nor the workers' claims and records scan a table", async () => {
  const { pool } = database;
  await fill();
  await pool.query('ANALYZE');
  const scanned = await countScanned(async () => {
    const client = await pool.connect();
    expect(await mayAnythingBeDue(client)).toBe(true);
    client.release();
    const batches = await takeDueBatches(pool, 500, 30_000);
    expect(batches).toHaveLength(500);
    const [first, second] = batches.map(({ id }) => id);
    expect(await claimDispatchBatches(pool, [first ?? ''], 30_000)).toMatchObject([{ run: 1 }]);
    await releaseBatch(pool, first ?? '', 1_000);
    await returnDueBatches(pool, [second ?? '']);
    expect(await listDueHooks(pool, { after: null, hooks: 1_000, countUpTo: 100 })).not.toEqual([]);
    const claimed = await claimDueDeliveries(pool, [{ hookId, most: 50, leaseMs: 30_000 }]);
    const ids = claimed?.deliveries.map(({ id }) => id) ?? [];
    expect((await findRecorded(pool, ids)).size).toBe(ids.length);
    await cancelDueDeliveries(pool, hooks[1] ?? '', 10);
    await recordDeliveries(pool, [], { batchIds: [first ?? ''] });
    await dropExpiredPartitions(pool, Date.now() - 7 * 86_400_000);
    await deleteExpiredPublisherIds(pool, Date.now() - 7 * 86_400_000);
  });
  expect(scanned).toEqual({});
});

test.each([
  ['had never been analysed', async () => undefined],
  ['were analysed', () => database.pool.query('ANALYZE')],
])(
  'plans that were made while the tables were empty and %s read no more once the tables are large',
  async (_, analyse) => {
    await analyse();
    // PostgreSQL keeps a statement's plan from its sixth time on.
    for (let count = 0; count < 8; count += 1) expect(await dispatchOne()).toEqual({ events: 0, deliveries: 0 });
    await fill();
    const done: Awaited<ReturnType<typeof dispatchOne>>[] = [];
    const scanned = await countScanned(async () => {
      for (let count = 0; count < 10; count += 1) done.push(await dispatchOne());
    });
    expect(done).toContainEqual({ events: 5, deliveries: 5 });
    expect(scanned).toEqual({});
  },
);

test('deliveries that hold their key are read only to be released, and keys of the present order_by stay held', async () => {
  const { pool } = database;
  await pool.query(
    `INSERT INTO event_hooks (id, workspace, source, handler, config, order_by, on_exhausted)
     VALUES ($1, 'default', 'crud', 'log', '{}', 'data.a', 'hold')`,
    [hookId],
  );
  const hold = (laneKeys: readonly string[]) =>
    pool.query(
      `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, order_key, order_position)
       SELECT uuidv7(), uuidv7(), $1, 'default', 'crud', 'consumers', 'exhausted', 'holds_key', key, 1 FROM unnest($2::text[]) AS key`,
      [hookId, laneKeys],
    );
  const countHeld = async () =>
    (await pool.query(`SELECT count(*)::int AS count FROM deliveries WHERE reason = 'holds_key'`)).rows[0]?.count;
  await hold(Array.from({ length: 2_000 }, (_, n) => laneKeyOf(0, `k${n}`)));
  await pool.query('ANALYZE');

  const read = 'seq_tup_read + coalesce(idx_tup_fetch, 0)';
  expect(await countScanned(() => releaseHeldKeys(pool, 1_000), read)).toEqual({});
  expect(await countHeld()).toBe(2_000);

  await pool.query(`UPDATE event_hooks SET order_by = 'data.b'`);
  await hold([laneKeyOf(1, 'of the new order_by')]);
  await releaseHeldKeys(pool, 100);
  expect(await countHeld()).toBe(1_901);
  await releaseHeldKeys(pool, 10_000);
  expect(await countHeld()).toBe(1);

  await pool.query('UPDATE event_hooks SET enabled = false');
  await releaseHeldKeys(pool, 10_000);
  expect(await countHeld()).toBe(0);
});
