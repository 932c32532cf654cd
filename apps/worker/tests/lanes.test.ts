import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { dispatchJob } from '../src/dispatch/dispatch.ts';
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
  worker.context.lanes.stop();
  await worker.context.attempter.whenIdle();
  await worker.close();
});

const dispatch = async (events: number) => {
  const { batchId } = await worker.commit(events);
  await dispatchJob({ version: 1, batchIds: [batchId] }, { ...worker.context, stopping: new AbortController().signal });
};
const numbers = () => receiver.requests.map(({ body }) => JSON.parse(String(body)).n);

test('deliveries with one key go one after the other, in the order of their events', async () => {
  let inFlight = 0;
  let most = 0;
  receiver.answerWith(async () => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await new Promise((resolve) => setTimeout(resolve, 1));
    inFlight -= 1;
    return {};
  });
  const hook = await worker.createHook(receiver.url, { order_by: "''" });
  await dispatch(100);
  await waitFor(async () => (await worker.deliveriesOf(hook)).every(({ status }) => status === 'succeeded'));
  expect(numbers()).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(most).toBe(1);
});

test('while one waits for a retry, others of its key wait for it, and other keys go on', async () => {
  receiver.answerWith(({ body }) => (JSON.parse(String(body)).n === 0 ? { status: 500 } : {}));
  const hook = await worker.createHook(receiver.url, { order_by: 'data.n % 2' });
  await dispatch(10);
  const states = async () => (await worker.deliveriesOf(hook)).map(({ status, reason }) => reason ?? status);
  await waitFor(async () => {
    const now = await states();
    return (
      now.filter((state) => state === 'succeeded').length === 5 && now.includes('retry') && !now.includes('in_flight')
    );
  });
  expect(await states()).toEqual(
    Array.from({ length: 10 }, (_, n) => (n === 0 ? 'retry' : n % 2 === 0 ? 'order' : 'succeeded')),
  );
});
