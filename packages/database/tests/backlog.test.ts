import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import {
  commitEvents,
  connectDatabase,
  countPartitionDaysAhead,
  type Database,
  deliveryIdOf,
  ensurePartitions,
  firstIdAt,
  type NewEvent,
  newId,
  readBacklogAges,
  recordDeliveries,
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

const event = (): NewEvent => ({
  id: newId(),
  workspace: 'default',
  source: 'crud',
  event: 'consumers',
  data: '{}',
  publisherId: null,
});

test('without a backlog its age is 0', async () => {
  expect(await readBacklogAges(database.pool)).toEqual({ dispatch: 0, delivery: 0 });
});

test('the age of the dispatch backlog is that of the oldest batch, until it is recorded', async () => {
  const { batchId } = await commitEvents(database.pool, [event()]);
  await commitEvents(database.pool, [event()]);
  const hourAgo = `${firstIdAt(Date.now() - 3_600_000).slice(0, 13)}-7000-8000-000000000000`;
  await database.pool.query('UPDATE dispatch_batches SET id = $1 WHERE id = $2', [hourAgo, batchId]);
  const { dispatch } = await readBacklogAges(database.pool);
  expect(dispatch).toBeGreaterThan(3_599);
  expect(dispatch).toBeLessThan(3_700);
  await recordDeliveries(database.pool, [], { batchIds: [hourAgo] });
  expect((await readBacklogAges(database.pool)).dispatch).toBeLessThan(100);
});

test('deliveries that are not due yet are no backlog; overdue ones are', async () => {
  const eventId = newId();
  const waiting = (hookId: string, nextAttemptInMs: number) => ({
    id: deliveryIdOf(eventId, hookId),
    eventId,
    hookId,
    workspace: 'default',
    source: 'crud',
    event: 'consumers',
    status: 'waiting' as const,
    reason: 'retry',
    errorCode: null,
    responseStatus: null,
    attemptCount: 1,
    scheduleStep: 1,
    suppressedCount: null,
    suppressedUntil: null,
    laneKey: null,
    nextAttemptInMs,
    attempt: null,
  });
  await recordDeliveries(database.pool, [waiting(newId(), 600_000)]);
  expect(await readBacklogAges(database.pool)).toMatchObject({ delivery: 0 });
  await recordDeliveries(database.pool, [waiting(newId(), -600_000)]);
  const { delivery } = await readBacklogAges(database.pool);
  expect(delivery).toBeGreaterThan(599);
  expect(delivery).toBeLessThan(700);
});

test('partitions ahead are counted up to the first day on which one is missing', async () => {
  const now = Date.now();
  await ensurePartitions(database.pool, now);
  expect(await countPartitionDaysAhead(database.pool, now)).toBe(8);
  const day = new Date(now + 3 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  await database.pool.query(`DROP TABLE attempts_${day}`);
  expect(await countPartitionDaysAhead(database.pool, now)).toBe(3);
  expect(await countPartitionDaysAhead(database.pool, now + 30 * 86_400_000)).toBe(0);
});
