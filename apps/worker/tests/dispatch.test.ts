import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { createDispatcher } from '../src/dispatch/dispatcher.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  worker = await openTestWorker(prefix);
});
afterEach(async () => {
  await worker.context.attempter.whenIdle();
  await receiver.close();
  await worker.close();
});

const dispatch = (batchIds: string[]) => worker.dispatch(batchIds);
const openBatches = () =>
  worker.query<{ runs: number; held: boolean }>(
    'SELECT runs, coalesce(claimed_until > now(), false) AS held FROM dispatch_batches',
  );

/** An attempt may end after its batch, on a busy machine. */
const allSucceeded = (hook: string, count: number) =>
  waitFor(async () => {
    const deliveries = await worker.deliveriesOf(hook);
    return deliveries.length === count && deliveries.every(({ status }) => status === 'succeeded');
  });

test('a batch is delivered in one run, recorded, and leaves the outbox', async () => {
  const hook = await worker.createHook(receiver.url);
  const { batchId } = await worker.commit(20);
  await dispatch([batchId]);
  await allSucceeded(hook, 20);
  expect(receiver.requests).toHaveLength(20);
  expect((await worker.deliveriesOf(hook)).map(({ attempt_count }) => attempt_count)).toEqual(Array(20).fill(1));
  expect(await openBatches()).toEqual([]);
});

test('a batch that runs again repeats nothing that is recorded, and does the rest', async () => {
  const hook = await worker.createHook(receiver.url);
  const { batchId, eventIds } = await worker.commit(10);
  const [batch] = await worker.query<{ event_ids: string[] }>('SELECT event_ids FROM dispatch_batches');
  await dispatch([batchId]);
  await allSucceeded(hook, 10);
  const added = await worker.commit(5);
  // The worker died after half: the batch is there again with its first run counted, and its lease has run out.
  await worker.query(
    `UPDATE dispatch_batches SET runs = 1, claimed_until = now() - interval '1 s', event_ids = $1::uuid[] || event_ids`,
    [batch?.event_ids],
  );
  await dispatch([added.batchId]);
  await allSucceeded(hook, 15);
  expect(receiver.requests).toHaveLength(15);
  const deliveries = await worker.deliveriesOf(hook);
  expect(deliveries.every(({ attempt_count }) => attempt_count === 1)).toBe(true);
  expect(eventIds).toHaveLength(10);
  expect(await openBatches()).toEqual([]);
});

test('a batch under the lease of another worker is left to it, and taken when the lease has run out', async () => {
  await worker.createHook(receiver.url);
  const { batchId } = await worker.commit(3);
  await worker.query(`UPDATE dispatch_batches SET claimed_until = now() + interval '1 h', runs = 1`);
  await dispatch([batchId]);
  expect(receiver.requests).toHaveLength(0);
  expect(await openBatches()).toEqual([{ runs: 1, held: true }]);
  await worker.query(`UPDATE dispatch_batches SET claimed_until = now() - interval '1 ms'`);
  await dispatch([batchId]);
  await receiver.waitForRequests(3);
  expect(await openBatches()).toEqual([]);
});

test('a batch with many deliveries is handed back between two chunks once the worker stops', async () => {
  for (let index = 0; index < 6; index += 1) await worker.createHook(receiver.url);
  const { batchId } = await worker.commit(100);
  await worker.dispatch([batchId], { stopping: AbortSignal.abort() });
  expect(await openBatches()).toEqual([{ runs: 1, held: false }]);
  await worker.context.attempter.whenIdle();
  const first = receiver.requests.length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(600);
  await dispatch([batchId]);
  await receiver.waitForRequests(600);
  expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(600);
});

test('one batch that cannot be dispatched does not hold up the others of its job, and is due again soon', async () => {
  const hook = await worker.createHook(receiver.url, { snooze: 60 });
  const broken = await worker.commit(1);
  const well = await worker.commit(1);
  const { firings } = worker.context;
  let calls = 0;
  const suppression = {
    ...firings.suppression,
    decide: (...args: Parameters<typeof firings.suppression.decide>) => {
      calls += 1;
      if (args[0] === broken.batchId) return Promise.reject(new Error('the store is away'));
      return firings.suppression.decide(...args);
    },
  };
  await worker.dispatch([broken.batchId, well.batchId], { firings: { ...firings, suppression } });
  expect(calls).toBe(2);
  await receiver.waitForRequests(1);
  expect(await openBatches()).toEqual([{ runs: 1, held: false }]);
  await dispatch([broken.batchId]);
  await waitFor(
    async () =>
      (await worker.deliveriesOf(hook))
        .map(({ status }) => status)
        .sort()
        .join() === 'succeeded,suppressed',
  );
});

test('a batch that two jobs carry is dispatched once, and a job ends before its attempts do', async () => {
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  receiver.answerWith(() => answered.then(() => ({})));
  const hook = await worker.createHook(receiver.url);
  const first = await worker.commit(1);
  const { batchId } = await worker.commit(3);
  const dispatcher = createDispatcher({ ...worker.context, stopping: new AbortController().signal });
  const jobs = [[first.batchId], [batchId], [batchId]];
  await Promise.all(jobs.map((batchIds) => dispatcher.take({ version: 1, batchIds, events: batchIds.length })));
  await receiver.waitForRequests(4);
  expect((await worker.deliveriesOf(hook)).filter(({ status }) => status === 'succeeded')).toEqual([]);
  answer();
  await dispatcher.whenIdle();
  await allSucceeded(hook, 4);
  expect(receiver.requests).toHaveLength(4);
});

test('a hook made before the event is found, although the worker has not heard of it yet', async () => {
  await worker.createHook(receiver.url);
  // Straight to the table, so that nothing but the version tells of it.
  await worker.query(
    `INSERT INTO event_hooks SELECT (jsonb_populate_record(event_hooks, '{"id": "019a0000-0000-7000-8000-000000000001"}')).* FROM event_hooks`,
  );
  const { batchId } = await worker.commit(1);
  await dispatch([batchId]);
  await waitFor(() => receiver.requests.length === 2);
});
