import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import { connectDatabase, type Database, migrateToLatest } from '../src/index.ts';

const statement = (answer: number) =>
  `CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT ${answer}'`;

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

async function answer(): Promise<number | undefined> {
  const { rows } = await database.pool.query<{ answer: number }>('SELECT answer() AS answer');
  return rows[0]?.answer;
}

test('a function is made anew whenever its text changes, forward and back, and left alone otherwise', async () => {
  expect(await migrateToLatest(testDatabase.url, { answer: statement(1) })).toEqual(['answer()']);
  expect(await migrateToLatest(testDatabase.url, { answer: statement(1) })).toEqual([]);
  expect(await answer()).toBe(1);
  expect(await migrateToLatest(testDatabase.url, { answer: statement(2) })).toEqual(['answer()']);
  expect(await answer()).toBe(2);
  expect(await migrateToLatest(testDatabase.url, { answer: statement(1) })).toEqual(['answer()']);
  expect(await answer()).toBe(1);
});

test('of several migrations at once one makes the function, and one that fails leaves all functions as they were', async () => {
  const applied = await Promise.all(
    Array.from({ length: 4 }, () => migrateToLatest(testDatabase.url, { answer: statement(3) })),
  );
  expect(applied.flat()).toEqual(['answer()']);
  const broken = { answer: statement(4), nonsense: 'CREATE OR REPLACE FUNCTION nonsense' };
  await expect(migrateToLatest(testDatabase.url, broken)).rejects.toThrow(/syntax error/);
  expect(await answer()).toBe(3);
});
