import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import {
  claimDeliveryBatches,
  connectDatabase,
  type Database,
  type DeliveryRecord,
  endFullBatches,
  findDelivery,
  newId,
  recordDeliveries,
  retryDelivery,
} from '../src/index.ts';

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

const query = async <T extends object>(text: string, values: unknown[] = []) =>
  (await database.pool.query<T>(text, values)).rows;

async function createHook(batch: { size: number; wait: number }): Promise<string> {
  const id = randomUUID();
  await query(
    `INSERT INTO event_hooks (id, workspace, source, handler, config, batch) VALUES ($1, 'default', 'crud', 'webhook', '{}', $2)`,
    [id, JSON.stringify(batch)],
  );
  return id;
}

/** Deliveries that are collected, in the order of their events, each due `dueInS` from now. */
async function collect(hookId: string, count: number, dueInS: number, data = '{}'): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await query(
    `WITH made AS (
       INSERT INTO events (id, workspace, source, event, data) SELECT id, 'default', 'crud', 'consumers', $4
       FROM unnest($3::uuid[]) AS given (id) RETURNING id)
     INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, reason, next_attempt_at)
     SELECT id, id, $1, 'default', 'crud', 'consumers', 'waiting', 'batch', now() + $2 * interval '1 s' FROM made`,
    [hookId, dueInS, ids, data],
  );
  return ids;
}

const claim = async (hookId: string, over: { size?: number; most?: number; bytes?: number } = {}) => {
  const bounds = { size: 3, most: 4, bytes: 1_048_576, leaseMs: 60_000, ...over };
  return (await claimDeliveryBatches(database.pool, { hookId, ...bounds }))?.batches ?? [];
};
const sizes = (batches: { deliveries: unknown[] }[]) => batches.map(({ deliveries }) => deliveries.length);

/** The record of a batch after an attempt that failed. */
function failed(batchId: string, hookId: string, ids: readonly string[]): DeliveryRecord {
  return {
    id: batchId,
    eventId: ids.at(-1) ?? '',
    hookId,
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    status: 'waiting',
    reason: 'retry',
    errorCode: 'http_status',
    responseStatus: 500,
    attemptCount: 1,
    scheduleStep: 1,
    suppressedCount: null,
    suppressedUntil: null,
    laneKey: null,
    nextAttemptInMs: -1_000,
    attempt: {
      number: 1,
      startedAtMs: Date.now(),
      durationMs: 1,
      ok: false,
      errorCode: 'http_status',
      errorMessage: '500',
      request: null,
      response: null,
    },
    members: ids.map((id) => ({ id, eventId: id, source: 'crud', event: 'consumers', suppressedCount: null })),
  };
}

test('full batches are claimed before their time, the rest once its first is due, in order of the events', async () => {
  const hook = await createHook({ size: 3, wait: 60 });
  const ids = await collect(hook, 7, 60);
  const full = await claim(hook);
  expect(full.map(({ deliveries }) => deliveries.map(({ id }) => id))).toEqual([ids.slice(0, 3), ids.slice(3, 6)]);
  expect(full.flatMap(({ deliveries }) => deliveries)).toEqual(
    ids.slice(0, 6).map((id) => expect.objectContaining({ id, order_key: null })),
  );
  expect(await claim(hook)).toEqual([]);
  await query('UPDATE deliveries SET next_attempt_at = now() WHERE id = $1', [ids[6]]);
  const later = await collect(hook, 1, 60);
  expect((await claim(hook)).map(({ deliveries }) => deliveries.map(({ id }) => id))).toEqual([[ids[6], ...later]]);
});

test('a batch ends before it is too large, and a claim before it reads too much', async () => {
  const hook = await createHook({ size: 1_000, wait: 60 });
  await collect(hook, 10, -1, JSON.stringify({ text: 'x'.repeat(1_000) }));
  expect(sizes(await claim(hook, { size: 1_000, bytes: 4_000 }))).toEqual([3, 3, 3, 1]);
});

test('claims at the same time share no delivery, and split no batch', async () => {
  const hook = await createHook({ size: 10, wait: 1 });
  await collect(hook, 95, -1);
  const claims = await Promise.all(Array.from({ length: 5 }, () => claim(hook, { size: 10, most: 4 })));
  const batches = claims.flat();
  expect(sizes(batches).sort()).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5].sort());
  expect(new Set(batches.flatMap(({ deliveries }) => deliveries.map(({ id }) => id))).size).toBe(95);
  await query('UPDATE deliveries SET next_attempt_at = now() WHERE hook_id = $1', [hook]);
  const again = (await Promise.all(Array.from({ length: 5 }, () => claim(hook, { size: 10, most: 4 })))).flat();
  const shape = (of: typeof batches) =>
    of.map(({ id, deliveries }) => `${id} ${deliveries.map((delivery) => delivery.id)}`).sort();
  expect(shape(again)).toEqual(shape(batches));
});

test('a batch has one record of its attempt, and is tried again as it was; one that is retried by hand leaves it', async () => {
  const hook = await createHook({ size: 3, wait: 1 });
  const ids = await collect(hook, 3, -1);
  const [batch] = await claim(hook);
  await recordDeliveries(database.pool, [failed(batch?.id ?? '', hook, ids)]);
  const [again] = await claim(hook);
  expect(again).toMatchObject({ id: batch?.id, deliveries: ids.map((id) => ({ id, attempt_count: 1 })) });
  await recordDeliveries(database.pool, [failed(batch?.id ?? '', hook, ids)]);
  expect(await query('SELECT number FROM attempts WHERE delivery_id = $1', [batch?.id])).toEqual([{ number: 1 }]);
  const [first = '', ...others] = ids;
  expect(await findDelivery(database.pool, 'default', first)).toMatchObject({
    batch_id: batch?.id,
    status: 'waiting',
    attempts: [{ number: 1, ok: false }],
  });
  await retryDelivery(database.kysely, 'default', first);
  expect(await findDelivery(database.pool, 'default', first)).toMatchObject({
    batch_id: null,
    attempts: [{ number: 1 }],
  });
  const batches = await claim(hook);
  expect(batches.map(({ deliveries }) => deliveries.map(({ id }) => id)).sort()).toEqual([others, [first]].sort());
  expect(batches.find(({ deliveries }) => deliveries.length === 2)?.id).toBe(batch?.id);
});

test('the first of a full batch is made due, by number and by bytes', async () => {
  const due = async (hook: string) =>
    (await query('SELECT FROM deliveries WHERE hook_id = $1 AND next_attempt_at <= now()', [hook])).length;
  const [full, large, small] = [
    await createHook({ size: 3, wait: 60 }),
    await createHook({ size: 3, wait: 60 }),
    await createHook({ size: 3, wait: 60 }),
  ];
  await collect(full, 3, 60);
  await collect(large, 2, 60, JSON.stringify({ text: 'x'.repeat(600) }));
  await collect(small, 2, 60);
  await endFullBatches(database.pool, 1_000);
  expect(await Promise.all([full, large, small].map(due))).toEqual([1, 1, 0]);
});
