import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import { cancelDelivery, retryDelivery } from '../src/deliveries.ts';
import {
  connectDatabase,
  type Database,
  decideWindows,
  deliveryIdOf,
  dropExpiredPartitions,
  endWindows,
  newId,
  type WindowRequest,
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

type Edge = 'trailing' | 'both';
interface TestHook {
  id: string;
  revision: string;
}

const query = async <T extends object>(text: string, values: unknown[] = []) =>
  (await database.pool.query<T>(text, values)).rows;

async function createHook(edge: Edge, snooze = 60): Promise<TestHook> {
  const [hook] = await query<TestHook>(
    `INSERT INTO event_hooks (id, workspace, source, handler, config, snooze, snooze_edge)
     VALUES ($1, 'default', 'crud', 'log', '{}', $2, $3) RETURNING id, revision`,
    [randomUUID(), snooze, edge],
  );
  if (!hook) throw new Error('no hook');
  return hook;
}

function requestFor(hook: TestHook, digest = '', eventId = newId()): WindowRequest {
  const base = { workspace: 'default', source: 'crud', event: 'consumers', leaseMs: 60_000, digest, order: null };
  return { id: deliveryIdOf(eventId, hook.id), eventId, hookId: hook.id, revision: hook.revision, ...base };
}

interface Row {
  id: string;
  status: string;
  reason: string | null;
  count: number | null;
  is_pending: boolean;
}

const rowsOf = ({ id }: TestHook) =>
  query<Row>(
    `SELECT id, status, reason, suppressed_count AS count, coalesce(next_attempt_at = 'infinity', false) AS is_pending
     FROM deliveries WHERE hook_id = $1 ORDER BY event_id`,
    [id],
  );
const statesOf = async (hook: TestHook) =>
  (await rowsOf(hook)).map(({ status, reason, count, is_pending }) =>
    [status, reason, count, is_pending ? 'pending' : ''].filter((part) => part !== null && part !== '').join(' '),
  );
const at = (seconds: number) => new Date(Date.UTC(2030, 0, 1) + seconds * 1_000);
const decide = (requests: WindowRequest[], seconds: number) => decideWindows(database.pool, requests, at(seconds));
const end = (seconds: number) => endWindows(database.pool, 100, at(seconds));

test('trailing: the last event of a window waits for its end, and the others are suppressed', async () => {
  const hook = await createHook('trailing');
  await decide([requestFor(hook)], 0);
  expect(await statesOf(hook)).toEqual(['waiting snooze 0 pending']);
  await decide([requestFor(hook), requestFor(hook)], 59);
  expect(await statesOf(hook)).toEqual(['suppressed snooze', 'suppressed snooze', 'waiting snooze 2 pending']);
  expect(await end(59.9)).toBe(0);
  expect(await end(60)).toBe(1);
  await decide([requestFor(hook)], 61);
  expect((await statesOf(hook)).slice(2)).toEqual(['waiting snooze 2', 'waiting snooze 0 pending']);
});

test('both: the first fires at once, the last at the end, which opens the next window', async () => {
  const hook = await createHook('both');
  await decide([requestFor(hook)], 0);
  expect(await statesOf(hook)).toEqual(['waiting in_flight 0']);
  await decide([requestFor(hook), requestFor(hook)], 10);
  await end(61);
  await decide([requestFor(hook)], 62);
  const states = ['waiting in_flight 0', 'suppressed snooze', 'waiting snooze 1'];
  expect(await statesOf(hook)).toEqual([...states, 'waiting snooze 0 pending']);
  await end(120.9);
  expect((await statesOf(hook)).at(-1)).toBe('waiting snooze 0 pending');
  await end(121);
  expect(await statesOf(hook)).toEqual([...states, 'waiting snooze 0']);
  // A window in which nothing was pending opens no other one.
  await end(181);
  await decide([requestFor(hook)], 182);
  expect((await statesOf(hook)).at(-1)).toBe('waiting in_flight 0');
});

test('both: a window that a firing opened lasts until the snooze after its first attempt', async () => {
  const hook = await createHook('both');
  const decideIn = (seconds: number) =>
    decideWindows(database.pool, [requestFor(hook)], new Date(Date.now() + seconds * 1_000));
  const endIn = (seconds: number) => endWindows(database.pool, 100, new Date(Date.now() + seconds * 1_000));
  await decideIn(-60);
  // It is not attempted yet.
  await decideIn(1);
  expect(await endIn(2)).toBe(0);
  await query(
    `UPDATE deliveries SET status = 'succeeded', attempt_count = 1, duration_ms = 20000, next_attempt_at = NULL, updated_at = now()
     WHERE hook_id = $1 AND reason = 'in_flight'`,
    [hook.id],
  );
  expect(await endIn(30)).toBe(0);
  expect((await statesOf(hook))[1]).toBe('waiting snooze 0 pending');
  expect(await endIn(41)).toBe(1);
  // A firing that is held back holds up no other one for long.
  await decideIn(42);
  expect(await endIn(102)).toBe(1);
  expect((await statesOf(hook)).slice(1)).toEqual(['waiting snooze 0', 'waiting snooze 0']);
});

test('a batch that comes again, and one that comes late, leave the last event pending', async () => {
  const hook = await createHook('trailing');
  const [early, first, last] = [requestFor(hook), requestFor(hook), requestFor(hook)];
  await decide([first, last], 0);
  expect(await decide([first, last], 1)).toEqual([]);
  await decide([early], 2);
  expect(await statesOf(hook)).toEqual(['suppressed snooze', 'suppressed snooze', 'waiting snooze 2 pending']);
});

test('any order of events, ends and digests decides as the sentences of the contract do', async () => {
  const step = fc.record({
    afterS: fc.integer({ min: 0, max: 40 }),
    digests: fc.array(fc.constantFrom('a', 'b'), { maxLength: 4 }),
    ends: fc.boolean(),
  });
  let start = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Edge>('trailing', 'both'),
      fc.array(step, { maxLength: 8 }),
      async (edge, steps) => {
        const hook = await createHook(edge);
        start += 10_000;
        let now = start;
        const model = new Map<string, Window>();
        const expected = new Map<string, string>();
        for (const { afterS, digests, ends } of steps) {
          now += afterS;
          const requests = digests.map((digest) => requestFor(hook, digest));
          if (ends) endModel(model, expected, edge, now);
          if (ends) await end(now);
          for (const { id, digest } of requests) decideModel(model, expected, edge, now, { id, digest });
          await decide(requests, now);
        }
        const rows = await rowsOf(hook);
        expect(
          rows.map(({ id, status, reason, is_pending }) => [id, is_pending ? 'pending' : `${status} ${reason}`]),
        ).toEqual(rows.map(({ id }) => [id, expected.get(id)]));
        expect(rows).toHaveLength(expected.size);
        // Each suppressed delivery is counted by the one that stands for it.
        const counted = rows.reduce((sum, { count }) => sum + (count ?? 0), 0);
        expect(counted).toBe(rows.filter(({ status }) => status === 'suppressed').length);
      },
    ),
    { numRuns: 15 },
  );
});

