import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import { connectDatabase, type Database, type DeliveryFilter, pageDeliveries, pageEvents } from '../src/index.ts';

const hooks = [randomUUID(), randomUUID()] as const;
const count = 20_000;
const workspace = 'default';
let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  // One session, so that what it read can be counted.
  database = connectDatabase(testDatabase.directUrl, { maxConnections: 1 });
  const { pool } = database;
  await pool.query(
    `INSERT INTO events (id, workspace, source, event, data)
     SELECT uuidv7(), 'default', CASE WHEN n % 9000 = 5 THEN 'rare' ELSE 'crud' END, 'consumers', '{}'
     FROM generate_series(1, $1::int) AS n`,
    [count],
  );
  await pool.query(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, error_code)
     SELECT id, id, ($1::uuid[])[CASE WHEN n % 5000 = 7 THEN 2 ELSE 1 END], 'default', source, event,
       CASE WHEN n % 2 = 0 THEN 'suppressed' ELSE 'succeeded' END, CASE WHEN n % 8000 = 4 THEN 'timeout' END
     FROM (SELECT id, source, event, row_number() OVER (ORDER BY id) AS n FROM events) AS numbered`,
    [hooks],
  );
  await pool.query('ANALYZE');
}, 60_000);
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** The ids of all rows, page by page. */
async function readAll(
  read: (before: string | undefined) => Promise<{ rows: { id: string }[]; lookedAtTo: string | null }>,
  limit: number,
): Promise<string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  for (;;) {
    const { rows, lookedAtTo } = await read(before);
    ids.push(...rows.map(({ id }) => id));
    if (lookedAtTo === null && rows.length < limit) return ids;
    before = lookedAtTo ?? rows.at(-1)?.id;
  }
}

test.each<[string, Partial<DeliveryFilter>, string]>([
  ['a rare source', { source: 'rare' }, "source = 'rare'"],
  ['a source that there is not', { source: 'nowhere' }, 'false'],
  ['an error', { errorCode: 'timeout' }, "error_code = 'timeout'"],
  ['a status', { status: 'suppressed' }, "status = 'suppressed'"],
  ['a status of a hook', { hook: hooks[1], status: 'succeeded' }, `hook_id = '${hooks[1]}' AND status = 'succeeded'`],
  [
    'a name and a status',
    { source: 'crud', event: 'consumers', status: 'succeeded' },
    "source = 'crud' AND status = 'succeeded'",
  ],
  ['nothing', {}, 'true'],
])('pages by %s have every row once, newest first', async (_, filter, condition) => {
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT id FROM deliveries WHERE ${condition} ORDER BY id DESC`,
  );
  const expected = rows.map(({ id }) => id);
  for (const limit of [700, 1_001]) {
    const read = (before?: string) =>
      pageDeliveries(database.pool, { workspace, ...filter, ...(before !== undefined && { before }) }, limit);
    expect(await readAll(read, limit)).toEqual(expected);
  }
  const { rows: bounded } = await pageDeliveries(
    database.pool,
    { workspace, ...filter, ...(expected[2] && { from: expected[2] }), ...(expected[0] && { before: expected[0] }) },
    1_000,
  );
  expect(bounded.map(({ id }) => id)).toEqual(expected.slice(1, 3));
});

test.each([{ source: 'rare' }, { sources: ['rare', 'nowhere'] }])(
  'pages of events by %j have each, newest first',
  async (filter) => {
    const { rows } = await database.pool.query<{ id: string }>(
      "SELECT id FROM events WHERE source = 'rare' ORDER BY id DESC",
    );
    const read = (before?: string) =>
      pageEvents(database.pool, { workspace, ...filter, ...(before !== undefined && { before }) }, 2);
    expect(await readAll(read, 2)).toEqual(rows.map(({ id }) => id));
  },
);

test('a page of a status that statistics do not know reads a step, and not all of them', async () => {
  await database.pool.query(`UPDATE deliveries SET status = 'exhausted' WHERE status = 'suppressed'`);
  const read = async (): Promise<number> => {
    await database.pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await database.pool.query<{ rows: string }>(
      `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS rows FROM pg_stat_user_tables WHERE relname ~ '^deliveries'`,
    );
    return Number(rows[0]?.rows);
  };
  const before = await read();
  const { rows } = await pageDeliveries(database.pool, { workspace, status: 'exhausted' }, 100);
  expect(rows).toHaveLength(100);
  expect((await read()) - before).toBeLessThan(10_000);
});
