import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  worker = await openTestWorker(prefix);
});
afterEach(async () => {
  await receiver.close();
  await worker.context.attempter.whenIdle();
  await worker.close();
});

const dispatch = async (events: number) => {
  const { batchId } = await worker.commit(events);
  await worker.dispatch([batchId]);
};

test('an attempt that takes long runs on outside its batch, under a lease, and records its own end', async () => {
  let answer: (value: object) => void = () => undefined;
  const answered = new Promise<object>((resolve) => {
    answer = resolve;
  });
  receiver.answerWith(() => answered);
  const hook = await worker.createHook(receiver.url);
  await dispatch(1);
  const [waiting] = await worker.deliveriesOf(hook);
  expect(waiting).toMatchObject({ status: 'waiting', reason: 'in_flight', attempt_count: 0 });
  // The attempt's deadline of 10 s and the lease's margin.
  expect(waiting?.due_in_ms).toBeGreaterThan(35_000);
  expect(await worker.query('SELECT FROM dispatch_batches')).toEqual([]);
  answer({});
  await waitFor(async () => (await worker.deliveriesOf(hook))[0]?.status === 'succeeded');
  expect(receiver.requests).toHaveLength(1);
});

test('a batch waits for no slow hook, and a quick one beside it is recorded with the batch', async () => {
  receiver.answerWith(({ url }) => (url === '/slow' ? { delayMs: 1_500 } : {}));
  const slow = await worker.createHook(`${receiver.url}/slow`);
  const quick = await worker.createHook(`${receiver.url}/quick`);
  await dispatch(2);
  await waitFor(async () => (await worker.deliveriesOf(slow)).every(({ status }) => status === 'succeeded'));
  const startedAt = performance.now();
  await dispatch(2);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await waitFor(async () => (await worker.deliveriesOf(quick)).every(({ status }) => status === 'succeeded'));
  await waitFor(async () => (await worker.deliveriesOf(slow)).every(({ status }) => status === 'succeeded'));
  expect(receiver.requests).toHaveLength(8);
});

test('what has not ended is due at once after handing back, and its late end still counts', async () => {
  let answer: (value: object) => void = () => undefined;
  receiver.answerWith(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const hook = await worker.createHook(receiver.url);
  await dispatch(1);
  await worker.context.attempter.releaseUnfinished();
  expect((await worker.deliveriesOf(hook))[0]?.due_in_ms).toBeLessThanOrEqual(0);
  answer({});
  await waitFor(async () => (await worker.deliveriesOf(hook))[0]?.status === 'succeeded');
});

test('a handler that fails before it sends anything fails the attempt, not the batch', async () => {
  const hook = await worker.createHook(receiver.url, {
    handler: 'lambda',
    config: { language: 'javascript', functions: ['return nonsense ('] },
  });
  const well = await worker.createHook(receiver.url);
  await dispatch(1);
  await waitFor(async () => (await worker.deliveriesOf(hook))[0]?.attempt_count === 1);
  expect((await worker.deliveriesOf(hook))[0]).toMatchObject({ status: 'exhausted', error_code: 'sandbox_syntax' });
  await waitFor(async () => (await worker.deliveriesOf(well))[0]?.status === 'succeeded');
});

test('a receiver that answers 410 has its hook disabled', async () => {
  receiver.answerWith(() => ({ status: 410 }));
  const hook = await worker.createHook(receiver.url);
  await dispatch(1);
  await waitFor(() => worker.context.hooks.find(hook)?.enabled === false);
  await waitFor(async () => (await worker.deliveriesOf(hook))[0]?.status === 'exhausted');
  expect((await worker.deliveriesOf(hook))[0]).toMatchObject({ error_code: 'gone' });
});