interface Window {
  endsAt: number;
  pending: string | null;
}

function endModel(
  windows: Map<string, Window>,
  expected: Map<string, string>,
  edge: Edge,
  now: number,
  only?: string,
): void {
  for (const [digest, { endsAt, pending }] of windows) {
    if (endsAt > now || (only !== undefined && only !== digest)) continue;
    windows.delete(digest);
    if (pending === null) continue;
    expected.set(pending, 'waiting snooze');
    if (edge === 'both') windows.set(digest, { endsAt: now + 60, pending: null });
  }
}

function decideModel(
  windows: Map<string, Window>,
  expected: Map<string, string>,
  edge: Edge,
  now: number,
  { id, digest }: { id: string; digest: string },
): void {
  endModel(windows, expected, edge, now, digest);
  const window = windows.get(digest);
  if (!window && edge === 'both') {
    windows.set(digest, { endsAt: now + 60, pending: null });
    expected.set(id, 'waiting in_flight');
    return;
  }
  if (window?.pending) expected.set(window.pending, 'suppressed snooze');
  windows.set(digest, { endsAt: window?.endsAt ?? now + 60, pending: id });
  expected.set(id, 'pending');
}

test('side by side, with repeated batches and ends, each window has one pending delivery and every event is counted', async () => {
  const hooks = [await createHook('trailing', 1), await createHook('both', 1)];
  for (let round = 0; round < 5; round += 1) {
    const batches = Array.from({ length: 8 }, () => hooks.flatMap((hook) => [requestFor(hook), requestFor(hook)]));
    await Promise.all([
      ...[...batches, ...batches].map((batch) => decideWindows(database.pool, batch)),
      endWindows(database.pool, 100),
      endWindows(database.pool, 100),
    ]);
    for (const hook of hooks) {
      const rows = await rowsOf(hook);
      expect(rows.filter(({ is_pending }) => is_pending).length).toBeLessThanOrEqual(1);
      expect(rows).toHaveLength(16 * (round + 1));
      const counted = rows.reduce((sum, { count }) => sum + (count ?? 0), 0);
      expect(counted).toBe(rows.filter(({ status }) => status === 'suppressed').length);
    }
  }
});

