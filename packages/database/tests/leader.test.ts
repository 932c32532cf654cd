import { jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '../../../tests/support/index.ts';
import { type Candidacy, connectDatabase, type Database, newId, runAsLeader, type Term } from '../src/index.ts';

let testDatabase: TestDatabase;
let database: Database;
let candidacies: Candidacy[];
let errors: string[];

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = connectDatabase(testDatabase.url);
  candidacies = [];
  errors = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(candidacies.map((candidacy) => candidacy.close()));
  await database.close();
  await testDatabase.drop();
});

/** A process that leads until its term is over, and shows its present term. */
function stand(): { candidacy: Candidacy; term: () => Term | null } {
  let current: Term | null = null;
  const onError = (error: Error): void => void errors.push(error.message);
  const candidacy = runAsLeader({ pool: database.pool, onError }, async (term) => {
    current = term;
    await waitFor(() => term.isOver(), { timeoutMs: 60_000 });
    current = null;
  });
  candidacies.push(candidacy);
  return { candidacy, term: () => current };
}

/** Another process has the lease, until `seconds` from now. */
const takeAway = (seconds: number) =>
  database.pool.query(`UPDATE leader_lease SET holder = $1, expires_at = now() + $2 * interval '1 s'`, [
    newId(),
    seconds,
  ]);

test('one process leads, and hands over when it ends, without waiting for its lease to run out', async () => {
  const first = stand();
  await waitFor(() => first.term());
  await first.candidacy.close();
  const { rows } = await database.pool.query('SELECT expires_at <= now() AS free FROM leader_lease');
  expect(rows).toEqual([{ free: true }]);
  const second = stand();
  await waitFor(() => second.term());
  expect(errors).toEqual([]);
});

test('a term ends when another process has the lease, and a new one begins once that has run out', async () => {
  const only = stand();
  const term = await waitFor(() => only.term());
  await takeAway(12);
  await waitFor(() => term.signal.aborted, { timeoutMs: 20_000 });
  await waitFor(() => errors.length > 0);
  expect(errors).toEqual(['another process leads']);
  await takeAway(0);
  await waitFor(() => only.term());
});

test('a lease whose end no process can have asked for is not waited for', async () => {
  await takeAway(3_600);
  const only = stand();
  await waitFor(() => only.term());
});

test('a process that was frozen for longer than its lease is told so at once', async () => {
  const only = stand();
  const term = await waitFor(() => only.term());
  expect(term.isOver()).toBe(false);
  const wakesAt = Date.now() + 10_001;
  jest.spyOn(Date, 'now').mockReturnValue(wakesAt);
  expect(term.isOver()).toBe(true);
  expect(term.signal.aborted).toBe(true);
});

test('a lost connection does not end a term before its lease', async () => {
  const only = stand();
  const term = await waitFor(() => only.term());
  await database.pool
    .query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()')
    .catch(() => undefined);
  const { rows } = await database.pool.query<{ expires_at: Date }>('SELECT expires_at FROM leader_lease');
  await waitFor(async () => {
    const later = await database.pool.query<{ expires_at: Date }>('SELECT expires_at FROM leader_lease');
    return Number(later.rows[0]?.expires_at) > Number(rows[0]?.expires_at);
  });
  expect(term.isOver()).toBe(false);
  expect(only.term()).toBe(term);
});
