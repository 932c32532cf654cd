import { createTestDatabase, redisUrl, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { type EventQueue, migrateQueue, openQueue, type QueueBackend } from '../src/index.ts';
import { enqueue } from './enqueue.ts';

const prefix = uniquePrefix();
const nothing = async () => undefined;
/** A worker that just missed a job looks again after its drain delay. */
const patience = { timeoutMs: 60_000 };

const backends: Record<string, () => Promise<{ backend: QueueBackend; close(): Promise<void> }>> = {
  Redis: async () => ({ backend: { kind: 'redis', url: redisUrl(), prefix, shards: 2 }, close: nothing }),
  PostgreSQL: async () => {
    const database = await createTestDatabase();
    await migrateQueue(database.directUrl);
    return { backend: { kind: 'postgres', url: database.directUrl, shards: 2 }, close: () => database.drop() };
  },
};

describe.each(Object.entries(backends))('payload versions on %s', (_, open) => {
  let store: Awaited<ReturnType<typeof open>>;
  let older: EventQueue;
  let newer: EventQueue;
  let faults: string[];
  const workers: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    store = await open();
    faults = [];
    const onError = (error: Error) => void faults.push(error.name);
    older = await openQueue({ backend: store.backend, onError, version: 1 });
    newer = await openQueue({ backend: store.backend, onError, version: 2 });
    await waitFor(() => Promise.all([older.ping(), newer.ping()]));
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((each) => each.close()));
    await Promise.all([older.close(), newer.close()]);
    await store.close();
  });

  const work = (queue: EventQueue) => {
    const batches: string[] = [];
    const dispatch = async (job: { batchIds: string[] }) => void batches.push(...job.batchIds);
    workers.push(queue.work({ dispatch, deliver: nothing, probe: nothing }, { dispatch: 2, delivery: 1, probe: 1 }));
    return { batches };
  };
  const ids = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);
  /** Enqueues each in its own job. */
  const offer = async (queue: EventQueue, batches: string[]) => {
    for (const id of batches) await enqueue(queue, { id, events: 1 });
  };
  const countLeft = async () =>
    Object.values((await newer.countJobs()).dispatch).reduce((sum, count) => sum + count, 0);

  test('a worker leaves newer payloads in the queue, says so once, and a newer worker takes them', async () => {
    const old = work(older);
    await offer(newer, ids('new', 10));
    await offer(older, ids('old', 10));
    await waitFor(() => old.batches.length === 10, patience);
    await waitFor(() => faults.length > 0);
    await waitFor(async () => (await countLeft()) === 10, patience);
    const fresh = work(newer);
    await waitFor(() => fresh.batches.length === 10, patience);
    await waitFor(async () => (await countLeft()) === 0, patience);
    expect(fresh.batches.sort()).toEqual(ids('new', 10));
    expect(old.batches.sort()).toEqual(ids('old', 10));
    expect(faults).toEqual(['NewerPayloadError']);
  }, 200_000);

  test('a newer worker takes older payloads', async () => {
    await offer(older, ids('old', 10));
    const fresh = work(newer);
    await waitFor(() => fresh.batches.length === 10, patience);
    expect(faults).toEqual([]);
  }, 120_000);
});