test('a change of what decides ends the windows at once; a name does not; a pause keeps them', async () => {
  const hook = await createHook('both');
  await decide([requestFor(hook), requestFor(hook)], 0);
  await query(`UPDATE event_hooks SET name = 'x', snooze = snooze, config = config WHERE id = $1`, [hook.id]);
  await query('UPDATE event_hooks SET paused = true WHERE id = $1', [hook.id]);
  expect((await statesOf(hook))[1]).toBe('waiting paused 0 pending');
  await query('UPDATE event_hooks SET paused = NULL WHERE id = $1', [hook.id]);
  expect((await statesOf(hook))[1]).toBe('waiting snooze 0 pending');
  await expect(decide([requestFor(hook)], 1)).rejects.toThrow('changed');
  await query(`UPDATE event_hooks SET filter = 'true' WHERE id = $1`, [hook.id]);
  expect((await statesOf(hook))[1]).toBe('waiting snooze 0');
  const [changed] = await query<TestHook>('SELECT id, revision FROM event_hooks WHERE id = $1', [hook.id]);
  await decide([requestFor(changed ?? hook)], 2);
  expect((await statesOf(hook))[2]).toBe('waiting in_flight 0');
});

test('the end of a window leaves the delivery of a paused hook to the pause', async () => {
  const hook = await createHook('trailing');
  await query('UPDATE event_hooks SET paused = true WHERE id = $1', [hook.id]);
  await decide([requestFor(hook), requestFor(hook)], 0);
  expect(await statesOf(hook)).toEqual(['suppressed snooze', 'waiting paused 1 pending']);
  await end(60);
  expect(await statesOf(hook)).toEqual(['suppressed snooze', 'waiting paused 1']);
});

test('disabling and deleting a hook cancels what is pending', async () => {
  const [disabled, deleted] = [await createHook('trailing'), await createHook('both')];
  await decide([requestFor(disabled), requestFor(deleted), requestFor(deleted)], 0);
  await query('UPDATE event_hooks SET enabled = false WHERE id = $1', [disabled.id]);
  await query('DELETE FROM event_hooks WHERE id = $1', [deleted.id]);
  expect(await statesOf(disabled)).toEqual(['cancelled hook_disabled 0']);
  expect(await statesOf(deleted)).toEqual(['waiting in_flight 0', 'cancelled hook_deleted 0']);
  await decide([requestFor(disabled), requestFor(deleted)], 1);
  expect((await statesOf(disabled)).at(-1)).toBe('cancelled hook_disabled');
  expect((await statesOf(deleted)).at(-1)).toBe('cancelled hook_deleted');
  expect(await query('SELECT FROM firing_windows WHERE hook_id = ANY($1)', [[disabled.id, deleted.id]])).toEqual([]);
});

test('a delivery that is sent or cancelled by hand is not replaced, and its window goes on', async () => {
  const hook = await createHook('trailing');
  const [sent, cancelled] = [requestFor(hook), requestFor(hook)];
  await decide([sent], 0);
  await retryDelivery(database.kysely, 'default', sent.id);
  await decide([cancelled], 1);
  await cancelDelivery(database.kysely, 'default', cancelled.id);
  await decide([requestFor(hook)], 2);
  expect(await statesOf(hook)).toEqual([
    'waiting manual_retry 0',
    'cancelled manual_cancel 0',
    'waiting snooze 0 pending',
  ]);
  await end(60);
  expect((await statesOf(hook)).at(-1)).toBe('waiting snooze 0');
});

test('retention keeps the day of a pending delivery', async () => {
  const hook = await createHook('trailing', 31_536_000);
  await decide([requestFor(hook)], 0);
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  expect(await dropExpiredPartitions(database.pool, Date.now() + 2 * 86_400_000)).not.toContain(day);
  expect(await statesOf(hook)).toEqual(['waiting snooze 0 pending']);
});
