import pg from 'pg';
import { createTestDatabase, waitFor } from '../../../tests/support/index.ts';
import { type EventQueue, migrateQueue, openQueue } from '../src/index.ts';
import { enqueue } from './enqueue.ts';

const hourMs = 3_600_000;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let queue: EventQueue;
let client: pg.Client;
let workers: { close(): Promise<void> } | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  await migrateQueue(database.directUrl);
  queue = await openQueue({
    backend: { kind: 'postgres', url: database.directUrl, shards: 1 },
    onError: () => undefined,
  });
  await queue.ping();
  client = new pg.Client({ connectionString: database.directUrl, options: '-c search_path=eventhooks_queue' });
  await client.connect();
});
afterEach(async () => {
  await workers?.close();
  workers = undefined;
  await client.end();
  await queue.close();
  await database.drop();
});

/** Changes the only waiting job to what a worker leaves behind whose clock is `aheadMs` ahead. */
async function leaveJob(state: 'active' | 'delayed', aheadMs: number): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE job SET state = $1::job_state,
       locked_until_ms = CASE WHEN $1 = 'active' THEN $2::bigint END, process_at_ms = CASE WHEN $1 = 'delayed' THEN $2::bigint END
     WHERE state = 'waiting' RETURNING id`,
    [state, Date.now() + aheadMs],
  );
  return rows[0]?.id ?? '';
}

async function untilMs(id: string): Promise<number> {
  const { rows } = await client.query<{ until: string }>(
    'SELECT greatest(locked_until_ms, process_at_ms) AS until FROM job WHERE id = $1',
    [id],
  );
  return Number(rows[0]?.until);
}

test('what a clock that ran ahead left is due now; what the right clock wrote stays', async () => {
  const left: string[] = [];
  for (const [state, aheadMs] of [
    ['active', hourMs],
    ['delayed', hourMs],
    ['active', 15_000],
  ] as const) {
    await enqueue(queue, { id: 'batch', events: 1 });
    left.push(await leaveJob(state, aheadMs));
  }
  const [locked = '', delayed = '', right = ''] = left;
  const rightUntil = await untilMs(right);
  await client.query(
    `INSERT INTO meta (queue, field, value) VALUES ('dispatch', 'stalled-check', $1), ('delivery', 'stalled-check', $2)`,
    [String(Date.now() + hourMs), String(Date.now())],
  );

  await queue.undoClockJumps();

  expect(await untilMs(locked)).toBeLessThan(Date.now() + 1_000);
  expect(await untilMs(delayed)).toBeLessThan(Date.now() + 1_000);
  expect(await untilMs(right)).toBe(rightUntil);
  const { rows } = await client.query("SELECT queue FROM meta WHERE field = 'stalled-check'");
  expect(rows).toEqual([{ queue: 'delivery' }]);
});

test('a job of a worker that died is taken by another, although a check was made an hour ahead', async () => {
  await enqueue(queue, { id: 'batch', events: 1 });
  await leaveJob('active', hourMs);
  await client.query(`INSERT INTO meta (queue, field, value) VALUES ('dispatch', 'stalled-check', $1)`, [
    String(Date.now() + hourMs),
  ]);
  await queue.undoClockJumps();
  const batches: string[] = [];
  const nothing = async () => undefined;
  const dispatch = async (job: { batchIds: string[] }) => void batches.push(...job.batchIds);
  workers = queue.work({ dispatch, deliver: nothing, probe: nothing }, { dispatch: 1, delivery: 1, probe: 1 });
  await waitFor(() => batches.length > 0, { timeoutMs: 60_000 });
  expect(batches).toEqual(['batch']);
});
