import pg from 'pg';
import { createTestDatabase, type TestDatabase, waitFor } from '../../../tests/support/index.ts';
import { type EventQueue, migrateQueue, openQueue } from '../src/index.ts';
import { enqueue } from './enqueue.ts';

let database: TestDatabase;
const queues: EventQueue[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close();
  await database.drop();
});

function urlWith(options: string): string {
  const url = new URL(database.directUrl);
  url.searchParams.set('options', options);
  return url.href;
}

/** A queue, and the ids that its worker was handed. */
async function openWorked(url: string): Promise<{ queue: EventQueue; taken: string[]; stop: () => Promise<void> }> {
  await migrateQueue(url);
  const queue = await openQueue({ backend: { kind: 'postgres', url, shards: 1 }, onError: () => undefined });
  queues.push(queue);
  const taken: string[] = [];
  const running = queue.work(
    {
      dispatch: async ({ batchIds }) => void taken.push(...batchIds),
      deliver: async () => undefined,
      probe: async () => undefined,
    },
    { dispatch: 1, delivery: 1, probe: 1 },
  );
  return { queue, taken, stop: () => running.close() };
}

test('F42 jobs are handed over with parameters of the session in the URL', async () => {
  const { queue, taken, stop } = await openWorked(urlWith('-c statement_timeout=30000'));
  await enqueue(queue, { id: 'first', events: 1 });
  await waitFor(() => taken.length === 1);
  await stop();
});

test('F47 queues of installations in two schemas of one database do not mix', async () => {
  const client = new pg.Client(database.directUrl);
  await client.connect();
  await client.query('CREATE SCHEMA tenant_b; CREATE SCHEMA "Tenant C"');
  await client.end();
  const all = await Promise.all(
    [database.directUrl, urlWith('-csearch_path=tenant_b'), urlWith('-csearch_path="Tenant\\ C"')].map(openWorked),
  );
  for (const [index, { queue }] of all.entries()) {
    for (let job = 0; job < 20; job++) await enqueue(queue, { id: `${index}-${job}`, events: 500 });
  }
  await waitFor(() => all.every(({ taken }) => taken.length === 20));
  for (const [index, { taken }] of all.entries()) {
    expect(taken.every((id) => id.startsWith(`${index}-`))).toBe(true);
  }
  for (const { stop } of all) await stop();
});
