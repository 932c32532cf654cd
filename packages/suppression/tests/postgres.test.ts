import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import { createPostgresSuppression, type FiringRequest } from '../src/index.ts';

const dayMs = 86_400_000;
const startMs = 1_800_000_000_000;

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 10 });
});
afterEach(() => pool.query('TRUNCATE firing_hooks, firing_digests, firing_claims'));
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function request(hookKey: string, digest: string, settings: Partial<FiringRequest> = {}): FiringRequest {
  return { hookKey, eventId: randomUUID(), digest, snoozeSeconds: 60, onChange: true, ...settings };
}

async function countRows(): Promise<number[]> {
  const counts: number[] = [];
  for (const table of ['firing_hooks', 'firing_digests', 'firing_claims']) {
    const { rows } = await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    counts.push(rows[0]?.count ?? Number.NaN);
  }
  return counts;
}

test('a release removes what expired, in bounded steps, and nothing else', async () => {
  const clock = { nowMs: startMs };
  const connect = () => createPostgresSuppression({ pool, nowMs: () => clock.nowMs });
  const digests = Array.from({ length: 1_500 }, (_, index) => request('old', String(index)));
  await connect().decide('old', digests);
  clock.nowMs += 30 * dayMs;
  await connect().decide('new', [request('new', 'A')]);
  expect(await countRows()).toEqual([2, 1_501, 2]);

  const suppression = connect();
  await suppression.release('none');
  expect(await countRows()).toEqual([2, 501, 1]);
  await suppression.release('none');
  expect(await countRows()).toEqual([2, 1, 1]);
  expect(await suppression.decide('other', [request('new', 'A')])).toMatchObject([{ fires: false }]);

  clock.nowMs += 40 * dayMs;
  await connect().release('none');
  expect(await countRows()).toEqual([0, 0, 0]);
});

test('decisions in every order, re-runs, releases and cleaning at once never lock each other out', async () => {
  const clock = { nowMs: startMs };
  const hookKeys = ['a', 'b', 'c', 'd', 'e'];
  const workers = Array.from({ length: 10 }, async (_, worker) => {
    for (let round = 0; round < 25; round += 1) {
      clock.nowMs += 500;
      // Each one opens a new connection, so that each release removes expired rows.
      const suppression = createPostgresSuppression({ pool, nowMs: () => clock.nowMs });
      const order = worker % 2 ? hookKeys : hookKeys.toReversed();
      const requests = order.flatMap((hookKey) =>
        [0, 1, 2].map((index) => request(hookKey, String((round + index) % 7), { snoozeSeconds: 2 })),
      );
      const batchId = randomUUID();
      const [first, again] = await Promise.all([
        suppression.decide(batchId, requests),
        suppression.decide(batchId, requests.toReversed()),
      ]);
      expect(again.toReversed()).toEqual(first);
      await suppression.release(batchId);
    }
  });
  await Promise.all(workers);
});

test('each suppressed firing is counted once although its batch is decided many times at once', async () => {
  const suppression = createPostgresSuppression({ pool });
  const requests = Array.from({ length: 50 }, () => request('hook', 'A', { onChange: false, snoozeSeconds: 3_600 }));
  await Promise.all(Array.from({ length: 10 }, () => suppression.decide('batch', requests)));
  const { rows } = await pool.query('SELECT suppressed::int FROM firing_hooks');
  expect(rows).toEqual([{ suppressed: 49 }]);
});
