import { type DispatchJob, openQueue } from '@eventhooks/queue';
import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { type Scheduler, startScheduler } from '../src/scheduler/scheduler.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let receiver: Receiver;
const schedulers: Scheduler[] = [];

beforeEach(async () => {
  receiver = await startReceiver();
  worker = await openTestWorker(`${prefix}-${schedulers.length}-${Math.random()}`);
});
afterEach(async () => {
  await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.close()));
  await worker.close();
  await receiver.close();
});

/** Starts a candidate; `isLeader` is what its metric says. */
function start(): { scheduler: Scheduler; isLeader: () => Promise<boolean> } {
  let leads = 0;
  const metrics = {
    ...worker.context.metrics,
    schedulerActive: {
      set: (value: number) => {
        leads = value;
      },
    },
  } as unknown as TestWorker['context']['metrics'];
  const scheduler = startScheduler({
    ...worker.context,
    retentionMs: worker.config.retentionMs,
    archiveTarget: null,
    archiveWaitMs: worker.config.archiveWaitMs,
    metrics,
  });
  schedulers.push(scheduler);
  return { scheduler, isLeader: async () => leads === 1 };
}

test('one of two candidates leads, and the other takes over when it ends', async () => {
  const first = start();
  await waitFor(first.isLeader);
  const second = start();
  expect(await second.isLeader()).toBe(false);
  await first.scheduler.close();
  await waitFor(second.isLeader);
  expect(await first.isLeader()).toBe(false);
});

test('batches that are due are enqueued, and are not due again for a while', async () => {
  const jobs: DispatchJob[] = [];
  const nothing = async () => undefined;
  const queue = await openQueue({ backend: worker.config.queue, onError: () => undefined });
  const running = queue.work(
    { dispatch: async (job) => void jobs.push(job), deliver: nothing, probe: nothing },
    { dispatch: 1, delivery: 1, probe: 1 },
  );
  const due = await worker.commit(1);
  const fresh = await worker.commit(1);
  await worker.query('UPDATE dispatch_batches SET due_at = now() WHERE id = $1', [due.batchId]);
  start();
  await waitFor(() => jobs.length > 0);
  expect(jobs.flatMap(({ batchIds }) => batchIds)).toEqual([due.batchId]);
  const [row] = await worker.query<{ due_in_s: number }>(
    'SELECT extract(epoch FROM due_at - now())::float8 AS due_in_s FROM dispatch_batches WHERE id = $1',
    [due.batchId],
  );
  expect(row?.due_in_s).toBeGreaterThan(20);
  expect(fresh.batchId).not.toBe(due.batchId);
  await running.close();
  await queue.close();
});

test('hooks with due deliveries are enqueued', async () => {
  const hookIds: string[] = [];
  const nothing = async () => undefined;
  const queue = await openQueue({ backend: worker.config.queue, onError: () => undefined });
  const running = queue.work(
    { dispatch: nothing, deliver: async (job) => void hookIds.push(...job.hookIds), probe: nothing },
    { dispatch: 1, delivery: 1, probe: 1 },
  );
  const hook = await worker.createHook(receiver.url);
  await worker.park(hook, 3);
  start();
  await waitFor(() => hookIds.includes(hook));
  await running.close();
  await queue.close();
});
