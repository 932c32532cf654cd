import { claimLanes } from '@eventhooks/database';
import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { createLanes } from '../src/lanes/lanes.ts';
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
  await worker.dispatch([batchId]);
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

test('what is claimed in the moment of a pause waits for its end, and is not held until its lease ends', async () => {
  const hook = await worker.createHook(receiver.url, { order_by: "''" });
  worker.context.lanes.stop();
  await dispatch(3);
  const [lane] = await worker.query<{ order_key: string }>('SELECT DISTINCT order_key FROM deliveries');
  const hooks = {
    ...worker.context.hooks,
    catchUp: async () => {
      await worker.query('UPDATE event_hooks SET paused = true, updated_at = now() WHERE id = $1', [hook]);
      await waitFor(() => worker.context.hooks.find(hook)?.paused === true);
    },
  };
  const lanes = createLanes({ ...worker.context, hooks });
  await lanes.visit(hook, [lane?.order_key ?? '']);
  lanes.stop();
  expect(receiver.requests).toHaveLength(0);
  expect((await worker.deliveriesOf(hook)).map(({ reason }) => reason)).toEqual(['paused', 'paused', 'paused']);
});

test('of deliveries from before order_by no more are claimed than the hook may have in flight', async () => {
  const hook = await worker.createHook(receiver.url);
  await worker.park(hook, 30);
  const claim = { hookId: hook, keys: [], freeKeys: [], mostLanes: 2, most: 200, stretch: 20, leaseMs: 60_000 };
  expect((await claimLanes(worker.context.database.pool, claim)).deliveries).toHaveLength(2);
});
