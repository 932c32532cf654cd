import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import { connectDatabase, type Database } from '../src/index.ts';
import { createOrderModel, type Outcome } from './order-model.ts';

/** EVENTHOOKS_ORDER_RUNS: interleavings to try; see docs/order.md. */
const runs = Number(process.env.EVENTHOOKS_ORDER_RUNS ?? 8);
const workers = 3;

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

type Model = Awaited<ReturnType<typeof createOrderModel>>;

const number = fc.nat({ max: 100 });
const outcome = fc.constantFrom<Outcome>('succeeded', 'succeeded', 'succeeded', 'retry', 'exhausted');
const step: fc.Arbitrary<(model: Model) => Promise<unknown>> = fc.oneof(
  { weight: 4, arbitrary: fc.array(number, { minLength: 1, maxLength: 4 }).map((keys) => (m: Model) => m.begin(keys)) },
  { weight: 4, arbitrary: number.map((which) => (m: Model) => m.commit(which)) },
  { weight: 4, arbitrary: number.map((which) => (m: Model) => m.dispatch(which)) },
  {
    weight: 6,
    arbitrary: fc.tuple(number, number).map(
      ([worker, stretch]) =>
        (m: Model) =>
          m.claim(worker, stretch),
    ),
  },
  {
    weight: 9,
    arbitrary: fc.tuple(number, outcome).map(
      ([worker, end]) =>
        (m: Model) =>
          m.attempt(worker, end),
    ),
  },
  { weight: 1, arbitrary: fc.constant((m: Model) => m.endLeases()) },
  { weight: 1, arbitrary: fc.constant((m: Model) => m.makeRetriesDue()) },
  { weight: 1, arbitrary: number.map((which) => (m: Model) => m.cancel(which)) },
  { weight: 1, arbitrary: number.map((which) => (m: Model) => m.retry(which)) },
  { weight: 1, arbitrary: fc.constant((m: Model) => m.wake()) },
);

test.each([
  ['one by one', null],
  ['in batches of three', 3],
] as const)(
  '%s: in no interleaving of commits, dispatches, claims, deaths, ended leases and late records does a delivery overtake another',
  async (_, batchSize) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const model = await createOrderModel(database, testDatabase.directUrl, { workers, batchSize });
        for (const take of steps) await take(model);
        expect(model.overtakings).toEqual([]);
        // And none waits in vain.
        expect(await model.finish()).toBe(0);
        expect(model.overtakings).toEqual([]);
      }),
      { numRuns: runs },
    );
  },
  300_000,
);

test('a batch from which one was taken goes on under new ids, so that no receiver drops what it has not seen', async () => {
  const model = await createOrderModel(database, testDatabase.directUrl, { workers, batchSize: 3 });
  await model.begin([0, 0, 0]);
  await model.commit(0);
  await model.dispatch(0);
  expect(await model.claim(0, 0)).toBe(3);
  await model.endLeases();
  await model.retry(1);
  for (let alone = 0; alone < 3; alone += 1) {
    expect(await model.claim(1, 0)).toBe(1);
    await model.attempt(1, 'succeeded');
  }
  expect(model.overtakings).toEqual([]);
  expect(await model.finish()).toBe(0);
});

test('a batch that becomes full while nobody may claim is due at once, and not once its wait is over', async () => {
  const model = await createOrderModel(database, testDatabase.directUrl, { workers, batchSize: 2, waitSeconds: 3_600 });
  const publish = async () => {
    await model.begin([0]);
    await model.commit(0);
    await model.dispatch(0);
  };
  await publish();
  expect(await model.claim(0, 0)).toBe(0);
  expect(await model.countDue()).toBe(0);
  await publish();
  await model.wake();
  expect(await model.countDue()).toBe(1);
  expect(await model.claim(0, 0)).toBe(2);
});
